/**
 * CiliumNetworkPolicy by names: Cilium learns the addresses from the DNS answers that pass through its proxy, so
 * the DNS rule is not an extra but what makes the names work. In allow mode the policy leaves the default of the
 * pods alone (enableDefaultDeny). Sources: docs/reference/firewall.md#cilium; docs/rules/cilium.md.
 */
import { formatPrefix, parsePrefix } from '../core/cidr.js';
import { MARKER } from '../core/names.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { assertAtMost, isLiteral, portGroups } from '../core/views.js';
import type { Yaml } from '../core/yaml.js';
import {
  clusterDns,
  clusterFiles,
  DNS_PODS,
  DNS_PORT,
  type Manifest,
  metadata,
  NAMESPACE,
  podHints,
  podLabels,
  PODS,
  podWarnings,
  refuseBareNames,
  refuseServices,
} from './shared/cluster-common.js';

export const ID = 'cilium';
const POLICIES = 'ciliumnetworkpolicies.cilium.io';
/** Ports in one rule (maxItems of the resource definition). */
export const MAX_PORTS = 40;
/** Far above what an Agent needs; each name becomes a selector on every node. */
export const MAX_NAMES = 500;
export const NAMESPACE_LABEL = 'k8s:io.kubernetes.pod.namespace';
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

export const cilium: RuleTarget = {
  id: ID,
  title: 'Cilium, names learnt from DNS',
  group: 'clusters',
  capabilities: { ...USUAL, matches: 'names', modes: ['allow', 'enforce'] },
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
    return clusterFiles(cilium, list, options, {
      documents: [policy],
      hints: [
        options.mode === 'allow'
          ? 'Needs Cilium 1.16 or newer. It only adds: pods that no other policy restricts stay unrestricted.'
          : 'The pods that it selects may reach nothing else, also in the cluster, unless another policy allows it.',
        ...podHints(options),
      ],
      before: podWarnings(options),
      kinds: [POLICIES],
    });
  },
};
