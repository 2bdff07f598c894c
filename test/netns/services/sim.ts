/** The simulated cloud of the built package, on every address of its namespace, with a certificate of the lab. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StartCloud } from '../../../src/sim/types.js';

const [, , pki = '', dist = '', certificate = 'good', port = '443'] = process.argv;
const { startCloud } = (await import(pathToFileURL(join(dist, 'sim/cloud.js')).href)) as { startCloud: StartCloud };
await startCloud({
  httpsPort: Number(port),
  addresses: ['0.0.0.0', '::'],
  dns: false,
  certificate: {
    cert: await readFile(join(pki, `${certificate}.pem`), 'utf8'),
    key: await readFile(join(pki, `${certificate}.key`), 'utf8'),
  },
});
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0 });
