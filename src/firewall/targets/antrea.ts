/**
 * Antrea ClusterNetworkPolicy by names: the agent on each node watches the answers that its pods get, and lets the
 * addresses of the listed names through. Such a policy isolates nothing by itself: `allow` only adds, `enforce` ends
 * with a drop. Sources: docs/rules/antrea.md names Antrea's pages.
 */
import { formatPrefix, parsePrefix } from '../core/cidr.js';
import { MARKER } from '../core/names.js';
import { type CheckedAllowList, type RuleOptions, type RuleSetting, type RuleTarget, USUAL } from '../core/target.js';
import { assertAtMost, hostNames, isLiteral, portGroups } from '../core/views.js';
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
  podHints,
  podLabels,
  PODS,
  podWarnings,
  refuseBareNames,
  refuseServices,
} from './shared/cluster-common.js';
import { groupName } from './shared/destinations.js';

const ID = 'antrea';
const POLICIES = 'clusternetworkpolicies.crd.antrea.io';
/** Far above what an Agent needs: each name is watched on every node. */
const MAX_NAMES = 500;
const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';

const TIER: RuleSetting = {
  name: 'tier',
  title: 'tier of the policy',
  default: 'application',
  pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
};
const PRIORITY: RuleSetting = {
  name: 'priority',
  title: 'its priority in the tier, smaller than that of your first drop (1-100)',
  default: '5',
  pattern: /^(?:[1-9]\d?|100)$/,
};

function tcp(ports: readonly number[]): Yaml {
  return ports.map((port) => ({ protocol: 'TCP', port }));
}

function dnsPorts(port: number): Yaml {
  return ['UDP', 'TCP'].map((protocol) => ({ protocol, port }));
}

function egress(list: CheckedAllowList, options: RuleOptions): readonly Manifest[] {
  assertAtMost(ID, hostNames(list).length, MAX_NAMES, 'names');
  const dns = clusterDns(ID, list, { ...options, settings: { ...options.settings, 'node-local-dns': 'none' } });
  const cloud = portGroups(list, options).map((group): Manifest => ({
    name: groupName(group.suffix),
    action: 'Allow',
    to: [...new Set(group.hosts.map((host) => host.fqdn))].map((name) =>
      isLiteral(name) ? { ipBlock: { cidr: formatPrefix(parsePrefix(name)) } } : { fqdn: name },
    ),
    ports: tcp(group.ports),
  }));
  return [
    {
      name: `${MARKER}-dns`,
      action: 'Allow',
      to: [
        {
          podSelector: { matchLabels: dns.labels },
          namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: dns.namespace } },
        },
      ],
      ports: dnsPorts(dns.port),
    },
    ...(dns.addresses.length === 0
      ? []
      : [
          {
            name: `${MARKER}-resolvers`,
            action: 'Allow',
            to: dns.addresses.map((cidr) => ({ ipBlock: { cidr } })),
            ports: dnsPorts(53),
          },
        ]),
    ...cloud,
    ...(options.mode === 'enforce' ? [{ name: `${MARKER}-deny`, action: 'Drop' }] : []),
  ];
}

export const antrea: RuleTarget = {
  id: ID,
  title: 'Antrea ClusterNetworkPolicy, names learnt from DNS',
  group: 'clusters',
  capabilities: {
    ...USUAL,
    matches: 'names',
    modes: ['allow', 'enforce'],
  },
  settings: [NAMESPACE, PODS, DNS_PODS, DNS_PORT, TIER, PRIORITY],
  render(list, options) {
    refuseServices(ID, list);
    refuseBareNames(ID, list);
    const { namespace: _, ...marks } = metadata(antrea, list, options, MARKER);
    const policy: Manifest = {
      apiVersion: 'crd.antrea.io/v1beta1',
      kind: 'ClusterNetworkPolicy',
      metadata: marks,
      spec: {
        tier: options.settings[TIER.name] ?? '',
        priority: Number(options.settings[PRIORITY.name]),
        appliedTo: [
          {
            podSelector: { matchLabels: podLabels(ID, options) },
            namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: namespaceOf(options) } },
          },
        ],
        egress: egress(list, options),
      },
    };
    return clusterFiles(antrea, list, options, {
      documents: [policy],
      hints: [
        'Needs Antrea 1.13 or newer. It is an object of the cluster, and holds for these pods of this namespace alone.',
        options.mode === 'allow'
          ? 'It only adds: pods that no other policy restricts stay unrestricted.'
          : 'The pods that it selects may reach nothing else, also in the cluster, unless a policy before it allows it.',
        ...podHints(options),
      ],
      before: podWarnings(options),
      kinds: [POLICIES],
      clusterWide: true,
    });
  },
};
