/** `npm run package`: the forms in which netdata-egress is carried to hosts. Writes into `out/`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { script } from './package/bundle.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, 'out');
const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

mkdirSync(OUT, { recursive: true });
const text = await script({ node: engines.node.replace('>=', '') });
writeFileSync(join(OUT, 'netdata-egress.cjs'), text, { mode: 0o755 });
console.log(`out/netdata-egress.cjs  ${String(text.length)} bytes`);
