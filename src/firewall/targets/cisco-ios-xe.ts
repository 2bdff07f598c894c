/**
 * Cisco IOS-XE: an object group of addresses and numbered entries of named access lists. IPv4 uses the group;
 * IPv6 access lists get plain entries, because object groups in them are not supported everywhere. The lists are
 * stateless, so the way back is a rule too. Names are refused: `object-group fqdn` takes regular expressions, and how
 * far they must match, and the line of an access list that names such a group, are documented nowhere that we know.
 * Sources: docs/reference/firewall.md#cisco-ios-xe; docs/rules/cisco-ios-xe.md names the vendor's pages.
 */
import { formatPrefix, isSingleHost, type Prefix } from '../core/cidr.js';
import { MARKER } from '../core/names.js';
import {
  RefusalError,
  type CheckedAllowList,
  type RuleOptions,
  type RuleSetting,
  type RuleTarget,
  USUAL,
} from '../core/target.js';
import { assertAtMost } from '../core/views.js';
import { deviceHead, deviceShortHead, loadable } from './shared/device-head.js';
import {
  destinationGroups,
  existing,
  existingOrNone,
  groupName,
  netmask,
  network,
  resolverDestinations,
  type DestinationGroup,
} from './shared/destinations.js';
import { sealed } from './shared/seal.js';

const ID = 'cisco-ios-xe';

/** Address as access lists write it: never a wildcard mask, never a host bit. */
function v6Term(prefix: Prefix): string {
  return isSingleHost(prefix) ? `host ${network(prefix)}` : formatPrefix(prefix);
}

function member(prefix: Prefix): string {
  return isSingleHost(prefix) ? ` host ${network(prefix)}` : ` ${network(prefix)} ${netmask(prefix)}`;
}

interface Entry {
  readonly protocol: 'tcp' | 'udp';
  readonly destination: string;
  readonly port: number;
}

interface Plan {
  /** Object groups, IPv4. */
  readonly groups: readonly { readonly name: string; readonly prefixes: readonly Prefix[] }[];
  readonly v4: readonly Entry[];
  readonly v6: readonly Entry[];
}

function prefixesOf(group: Pick<DestinationGroup, 'destinations'>, family: 4 | 6): Prefix[] {
  return group.destinations.flatMap(({ prefix }) => (prefix?.family === family ? [prefix] : []));
}

function plan(list: CheckedAllowList, options: RuleOptions): Plan {
  const destinations = destinationGroups(ID, list, options, false);
  const dns = { suffix: 'dns', ports: [53], destinations: resolverDestinations(list, options) };
  const rows = [...(dns.destinations.length > 0 ? [dns] : []), ...destinations];
  const protocols = (group: { readonly suffix: string }): readonly ('tcp' | 'udp')[] =>
    group === dns ? ['udp', 'tcp'] : ['tcp'];
  const entries = (group: (typeof rows)[number], destination: string): Entry[] =>
    protocols(group).flatMap((protocol) => group.ports.map((port) => ({ protocol, destination, port })));
  return {
    groups: rows.flatMap((group) => {
      const prefixes = prefixesOf(group, 4);
      return prefixes.length === 0 ? [] : [{ name: groupName(group.suffix), prefixes }];
    }),
    v4: rows.flatMap((group) =>
      prefixesOf(group, 4).length === 0 ? [] : entries(group, `object-group ${groupName(group.suffix)}`),
    ),
    v6: rows.flatMap((group) => prefixesOf(group, 6).flatMap((prefix) => entries(group, v6Term(prefix)))),
  };
}

interface Lists {
  readonly source: string;
  readonly acl: string;
  readonly back: string;
  readonly acl6: string;
  readonly back6: string;
  readonly first: number;
}

function lists(options: RuleOptions): Lists {
  const get = (name: string): string => options.settings[name] ?? '';
  return {
    source: get('source') === '' ? 'any' : `object-group ${get('source')}`,
    acl: get('acl'),
    back: get('acl-back'),
    acl6: get('acl6'),
    back6: get('acl6-back'),
    first: Number(get('sequence')),
  };
}

function out(entry: Entry, source: string): string {
  return `permit ${entry.protocol} ${source} ${entry.destination} eq ${String(entry.port)}`;
}

function back(entry: Entry, source: string): string {
  const state = entry.protocol === 'tcp' ? ' established' : '';
  return `permit ${entry.protocol} ${entry.destination} eq ${String(entry.port)} ${source}${state}`;
}

