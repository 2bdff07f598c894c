/**
 * Istio ServiceEntry: names outside the mesh, which sidecars route by the name in the TLS handshake. It matters
 * where the mesh runs with REGISTRY_ONLY; it is routing and no security boundary, so there is no enforce mode.
 * Sources: docs/reference/firewall.md#istio; docs/rules/istio.md.
 */
import type { AllowListHost } from '../../model/allow-list.js';
import { MARKER } from '../names.js';
import { forOthers, script, shellQuote } from '../script.js';
import { also, exactly, fqdn, list as listOf, object, port, text, tuple, type Shape } from '../shape.js';
import type { CheckedAllowList, RuleOptions, RuleTarget } from '../target.js';
import { assertAtMost, hostNames, portGroups, type PortGroup } from '../views.js';
import {
  lintManifest,
  manifest,
  manifestName,
  metadata,
  metadataShape,
  NAMESPACE,
  namespaceOf,
  refuseBareNames,
  refuseServices,
  type Manifest,
} from './cluster-common.js';
import { groupName } from './destinations.js';
import { deviceShortHead } from './device-head.js';
import type { Allowed } from './header-check.js';
import { refuseProxies } from './match-setting.js';

const ID = 'istio';
/** Served by every release since 1.5; `v1` only since 1.22. */
const API = 'networking.istio.io/v1beta1';
const ENTRIES = 'serviceentries.networking.istio.io';
const MAX_NAMES = 500;

/** Every name once, with all its ports: of two entries for one host, the mesh would take the older. */
function entries(list: CheckedAllowList, options: RuleOptions): readonly PortGroup[] {
  const byName = new Map<string, AllowListHost>();
  for (const host of list.hosts) {
    const ports = [...(byName.get(host.fqdn)?.ports ?? []), ...host.ports];
    byName.set(host.fqdn, { ...host, ports: [...new Set(ports)].sort((a, b) => a - b) });
  }
  return portGroups({ ...list, hosts: [...byName.values()] }, options);
}

const ENTRY = object({
  apiVersion: exactly(API),
  kind: exactly('ServiceEntry'),
  metadata: metadataShape(ID),
  spec: object({
    hosts: listOf(fqdn, 1, MAX_NAMES),
    exportTo: tuple(exactly('.')),
    location: exactly('MESH_EXTERNAL'),
    ports: listOf(
      also(
        object({ number: port, name: text(/tls-[0-9]{1,5}/), protocol: exactly('TLS') }),
        (row: { number: number; name: string }) =>
          row.name === `tls-${String(row.number)}` ? null : 'has a name that does not tell its number',
      ),
    ),
    resolution: exactly('DNS'),
  }),
});

/** No name and no object twice. */
const SHAPE: Shape = also(
  listOf(ENTRY),
  (documents: readonly { metadata: { name: string }; spec: { hosts: readonly string[] } }[]) => {
    const names = documents.map((document) => document.metadata.name);
    const hosts = documents.flatMap((document) => document.spec.hosts);
    return new Set(names).size < names.length || new Set(hosts).size < hosts.length ? 'names something twice' : null;
  },
);

function allowed(
  documents: readonly { spec: { hosts: readonly string[]; ports: readonly { number: number }[] } }[],
): readonly Allowed[] {
  return documents.map(({ spec }) => ({ names: spec.hosts, ports: spec.ports.map((row) => row.number) }));
}

export const istio: RuleTarget = {
  id: ID,
  title: 'Istio ServiceEntry, for REGISTRY_ONLY',
  group: 'clusters',
  capabilities: {
    matches: 'names',
    families: [4, 6],
    comments: true,
    ownerMatch: false,
    expiry: false,
    modes: ['allow'],
    proxy: true,
    dns: false,
  },
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
    const short = deviceShortHead(istio, list, options, '#');
    const namespace = shellQuote(namespaceOf(options));
    const wanted = groups.map((group) => groupName(group.suffix));
    return [
      manifest(istio, list, options, documents, [
        'It holds for every pod with a sidecar in its namespace, and for no other; it restricts nothing by itself.',
        'Pods on the network of their node have no sidecar, as the child pods of the chart by default.',
      ]),
      script(
        'install',
        ID,
        short,
        `kubectl apply -f "$dir/${manifestName(ID)}"
entries=$(kubectl get ${ENTRIES} -n ${namespace} -l ${MARKER}=${ID} -o 'jsonpath={.items[*].metadata.name}')
${forOthers('entries', 'entry', wanted, `kubectl delete ${ENTRIES} -n ${namespace} "$entry"`)}`,
      ),
      script('uninstall', ID, short, `kubectl delete ${ENTRIES} -n ${namespace} -l ${MARKER}=${ID}\n`),
    ];
  },
  lint: (files) => lintManifest(files, ID, SHAPE, allowed, true),
};
