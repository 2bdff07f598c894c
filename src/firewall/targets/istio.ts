/**
 * Istio ServiceEntry: names outside the mesh, which sidecars route by the name in the TLS handshake. It matters
 * where the mesh runs with REGISTRY_ONLY; it is routing and no security boundary, so there is no enforce mode.
 * Sources: docs/reference/firewall.md#istio; docs/rules/istio.md.
 */
import type { AllowListHost } from '../../model/allow-list.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { assertAtMost, hostNames, portGroups, type PortGroup } from '../core/views.js';
import {
  clusterFiles,
  dropOthers,
  type Manifest,
  metadata,
  NAMESPACE,
  refuseBareNames,
  refuseServices,
} from './shared/cluster-common.js';
import { groupName } from './shared/destinations.js';
import { refuseProxies } from './shared/match-setting.js';

export const ID = 'istio';
/** Served by every release since 1.5; `v1` only since 1.22. */
export const API = 'networking.istio.io/v1beta1';
const ENTRIES = 'serviceentries.networking.istio.io';
export const MAX_NAMES = 500;

/** Every name once, with all its ports: of two entries for one host, the mesh would take the older. */
function entries(list: CheckedAllowList, options: RuleOptions): readonly PortGroup[] {
  const byName = new Map<string, AllowListHost>();
  for (const host of list.hosts) {
    const ports = [...(byName.get(host.fqdn)?.ports ?? []), ...host.ports];
    byName.set(host.fqdn, { ...host, ports: [...new Set(ports)].sort((a, b) => a - b) });
  }
  return portGroups({ ...list, hosts: [...byName.values()] }, options);
}

export const istio: RuleTarget = {
  id: ID,
  title: 'Istio ServiceEntry, for REGISTRY_ONLY',
  group: 'clusters',
  capabilities: { ...USUAL, matches: 'names', dns: false },
  settings: [NAMESPACE],
  render(list, options) {
    refuseProxies(ID, list, 'routes by the name in a TLS handshake, and a connection to a proxy begins with none');
    refuseServices(ID, list);
    refuseBareNames(ID, list);
    assertAtMost(ID, hostNames(list).length, MAX_NAMES, 'names');
    const groups = entries(list, options);
    const documents = groups.map((group): Manifest => ({
      apiVersion: API,
      kind: 'ServiceEntry',
      metadata: metadata(istio, list, options, groupName(group.suffix)),
      spec: {
        hosts: group.hosts.map((host) => host.fqdn),
        // Without it, every namespace of the mesh could use the entry.
        exportTo: ['.'],
        location: 'MESH_EXTERNAL',
        ports: group.ports.map((number) => ({ number, name: `tls-${String(number)}`, protocol: 'TLS' })),
        resolution: 'DNS',
      },
    }));
    return clusterFiles(istio, list, options, {
      documents,
      hints: [
        'It holds for every pod with a sidecar in its namespace, and for no other; it restricts nothing by itself.',
        'Pods on the network of their node have no sidecar, as the child pods of the chart by default.',
      ],
      after: dropOthers(
        ID,
        options,
        ENTRIES,
        groups.map((group) => groupName(group.suffix)),
      ),
      kinds: [ENTRIES],
    });
  },
};
