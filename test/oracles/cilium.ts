/** Reads what `targets/cilium.ts` writes, and nothing else. */
import {
  type Shape,
  object,
  text,
  exactly,
  also,
  tuple,
  list as listOf,
  PORT_TEXT,
  either,
  prefix,
  fqdn,
} from './shape.js';
import { MAX_PORTS, MAX_NAMES, NAMESPACE_LABEL, ID } from '../../src/firewall/targets/cilium.js';
import { namespaceShape, labelsShape, metadataShape, lintManifest } from './cluster-common.js';
import { MARKER } from '../../src/firewall/core/names.js';
import type { Allowed } from './header-check.js';
import type { Oracle } from './oracle.js';

const portOf = (protocol: string, pattern: string): Shape =>
  object({ port: text(new RegExp(pattern)), protocol: exactly(protocol) });

const dnsShape = (pattern: string): Shape =>
  also(
    tuple(
      object({
        ports: tuple(portOf('UDP', pattern), portOf('TCP', pattern)),
        rules: object({ dns: tuple(object({ matchPattern: exactly('*') })) }),
      }),
    ),
    (value: readonly { ports: readonly { port: string }[] }[]) =>
      value[0]?.ports[0]?.port === value[0]?.ports[1]?.port ? null : 'names two ports',
  );

const cloudPorts = tuple(object({ ports: listOf(portOf('TCP', PORT_TEXT), 1, MAX_PORTS) }));

const cidrs = listOf(either(prefix(4), prefix(6)), 1, MAX_NAMES);

const BY_PODS = object({
  toEndpoints: tuple(
    object({
      matchLabels: (value, path) => {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: is no object`];
        const { [NAMESPACE_LABEL]: namespace, ...labels } = value as Record<string, unknown>;
        return [...namespaceShape(namespace, `${path}.${NAMESPACE_LABEL}`), ...labelsShape(labels, path)];
      },
    }),
  ),
  toPorts: dnsShape(PORT_TEXT),
});

const BY_ADDRESS = object({ toCIDR: cidrs, toPorts: dnsShape('53') });

const CLOUD = either(
  object({ toFQDNs: listOf(object({ matchName: fqdn }), 1, MAX_NAMES), toPorts: cloudPorts }),
  object({ toCIDR: cidrs, toPorts: cloudPorts }),
);

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

const SPEC = {
  description: text(new RegExp(`${MARKER} netdata cloud`)),
  endpointSelector: object({ matchLabels: labelsShape }),
};

const POLICY = (mode: 'allow' | 'enforce'): Shape =>
  object({
    apiVersion: exactly('cilium.io/v2'),
    kind: exactly('CiliumNetworkPolicy'),
    metadata: also(metadataShape(ID), (row: { name: string; annotations: Record<string, string> }) =>
      row.name !== MARKER
        ? 'has another name'
        : row.annotations[MARKER]?.endsWith(` mode=${mode}`) === true
          ? null
          : 'tells another mode than it has',
    ),
    spec: object({
      ...SPEC,
      ...(mode === 'allow' ? { enableDefaultDeny: object({ egress: exactly(false) }) } : {}),
      egress: EGRESS,
    }),
  });

const SHAPE = tuple(either(POLICY('allow'), POLICY('enforce')));

interface Read {
  readonly spec: {
    readonly egress: readonly {
      readonly toFQDNs?: readonly { readonly matchName: string }[];
      readonly toPorts: readonly { readonly ports: readonly { readonly port: string }[]; readonly rules?: unknown }[];
    }[];
  };
}

function allowed([policy]: readonly Read[]): readonly Allowed[] {
  const rules = policy?.spec.egress.filter((rule) => rule.toPorts[0]?.rules === undefined) ?? [];
  return rules.map((rule) => ({
    names: rule.toFQDNs?.map((row) => row.matchName) ?? [],
    ports: rule.toPorts.flatMap((row) => row.ports.map(({ port }) => port)),
  }));
}

export const cilium: Oracle = (files) => lintManifest(files, ID, SHAPE, allowed, true);
