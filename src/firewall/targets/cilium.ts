/**
 * CiliumNetworkPolicy by names: Cilium learns the addresses from the DNS answers that pass through its proxy, so
 * the DNS rule is not an extra but what makes the names work. In allow mode the policy leaves the default of the
 * pods alone (enableDefaultDeny). Sources: docs/reference/firewall.md#cilium; docs/rules/cilium.md.
 */
import { formatPrefix, parsePrefix } from '../cidr.js';
import { MARKER } from '../names.js';
import { script, shellQuote } from '../script.js';
import {
  also,
  either,
  exactly,
  fqdn,
  list as listOf,
  object,
  PORT_TEXT,
  prefix,
  text,
  tuple,
  type Shape,
} from '../shape.js';
import type { CheckedAllowList, RuleOptions, RuleTarget } from '../target.js';
import { assertAtMost, isLiteral, portGroups } from '../views.js';
import type { Yaml } from '../yaml.js';
import {
  clusterDns,
  DNS_PODS,
  DNS_PORT,
  labelsShape,
  lintManifest,
  manifest,
  manifestName,
  metadata,
  metadataShape,
  NAMESPACE,
  namespaceOf,
  namespaceShape,
  podHints,
  podLabels,
  PODS,
  podWarnings,
  refuseBareNames,
  refuseServices,
  type Manifest,
} from './cluster-common.js';
import { deviceShortHead } from './device-head.js';
import type { Allowed } from './header-check.js';

const ID = 'cilium';
const POLICIES = 'ciliumnetworkpolicies.cilium.io';
/** Ports in one rule (maxItems of the resource definition). */
const MAX_PORTS = 40;
/** Far above what an Agent needs; each name becomes a selector on every node. */
const MAX_NAMES = 500;
const NAMESPACE_LABEL = 'k8s:io.kubernetes.pod.namespace';
/** A policy sees what pods ask, search list included: exact names would refuse the first question and end the look-up. */
const ANY_NAME = [{ matchPattern: '*' }];

function dnsPorts(number: number): Yaml {
  const ports = ['UDP', 'TCP'].map((protocol) => ({ port: String(number), protocol }));
  return [{ ports, rules: { dns: ANY_NAME } }];
}

function egress(list: CheckedAllowList, options: RuleOptions): readonly Manifest[] {
  const dns = clusterDns(ID, list, { ...options, settings: { ...options.settings, 'node-local-dns': 'none' } });
  const pods = { matchLabels: { [NAMESPACE_LABEL]: dns.namespace, ...dns.labels } };
  const cloud = portGroups(list, options).flatMap((group): Manifest[] => {
    assertAtMost(ID, group.ports.length, MAX_PORTS, 'ports in one rule');
    const toPorts = [{ ports: group.ports.map((number) => ({ port: String(number), protocol: 'TCP' })) }];
    const names = [...new Set(group.hosts.map((host) => host.fqdn))];
    const plain = names.filter((name) => !isLiteral(name));
    const literals = names.filter(isLiteral).map((name) => formatPrefix(parsePrefix(name)));
    return [
      ...(plain.length === 0 ? [] : [{ toFQDNs: plain.map((name) => ({ matchName: name })), toPorts }]),
      ...(literals.length === 0 ? [] : [{ toCIDR: literals, toPorts }]),
    ];
  });
  assertAtMost(ID, new Set(list.hosts.map((host) => host.fqdn)).size, MAX_NAMES, 'names');
  return [
    { toEndpoints: [pods], toPorts: dnsPorts(dns.port) },
    ...(dns.addresses.length === 0 ? [] : [{ toCIDR: dns.addresses, toPorts: dnsPorts(53) }]),
    ...cloud,
  ];
}

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

export const cilium: RuleTarget = {
  id: ID,
  title: 'Cilium, names learnt from DNS',
  group: 'clusters',
  capabilities: {
    matches: 'names',
    families: [4, 6],
    comments: true,
    ownerMatch: false,
    expiry: false,
    modes: ['allow', 'enforce'],
    proxy: true,
    dns: true,
  },
  settings: [NAMESPACE, PODS, DNS_PODS, DNS_PORT],
  render(list, options) {
    refuseServices(ID, list);
    refuseBareNames(ID, list);
    const policy: Manifest = {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumNetworkPolicy',
      metadata: metadata(cilium, list, options, MARKER),
      spec: {
        description: `${MARKER} netdata cloud`,
        endpointSelector: { matchLabels: podLabels(ID, options) },
        ...(options.mode === 'allow' ? { enableDefaultDeny: { egress: false } } : {}),
        egress: egress(list, options),
      },
    };
    const short = deviceShortHead(cilium, list, options, '#');
    return [
      manifest(
        cilium,
        list,
        options,
        [policy],
        [
          options.mode === 'allow'
            ? 'Needs Cilium 1.16 or newer. It only adds: pods that no other policy restricts stay unrestricted.'
            : 'The pods that it selects may reach nothing else, also in the cluster, unless another policy allows it.',
          ...podHints(options),
        ],
      ),
      script('install', ID, short, `${podWarnings(options)}kubectl apply -f "$dir/${manifestName(ID)}"\n`),
      script(
        'uninstall',
        ID,
        short,
        `kubectl delete ${POLICIES} -n ${shellQuote(namespaceOf(options))} -l ${MARKER}=${ID}\n`,
      ),
    ];
  },
  lint: (files) => lintManifest(files, ID, SHAPE, allowed, true),
};
