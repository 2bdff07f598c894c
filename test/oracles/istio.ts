/** Reads what `targets/istio.ts` writes, and nothing else. */
import { object, exactly, list as listOf, fqdn, tuple, also, port, text, type Shape } from './shape.js';
import { metadataShape, lintManifest } from './cluster-common.js';
import { API, ID, MAX_NAMES } from '../../src/firewall/targets/istio.js';
import type { Allowed } from './header-check.js';
import type { Oracle } from './oracle.js';

const ENTRY = object({
  apiVersion: exactly(API),
  kind: exactly('ServiceEntry'),
  metadata: metadataShape(ID),
  spec: object({
    hosts: listOf(fqdn, 1, MAX_NAMES),
    exportTo: tuple(exactly('.')),
    location: exactly('MESH_EXTERNAL'),
    ports: listOf(
      also(
        object({ number: port, name: text(/tls-[0-9]{1,5}/), protocol: exactly('TLS') }),
        (row: { number: number; name: string }) =>
          row.name === `tls-${String(row.number)}` ? null : 'has a name that does not tell its number',
      ),
    ),
    resolution: exactly('DNS'),
  }),
});

/** No name and no object twice. */
const SHAPE: Shape = also(
  listOf(ENTRY),
  (documents: readonly { metadata: { name: string }; spec: { hosts: readonly string[] } }[]) => {
    const names = documents.map((document) => document.metadata.name);
    const hosts = documents.flatMap((document) => document.spec.hosts);
    return new Set(names).size < names.length || new Set(hosts).size < hosts.length ? 'names something twice' : null;
  },
);

function allowed(
  documents: readonly { spec: { hosts: readonly string[]; ports: readonly { number: number }[] } }[],
): readonly Allowed[] {
  return documents.map(({ spec }) => ({ names: spec.hosts, ports: spec.ports.map((row) => row.number) }));
}

export const istio: Oracle = (files) => lintManifest(files, ID, SHAPE, allowed, true);
