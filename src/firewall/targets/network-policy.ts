/**
 * Kubernetes NetworkPolicy: one object with the addresses of the destinations. It knows no names, only adds, and
 * isolates whatever it selects, so DNS is always in it and `policyTypes` names egress alone (left out, it would
 * isolate ingress, too). Sources: docs/reference/firewall.md#network-policy; docs/rules/network-policy.md.
 */
import { MARKER } from '../core/names.js';
import { shellQuote } from '../core/script.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { assertAtMost, portGroups } from '../core/views.js';
import type { Yaml } from '../core/yaml.js';
import {
  clusterDns,
  clusterFiles,
  DNS_PODS,
  DNS_PORT,
  type Manifest,
  metadata,
  NAMESPACE,
  namespaceOf,
  NODE_LOCAL_DNS,
  podHints,
  podLabels,
  PODS,
  podWarnings,
  refuseServices,
  stopIfFirst,
} from './shared/cluster-common.js';

export const ID = 'network-policy';
/** One object has to stay far below what the API server stores (1.5 MiB), and plugins turn each block into rules. */
export const MAX_BLOCKS = 1000;
/** Set by the API server on every namespace. */
export const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';

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

export const networkPolicy: RuleTarget = {
  id: ID,
  title: 'Kubernetes NetworkPolicy',
  group: 'clusters',
  capabilities: { ...USUAL, matches: 'addresses', modes: ['allow', 'enforce'] },
  settings: [NAMESPACE, PODS, DNS_PODS, DNS_PORT, NODE_LOCAL_DNS],
  render(list, options) {
    refuseServices(ID, list);
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
    const there = `kubectl get ${POLICIES} -n ${shellQuote(namespaceOf(options))}`;
    return clusterFiles(networkPolicy, list, options, {
      documents: [policy],
      hints: [
        'The pods that it selects are isolated for egress: what no policy names is denied to them, also in the cluster.',
        ...podHints(options),
      ],
      before: `${stopIfFirst(options, [there])}${podWarnings(options)}`,
      kinds: [POLICIES],
    });
  },
};
