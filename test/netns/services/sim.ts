/** The simulated cloud of the built package, on every address of its namespace, with the lab's genuine certificate. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StartCloud } from '../../../src/sim/types.js';

const [, , pki = '', dist = ''] = process.argv;
const { startCloud } = (await import(pathToFileURL(join(dist, 'sim/cloud.js')).href)) as { startCloud: StartCloud };
await startCloud({
  httpsPort: 443,
  addresses: ['0.0.0.0', '::'],
  dns: false,
  certificate: {
    cert: await readFile(join(pki, 'good.pem'), 'utf8'),
    key: await readFile(join(pki, 'good.key'), 'utf8'),
  },
});
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0 });
