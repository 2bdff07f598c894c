/**
 * Kubernetes NetworkPolicy: one object with the addresses of the destinations. It knows no names, only adds, and
 * isolates whatever it selects, so DNS is always in it and `policyTypes` names egress alone (left out, it would
 * isolate ingress, too). Sources: docs/reference/firewall.md#network-policy; docs/rules/network-policy.md.
 */
import { MARKER } from '../names.js';
import { script, shellQuote } from '../script.js';
import { also, either, exactly, list as listOf, object, port, prefix, tuple, type Shape } from '../shape.js';
import type { CheckedAllowList, RuleOptions, RuleTarget } from '../target.js';
import { assertAtMost, portGroups } from '../views.js';
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
  NODE_LOCAL_DNS,
  podHints,
  podLabels,
  PODS,
  podWarnings,
  refuseServices,
  stopIfFirst,
  type Manifest,
} from './cluster-common.js';
import { deviceShortHead } from './device-head.js';
import type { Allowed } from './header-check.js';

const ID = 'network-policy';
/** One object has to stay far below what the API server stores (1.5 MiB), and plugins turn each block into rules. */
const MAX_BLOCKS = 1000;
/** Set by the API server on every namespace. */
const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';

const POLICIES = 'networkpolicies.networking.k8s.io';

function blocks(cidrs: readonly string[]): Yaml {
  return cidrs.map((cidr) => ({ ipBlock: { cidr } }));
}

function dnsPorts(number: number): Yaml {
  return [
    { protocol: 'UDP', port: number },
    { protocol: 'TCP', port: number },
  ];
}

function egress(list: CheckedAllowList, options: RuleOptions): readonly Manifest[] {
  const dns = clusterDns(ID, list, options);
  const pods = {
    namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: dns.namespace } },
    podSelector: { matchLabels: dns.labels },
  };
  const cloud = portGroups(list, options)
    .map((group) => ({ ports: group.ports, cidrs: [...group.v4, ...group.v6].map((endpoint) => endpoint.cidr) }))
    .filter((group) => group.cidrs.length > 0);
  assertAtMost(
    ID,
    cloud.reduce((sum, group) => sum + group.cidrs.length, 0),
    MAX_BLOCKS,
    'address blocks',
  );
  return [
    { to: [pods], ports: dnsPorts(dns.port) },
    ...(dns.addresses.length === 0 ? [] : [{ to: blocks(dns.addresses), ports: dnsPorts(53) }]),
    ...cloud.map((group) => ({
      to: blocks(group.cidrs),
      ports: group.ports.map((number) => ({ protocol: 'TCP', port: number })),
    })),
  ];
}

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

export const networkPolicy: RuleTarget = {
  id: ID,
  title: 'Kubernetes NetworkPolicy',
  group: 'clusters',
  capabilities: {
    matches: 'addresses',
    families: [4, 6],
    comments: true,
    ownerMatch: false,
    expiry: false,
    modes: ['allow', 'enforce'],
    proxy: true,
    dns: true,
  },
  settings: [NAMESPACE, PODS, DNS_PODS, DNS_PORT, NODE_LOCAL_DNS],
  render(list, options) {
    refuseServices(ID, list);
    const namespace = namespaceOf(options);
    const policy: Manifest = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: metadata(networkPolicy, list, options, MARKER),
      spec: {
        podSelector: { matchLabels: podLabels(ID, options) },
        policyTypes: ['Egress'],
        egress: egress(list, options),
      },
    };
    const short = deviceShortHead(networkPolicy, list, options, '#');
    return [
      manifest(
        networkPolicy,
        list,
        options,
        [policy],
        [
          'The pods that it selects are isolated for egress: what no policy names is denied to them, also in the cluster.',
          ...podHints(options),
        ],
      ),
      script(
        'install',
        ID,
        short,
        `${stopIfFirst(options, [`kubectl get ${POLICIES} -n ${shellQuote(namespace)}`])}${podWarnings(options)}` +
          `kubectl apply -f "$dir/${manifestName(ID)}"\n`,
      ),
      script('uninstall', ID, short, `kubectl delete ${POLICIES} -n ${shellQuote(namespace)} -l ${MARKER}=${ID}\n`),
    ];
  },
  lint: (files) => lintManifest(files, ID, SHAPE, allowed, false),
};
