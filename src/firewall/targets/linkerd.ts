/**
 * Linkerd 2.17 and newer: TLSRoutes for the listed names and ports, whose parent is an EgressNetwork. The sidecar reads
 * the name in the TLS handshake. `allow` hangs the routes on an EgressNetwork of yours that denies; `enforce` makes one.
 * Sources: docs/rules/linkerd.md names Linkerd's pages.
 */
import { MARKER } from '../core/names.js';
import { shellQuote } from '../core/script.js';
import { type CheckedAllowList, type RuleOptions, type RuleSetting, type RuleTarget, USUAL } from '../core/target.js';
import { assertAtMost, hostNames, portGroups } from '../core/views.js';
import {
  clusterFiles,
  dropOthers,
  type Manifest,
  metadata,
  NAMESPACE,
  namespaceOf,
  refuseBareNames,
  refuseServices,
} from './shared/cluster-common.js';
import { groupName } from './shared/destinations.js';
import { refuseProxies } from './shared/match-setting.js';

const ID = 'linkerd';
const ROUTES = 'tlsroutes.gateway.networking.k8s.io';
const NETWORKS = 'egressnetworks.policy.linkerd.io';
/** Hostnames, and parents, of one route (maxItems of the resource definition). */
const MAX_HOSTNAMES = 16;
const MAX_PARENTS = 32;
const MAX_NAMES = 500;

const NETWORK: RuleSetting = {
  name: 'egress-network',
  title: 'your EgressNetwork in that namespace (allow mode)',
  default: 'all-egress-traffic',
  pattern: /^(?!nd-allow$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  guessed: true,
};

function routes(list: CheckedAllowList, options: RuleOptions, network: string): readonly Manifest[] {
  const namespace = namespaceOf(options);
  return portGroups(list, options).flatMap((group) => {
    assertAtMost(ID, group.ports.length, MAX_PARENTS, 'ports in one route');
    const names = [...new Set(group.hosts.map((host) => host.fqdn))].sort();
    return Array.from({ length: Math.ceil(names.length / MAX_HOSTNAMES) }, (_, index): Manifest => {
      const base = groupName(group.suffix);
      return {
        apiVersion: 'gateway.networking.k8s.io/v1alpha2',
        kind: 'TLSRoute',
        metadata: metadata(linkerd, list, options, index === 0 ? base : `${base}-n${String(index + 1)}`),
        spec: {
          hostnames: names.slice(index * MAX_HOSTNAMES, (index + 1) * MAX_HOSTNAMES),
          parentRefs: group.ports.map((port) => ({
            group: 'policy.linkerd.io',
            kind: 'EgressNetwork',
            name: network,
            namespace,
            port,
          })),
          rules: [{ backendRefs: [{ group: 'policy.linkerd.io', kind: 'EgressNetwork', name: network }] }],
        },
      };
    });
  });
}

export const linkerd: RuleTarget = {
  id: ID,
  title: 'Linkerd EgressNetwork and TLSRoute',
  group: 'clusters',
  capabilities: {
    ...USUAL,
    matches: 'names',
    modes: ['allow', 'enforce'],
    dns: false,
  },
  settings: [NAMESPACE, NETWORK],
  render(list, options) {
    refuseProxies(ID, list, 'routes by the name in a TLS handshake, and a connection to a proxy begins with none');
    refuseServices(ID, list);
    refuseBareNames(ID, list);
    assertAtMost(ID, hostNames(list).length, MAX_NAMES, 'names');
    const enforce = options.mode === 'enforce';
    const network = enforce ? MARKER : (options.settings[NETWORK.name] ?? '');
    const own: Manifest = {
      apiVersion: 'policy.linkerd.io/v1alpha1',
      kind: 'EgressNetwork',
      metadata: metadata(linkerd, list, options, MARKER),
      spec: { trafficPolicy: 'Deny' },
    };
    const all = routes(list, options, network);
    const wanted = all.map((route) => (route['metadata'] as { readonly name: string }).name);
    const look = enforce
      ? ''
      : `kubectl get ${NETWORKS} ${shellQuote(network)} -n ${shellQuote(namespaceOf(options))} >/dev/null || {
  echo 'name your EgressNetwork with --set egress-network=..., or render with --mode enforce' >&2
  exit 1
}
`;
    return clusterFiles(linkerd, list, options, {
      documents: [...(enforce ? [own] : []), ...all],
      hints: [
        'Needs Linkerd 2.17 or newer. It holds for every pod with a sidecar in its namespace, and for no other.',
        'It is no security boundary: who controls a pod can go around its sidecar.',
        ...(enforce ? ['Every other way out of the cluster is denied to the pods of this namespace.'] : []),
      ],
      before: look,
      after: dropOthers(ID, options, ROUTES, wanted),
      kinds: [`${ROUTES},${NETWORKS}`],
    });
  },
};
