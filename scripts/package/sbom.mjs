import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagesInside } from './bundle.mjs';
import { nodePins } from './executable.mjs';

const hashes = (integrity) => [
  { alg: 'SHA-512', content: Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex') },
];

/**
 * What is inside the forms, as CycloneDX 1.5: the packages whose code the script holds, with the versions and hashes
 * of the lock file, and the Node that each executable holds. No random number and no clock: it is reproducible.
 *
 * @param root of the repository
 * @param time ISO 8601 UTC, of the sources
 */
export async function sbom(root, time) {
  const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
  const { name, version, description, license } = read('package.json');
  const locked = read('package-lock.json').packages;
  const packages = (await packagesInside()).map((from) => {
    const { version: is, integrity } = locked[`node_modules/${from}`];
    const purl = `pkg:npm/${from.replace('@', '%40')}@${is}`;
    const { license: id } = read(`node_modules/${from}/package.json`);
    const licenses = [{ license: { id } }];
    return { 'bom-ref': purl, type: 'library', name: from, version: is, purl, hashes: hashes(integrity), licenses };
  });
  const nodes = nodePins().map(({ platform, package: from, version: is, integrity }) => ({
    'bom-ref': `node-${platform}@${is}`,
    type: 'platform',
    name: 'node',
    version: is,
    scope: 'optional',
    description: `in the executable for ${platform}`,
    purl: `pkg:npm/${from}@${is}`,
    hashes: hashes(integrity),
    licenses: [{ license: { id: 'MIT' } }],
  }));
  const self = `pkg:npm/${name}@${version}`;
  const component = { 'bom-ref': self, type: 'application', name, version, description, purl: self };
  const whole = {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { timestamp: time, component: { ...component, licenses: [{ license: { id: license } }] } },
    components: [...packages, ...nodes],
    dependencies: [{ ref: self, dependsOn: packages.map(({ purl }) => purl) }],
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
