/** Reads what `targets/network-policy.ts` writes, and nothing else. */
import { object, also, tuple, exactly, type Shape, port, prefix, either, list as listOf } from './shape.js';
import { labelsShape, namespaceShape, metadataShape, lintManifest } from './cluster-common.js';
import { NAMESPACE_LABEL, MAX_BLOCKS, ID } from '../../src/firewall/targets/network-policy.js';
import { MARKER } from '../../src/firewall/core/names.js';
import type { Allowed } from './header-check.js';
import type { Oracle } from './oracle.js';

const selector = object({ matchLabels: labelsShape });

const samePort = (value: readonly { port: number }[]): string | null =>
  value[0]?.port === value[1]?.port ? null : 'names two ports';

const DNS_PORTS = also(
  tuple(object({ protocol: exactly('UDP'), port }), object({ protocol: exactly('TCP'), port })),
  samePort,
);

const BY_PODS = object({
  to: tuple(
    object({
      namespaceSelector: object({ matchLabels: object({ [NAMESPACE_LABEL]: namespaceShape }) }),
      podSelector: selector,
    }),
  ),
  ports: DNS_PORTS,
});

const cidr = (family: 4 | 6): Shape => object({ ipBlock: object({ cidr: prefix(family) }) });

const single: Shape = also(either(cidr(4), cidr(6)), (row: { ipBlock: { cidr: string } }) =>
  /:.*\/128$|\.\d+\/32$/.test(row.ipBlock.cidr) ? null : 'is no single resolver',
);

const BY_ADDRESS = object({
  to: listOf(single),
  ports: also(DNS_PORTS, (value: readonly { port: number }[]) => (value[0]?.port === 53 ? null : 'is not DNS')),
});

const CLOUD = object({
  to: listOf(either(cidr(4), cidr(6)), 1, MAX_BLOCKS),
  ports: listOf(object({ protocol: exactly('TCP'), port })),
});

/** DNS by pods first, then perhaps resolvers by address, then at least one destination. */
const EGRESS: Shape = (value, path) => {
  if (!Array.isArray(value)) return [`${path}: is no list`];
  const rest: readonly unknown[] = value.slice(1);
  const resolvers = rest.length > 1 && BY_ADDRESS(rest[0], '').length === 0 ? 1 : 0;
  return [
    ...BY_PODS(value[0], `${path}[0]`),
    ...listOf(CLOUD)(rest.slice(resolvers), `${path} behind ${String(resolvers + 1)}`),
  ];
};

const SHAPE = tuple(
  object({
    apiVersion: exactly('networking.k8s.io/v1'),
    kind: exactly('NetworkPolicy'),
    metadata: also(metadataShape(ID), (row: { name: string }) => (row.name === MARKER ? null : 'has another name')),
    spec: object({ podSelector: selector, policyTypes: tuple(exactly('Egress')), egress: EGRESS }),
  }),
);

interface Read {
  readonly spec: {
    readonly egress: readonly { readonly ports: readonly { readonly protocol: string; readonly port: number }[] }[];
  };
}

/** DNS goes by UDP, too; the destinations never do. */
function allowed([policy]: readonly Read[]): readonly Allowed[] {
  const rules = policy?.spec.egress.filter((rule) => rule.ports.every((row) => row.protocol === 'TCP')) ?? [];
  return rules.map((rule) => ({ names: [], ports: rule.ports.map((row) => row.port) }));
}

export const networkPolicy: Oracle = (files) => lintManifest(files, ID, SHAPE, allowed, false);
