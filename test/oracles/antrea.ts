/** Reads what `targets/antrea.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/core/names.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import type { Allowed } from './header-check.js';
import { labelsShape, lintManifest, namespaceShape } from './cluster-common.js';
import { either, exactly, fqdn, integer, list, object, port, prefix, text, tuple, type Shape } from './shape.js';
import { readYaml } from './yaml.js';

const ID = 'antrea';
const pods = object({
  podSelector: object({ matchLabels: labelsShape }),
  namespaceSelector: object({ matchLabels: object({ 'kubernetes.io/metadata.name': namespaceShape }) }),
});
const cidr = object({ ipBlock: object({ cidr: either(prefix(4), prefix(6)) }) });
const by = (protocol: string): Shape => object({ protocol: exactly(protocol), port });
const dns = tuple(by('UDP'), by('TCP'));

const RULE = either(
  object({
    name: text(new RegExp(`${MARKER}(?:-[0-9-]{1,14}|-p[0-9a-f]{8})?`)),
    action: exactly('Allow'),
    to: list(either(object({ fqdn }), cidr), 1, 500),
    ports: list(by('TCP')),
  }),
  object({ name: exactly(`${MARKER}-resolvers`), action: exactly('Allow'), to: list(cidr), ports: dns }),
);
const DNS = object({ name: exactly(`${MARKER}-dns`), action: exactly('Allow'), to: tuple(pods), ports: dns });
const DENY = object({ name: exactly(`${MARKER}-deny`), action: exactly('Drop') });

const egress =
  (enforce: boolean): Shape =>
  (value, path) => {
    if (!Array.isArray(value)) return [`${path}: is no list`];
    const rows = value as readonly unknown[];
    return [
      ...DNS(rows[0], `${path}[0]`),
      ...list(RULE)(rows.slice(1, enforce ? -1 : undefined), path),
      ...(enforce ? DENY(rows.at(-1), `${path} last`) : []),
    ];
  };

const POLICY = (mode: 'allow' | 'enforce'): Shape =>
  object({
    apiVersion: exactly('crd.antrea.io/v1beta1'),
    kind: exactly('ClusterNetworkPolicy'),
    metadata: object({
      name: exactly(MARKER),
      labels: object({ [MARKER]: exactly(ID) }),
      annotations: object({
        [MARKER]: text(new RegExp(`id=netdata-cloud rev=[0-9a-f]{12} target=${ID} mode=${mode}`)),
      }),
    }),
    spec: object({
      tier: text(/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/),
      priority: integer(1, 100),
      appliedTo: tuple(pods),
      egress: egress(mode === 'enforce'),
    }),
  });

const SHAPE = tuple(either(POLICY('allow'), POLICY('enforce')));

interface Rule {
  readonly name: string;
  readonly to?: readonly { readonly fqdn?: string; readonly ipBlock?: { readonly cidr: string } }[];
  readonly ports?: readonly { readonly port: number; readonly protocol: string }[];
}

/** Without DNS: those rules have UDP. */
function cloud(documents: readonly { readonly spec: { readonly egress: readonly Rule[] } }[]): readonly Rule[] {
  return documents
    .flatMap(({ spec }) => spec.egress)
    .filter(({ ports }) => ports !== undefined && ports.every((row) => row.protocol === 'TCP'));
}

function allowed(documents: never): readonly Allowed[] {
  return cloud(documents).map(({ to = [], ports = [] }) => ({
    names: to.flatMap((peer) => peer.fqdn ?? []),
    ports: ports.map((row) => row.port),
  }));
}

export const antrea = Object.assign(
  (files: readonly RenderedFile[]): readonly string[] => lintManifest(files, ID, SHAPE, allowed, true),
  {
    flows: (files: readonly RenderedFile[]) =>
      files
        .filter((file) => file.name.endsWith('.yaml'))
        .flatMap((file) => cloud(readYaml(file.content) as never))
        .flatMap(({ to = [], ports = [] }) =>
          to.flatMap((peer) => ports.map((row) => `${peer.fqdn ?? peer.ipBlock?.cidr ?? ''} ${String(row.port)}`)),
        ),
  },
);