/** ICMP errors that a connection needs: "packet too big" is a kind of unreachable in IPv4, a message of its own in IPv6. */
const ERRORS4 = ['unreachable', 'time-exceeded'];
const ERRORS6 = ['packet-too-big', 'unreachable', 'time-exceeded'];

function withErrors(entries: readonly string[], errors: readonly string[], source: string): readonly string[] {
  return entries.length === 0 ? entries : [...entries, ...errors.map((error) => `permit icmp any ${source} ${error}`)];
}

/** Each access list with its entries, as text without numbers. */
function accessLists(what: Plan, names: Lists): { readonly head: string; readonly entries: readonly string[] }[] {
  return [
    { head: `ip access-list extended ${names.acl}`, entries: what.v4.map((entry) => out(entry, names.source)) },
    {
      head: `ip access-list extended ${names.back}`,
      entries: withErrors(
        what.v4.map((entry) => back(entry, names.source)),
        ERRORS4,
        names.source,
      ),
    },
    { head: `ipv6 access-list ${names.acl6}`, entries: what.v6.map((entry) => out(entry, 'any')) },
    {
      head: `ipv6 access-list ${names.back6}`,
      entries: withErrors(
        what.v6.map((entry) => back(entry, 'any')),
        ERRORS6,
        'any',
      ),
    },
  ].filter((row) => row.entries.length > 0);
}

function install(what: Plan, names: Lists): string[] {
  return [
    ...what.groups.flatMap((group) => [
      `object-group network ${group.name}`,
      ` description ${MARKER} netdata cloud`,
      ...group.prefixes.map(member),
    ]),
    ...accessLists(what, names).flatMap(({ head, entries }) => [
      head,
      ...entries.map((entry, index) =>
        head.startsWith('ipv6')
          ? ` ${entry} sequence ${String(names.first + index)}`
          : ` ${String(names.first + index)} ${entry}`,
      ),
    ]),
  ];
}

/** By content, not by number: numbers may have changed by a resequence. */
function uninstall(what: Plan, names: Lists): string[] {
  return [
    ...accessLists(what, names).flatMap(({ head, entries }) => [head, ...entries.map((entry) => ` no ${entry}`)]),
    ...what.groups.map((group) => `no object-group network ${group.name}`),
  ];
}

const SEQUENCE: RuleSetting = {
  name: 'sequence',
  title: 'first of the free entry numbers in those lists',
  default: '1',
  pattern: /^[1-9]\d{0,8}$/,
};

export const ciscoIosXe: RuleTarget = {
  id: ID,
  title: 'Cisco IOS-XE',
  group: 'devices',
  capabilities: { ...USUAL, matches: 'addresses' },
  settings: [
    existing('acl', 'IPv4 access list for packets to the cloud', 'ND-EGRESS', 64),
    existing('acl-back', 'IPv4 access list for the packets that come back', 'ND-EGRESS-BACK', 64),
    existing('acl6', 'IPv6 access list for packets to the cloud', 'ND-EGRESS6', 64),
    existing('acl6-back', 'IPv6 access list for the packets that come back', 'ND-EGRESS6-BACK', 64),
    SEQUENCE,
    existingOrNone('source', 'IPv4 object group of the hosts with Agents; none = any (needs --ipv4)', 64),
  ],
  render(list, options) {
    const what = plan(list, options);
    const names = lists(options);
    refuseSource(what, names);
    const most = Math.max(...accessLists(what, names).map((row) => row.entries.length));
    assertAtMost(ID, most, 1000, 'entries in one access list');
    const last = String(names.first + most - 1);
    return loadable(
      'ios',
      sealed(
        deviceHead(ciscoIosXe, list, options, '!', [
          'Where an older revision is loaded, load its uninstall file first: groups only grow.',
          `Entry numbers ${String(names.first)} to ${last} of each list must be free and stand before its first deny.`,
          "These lists keep no state: the lists for the way back let replies and routers' errors in. A list that did not exist and is put",
          'on an interface denies everything else there. Way back from a mistake: "reload in 5" before loading.',
        ]),
        install(what, names),
        '!',
      ),
      sealed(deviceShortHead(ciscoIosXe, list, options, '!'), uninstall(what, names), '!'),
    );
  },
};

/** An IPv4 group as source says nothing about IPv6: those entries would hold for everybody. */
function refuseSource(what: Plan, names: Lists): void {
  if (names.source !== 'any' && what.v6.length > 0)
    throw new RefusalError(
      ID,
      'family_not_supported',
      'the source is a group of IPv4 addresses, and IPv6 entries would hold for everybody; render IPv6 apart',
    );
}
