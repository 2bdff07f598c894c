/**
 * `npm run package [-- PART…]`: the forms in which netdata-egress is carried to hosts. Without a part: the one script.
 * `xz`, `deb`, `rpm` and `image` add those forms of the Linux executables named, `all` makes everything. The same sources give the same bytes, wherever they are.
 *
 *     npm run package -- linux-x64 xz deb --output-dir out
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { script } from './package/bundle.mjs';
import { compress } from './package/compress.mjs';
import { executable, PLATFORMS } from './package/executable.mjs';
import { completions, manual } from './package/completions.mjs';
import { image } from './package/image.mjs';
import { licences } from './package/licences.mjs';
import { deb, rpm } from './package/linux-packages.mjs';
import { sbom } from './package/sbom.mjs';
import { sums } from './package/sums.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PARTS = [...PLATFORMS, 'script', 'xz', 'deb', 'rpm', 'image', 'all'];
const { engines, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'output-dir': { type: 'string', default: join(ROOT, 'out') } },
});
const unknown = positionals.find((part) => !PARTS.includes(part));
if (unknown !== undefined) {
  console.error(`no part ${unknown}: take ${PARTS.join(', ')}`);
  process.exit(2);
}
const wants = (part) => positionals.includes(part) || positionals.includes('all');

/** Of the last commit, so that no clock is in the result: https://reproducible-builds.org/specs/source-date-epoch/ */
process.env.SOURCE_DATE_EPOCH ??= execFileSync('git', ['log', '-1', '--format=%ct'], {
  cwd: ROOT,
  encoding: 'utf8',
}).trim();
const time = new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString();

const out = resolve(values['output-dir']);
mkdirSync(out, { recursive: true });
const names = [];
function made(name) {
  names.push(name);
  console.log(`${String(statSync(join(out, name)).size).padStart(10)}  ${name}`);
}

const text = await script({ node: engines.node.replace('>=', '') });
writeFileSync(join(out, 'netdata-egress.cjs'), text, { mode: 0o755 });
made('netdata-egress.cjs');

const papers = {
  version,
  time: Number(process.env.SOURCE_DATE_EPOCH),
  changelog: readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'),
  licences: await licences(ROOT),
  manual: manual(join(out, 'netdata-egress.cjs')),
  completions: completions(join(out, 'netdata-egress.cjs')),
};
writeFileSync(join(out, 'LICENSES'), papers.licences);
made('LICENSES');

for (const platform of PLATFORMS) {
  if (!wants(platform)) continue;
  const name = `netdata-egress-${platform}${platform.startsWith('win') ? '.exe' : ''}`;
  await executable(platform, text, join(out, name));
  made(name);
  if (wants('xz')) made(compress(out, name));
  if (!platform.startsWith('linux')) continue;
  if (wants('deb')) made(deb(platform, join(out, name), papers, out));
  if (wants('image')) made(image(platform, join(out, name), papers, out));
  if (wants('rpm')) made(rpm(platform, join(out, name), papers, out));
}

writeFileSync(join(out, 'netdata-egress.cdx.json'), await sbom(ROOT, time));
made('netdata-egress.cdx.json');
writeFileSync(join(out, 'SHA256SUMS'), sums(out, names));
