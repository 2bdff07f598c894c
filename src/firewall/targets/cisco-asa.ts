/**
 * Cisco ASA: network objects of type fqdn, one per family, that the ASA itself resolves; an object group; and
 * entries at a given line of an existing access list, never `clear configure access-list`, which would drop all
 * traffic while it loads. Sources: docs/reference/firewall.md#cisco-asa; docs/rules/cisco-asa.md names the vendor's
 * pages.
 */
import { formatPrefix, isSingleHost } from '../core/cidr.js';
import { MARKER } from '../core/names.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { deviceHead, deviceShortHead, loadable } from './shared/device-head.js';
import {
  allDestinations,
  destinationGroups,
  existing,
  existingOrNone,
  groupName,
  MATCH_NAMES,
  netmask,
  network,
  objectName,
  resolverDestinations,
  type Destination,
} from './shared/destinations.js';
import { sealed } from './shared/seal.js';

const ID = 'cisco-asa';
/** Object and group names: 64 characters. */
const NAME_MAX = 64;

interface AsaObject {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

function objectsOf(destination: Destination, families: readonly (4 | 6)[]): AsaObject[] {
  const { key, note, fqdn, prefix } = destination;
  if (fqdn !== null)
    return families.map((family) => ({
      name: objectName(`${key}-v${String(family)}`, NAME_MAX),
      value: `fqdn v${String(family)} ${fqdn}`,
      note,
    }));
  const value = isSingleHost(prefix)
    ? `host ${network(prefix)}`
    : prefix.family === 4
      ? `subnet ${network(prefix)} ${netmask(prefix)}`
      : `subnet ${formatPrefix(prefix)}`;
  return [{ name: objectName(key, NAME_MAX), value, note }];
}

interface Plan {
  readonly objects: readonly AsaObject[];
  readonly groups: readonly { readonly name: string; readonly members: readonly string[] }[];
  /** Entries of the access list without its name, first one first. */
  readonly entries: readonly string[];
}

function plan(list: CheckedAllowList, options: RuleOptions): Plan {
  const groups = destinationGroups(ID, list, options);
  const resolvers = resolverDestinations(list, options);
  const source = options.settings['source'] ?? '';
  const any = options.families.length === 2 ? 'any' : `any${String(options.families[0] ?? 4)}`;
  const from = source === '' ? any : `object-group ${source}`;
  const names = (destinations: readonly Destination[]): string[] =>
    destinations.flatMap((destination) => objectsOf(destination, options.families).map((object) => object.name));
  const dns = resolvers.length === 0 ? [] : [{ name: groupName('dns'), members: names(resolvers) }];
  return {
    objects: [...resolvers, ...allDestinations(groups)].flatMap((row) => objectsOf(row, options.families)),
    groups: [...dns, ...groups.map((group) => ({ name: groupName(group.suffix), members: names(group.destinations) }))],
    entries: [
      ...dns.flatMap(({ name }) =>
        ['udp', 'tcp'].map((protocol) => `extended permit ${protocol} ${from} object-group ${name} eq 53`),
      ),
      ...groups.flatMap((group) =>
        group.ports.map(
          (port) => `extended permit tcp ${from} object-group ${groupName(group.suffix)} eq ${String(port)}`,
        ),
      ),
    ],
  };
}

function install({ objects, groups, entries }: Plan, acl: string, at: string): string[] {
  return [
    ...objects.flatMap((object) => [
      `object network ${object.name}`,
      ` ${object.value}`,
      ` description ${object.note}`,
    ]),
    ...groups.flatMap((group) => [
      `object-group network ${group.name}`,
      ` description ${MARKER} netdata cloud`,
      ...group.members.map((member) => ` network-object object ${member}`),
    ]),
    // Each goes to the same line: bottom up.
    ...entries.toReversed().map((entry) => `access-list ${acl} line ${at} ${entry}`),
  ];
}

function uninstall({ objects, groups, entries }: Plan, acl: string): string[] {
  return [
    ...entries.map((entry) => `no access-list ${acl} ${entry}`),
    ...groups.map((group) => `no object-group network ${group.name}`),
    ...objects.map((object) => `no object network ${object.name}`),
  ];
}

export const ciscoAsa: RuleTarget = {
  id: ID,
  title: 'Cisco ASA',
  group: 'devices',
  capabilities: USUAL,
  settings: [
    MATCH_NAMES,
    existing('acl', 'extended access list that filters the traffic of the Agents', 'OUT', 64),
    { name: 'line', title: 'its line that ours go to', default: '1', pattern: /^[1-9]\d{0,4}$/ },
    existingOrNone('source', 'object group of the hosts with Agents; none = any', 64),
  ],
  render(list, options) {
    const what = plan(list, options);
    const { acl = '', line: at = '' } = options.settings;
    const head = deviceHead(ciscoAsa, list, options, '!', [
      'Where an older revision is loaded, load its uninstall file first: groups only grow.',
      'Needs 9.0 or newer. Names need "dns domain-lookup INTERFACE" and a name-server in "dns server-group".',
      'Raise "dns expire-entry-timer" (default: 1 minute after the TTL), or connections to a rotating address fail.',
    ]);
    return loadable(
      'asa',
      sealed(head, install(what, acl, at), '!'),
      sealed(deviceShortHead(ciscoAsa, list, options, '!'), uninstall(what, acl), '!'),
    );
  },
};
