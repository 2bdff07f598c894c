/**
 * Juniper SRX: set commands. Address book entries of type dns-name, which the SRX resolves itself, an address set
 * that is made anew each time, applications per port, and one policy per list of ports. Nothing holds before
 * `commit`, and `commit confirmed` is the way back. Set commands have no comments: the header is a notice.
 * Sources: docs/reference/firewall.md#juniper-srx; docs/rules/juniper-srx.md names the vendor's pages.
 */
import { formatPrefix } from '../core/cidr.js';
import { MARKER } from '../core/names.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { deviceNotice, loadable } from './shared/device-head.js';
import {
  allDestinations,
  destinationGroups,
  existing,
  existingOrNone,
  groupName,
  MATCH_NAMES,
  objectName,
  resolverDestinations,
  type Destination,
} from './shared/destinations.js';

const ID = 'juniper-srx';
/** Names in an address book: 63 characters. */
const NAME_MAX = 63;
export const BOOK = 'security address-book global';

interface Policy {
  readonly name: string;
  readonly set: string;
  readonly members: readonly Destination[];
  readonly applications: readonly string[];
}

function name(destination: Destination): string {
  return objectName(destination.key, NAME_MAX);
}

function application(port: number): string {
  return `${MARKER}-tcp-${String(port)}`;
}

function policies(list: CheckedAllowList, options: RuleOptions): readonly Policy[] {
  const dns = resolverDestinations(list, options);
  const row = (suffix: string, members: readonly Destination[], applications: readonly string[]): Policy => ({
    name: groupName(suffix),
    set: groupName(suffix),
    members,
    applications,
  });
  return [
    ...(dns.length === 0 ? [] : [row('dns', dns, ['junos-dns-udp', 'junos-dns-tcp'])]),
    ...destinationGroups(ID, list, options).map((group) =>
      row(group.suffix, group.destinations, group.ports.map(application)),
    ),
  ];
}

/** `ipv4-only` and `ipv6-only` restrict a name; without either both families hold. */
function value(destination: Destination, families: readonly (4 | 6)[]): string {
  if (destination.fqdn === null) return formatPrefix(destination.prefix);
  const only = families.length === 1 ? ` ipv${String(families[0] ?? 4)}-only` : '';
  return `dns-name ${destination.fqdn}${only}`;
}

function portsOf(list: readonly Policy[]): readonly number[] {
  const names = new Set(list.flatMap((policy) => policy.applications).filter((entry) => entry.startsWith(MARKER)));
  return [...names].map((entry) => Number(entry.slice(`${MARKER}-tcp-`.length))).sort((a, b) => a - b);
}

function install(list: readonly Policy[], options: RuleOptions): string[] {
  const { from = '', to = '', before = '', source = '' } = options.settings;
  const members = allDestinations(list.map((row) => ({ suffix: '', ports: [], destinations: row.members })));
  const path = (policy: Policy): string => `security policies from-zone ${from} to-zone ${to} policy ${policy.name}`;
  return [
    // Set only adds: what an older revision said goes first. Policies keep their place.
    ...list.map((policy) => `delete ${path(policy)} match`),
    ...list.map((policy) => `delete ${BOOK} address-set ${policy.set}`),
    ...members.flatMap((row) => [
      `delete ${BOOK} address ${name(row)}`,
      `set ${BOOK} address ${name(row)} ${value(row, options.families)}`,
      `set ${BOOK} address ${name(row)} description "${row.note}"`,
    ]),
    ...list.flatMap((policy) =>
      policy.members.map((row) => `set ${BOOK} address-set ${policy.set} address ${name(row)}`),
    ),
    ...portsOf(list).flatMap((port) => [
      `set applications application ${application(port)} protocol tcp`,
      `set applications application ${application(port)} destination-port ${String(port)}`,
    ]),
    ...list.flatMap((policy) => [
      `set ${path(policy)} description "${MARKER} netdata cloud"`,
      `set ${path(policy)} match source-address ${source === '' ? 'any' : source}`,
      `set ${path(policy)} match destination-address ${policy.set}`,
      ...policy.applications.map((entry) => `set ${path(policy)} match application ${entry}`),
      `set ${path(policy)} then permit`,
    ]),
    ...(before === '' ? [] : list.map((policy) => `insert ${path(policy)} before policy ${before}`)),
  ];
}

function uninstall(list: readonly Policy[], options: RuleOptions): string[] {
  const { from = '', to = '' } = options.settings;
  const members = allDestinations(list.map((row) => ({ suffix: '', ports: [], destinations: row.members })));
  return [
    ...list.map((policy) => `delete security policies from-zone ${from} to-zone ${to} policy ${policy.name}`),
    ...list.map((policy) => `delete ${BOOK} address-set ${policy.set}`),
    ...members.map((row) => `delete ${BOOK} address ${name(row)}`),
    ...portsOf(list).map((port) => `delete applications application ${application(port)}`),
  ];
}

export const juniperSrx: RuleTarget = {
  id: ID,
  title: 'Juniper SRX (set commands)',
  group: 'devices',
  capabilities: { ...USUAL, comments: false },
  settings: [
    MATCH_NAMES,
    existing('from', 'zone of the hosts with Agents', 'trust', 63),
    existing('to', 'zone of the internet', 'untrust', 63),
    existingOrNone('source', 'address or address set of the hosts with Agents; none = any', 63),
    existingOrNone('before', 'policy of these zones that ours goes before; none = at the end', 63),
  ],
  render(list, options) {
    const { before = '', from = '', to = '' } = options.settings;
    const rows = policies(list, options);
    const files = loadable('set', `${install(rows, options).join('\n')}\n`, `${uninstall(rows, options).join('\n')}\n`);
    const place =
      before === ''
        ? `The policies go to the end of ${from} to ${to}: insert them before your first deny there.`
        : `The policies go before your policy ${before}.`;
    const hints = [
      `Load in configuration mode: load set ${MARKER}.set, then commit check, then commit confirmed 5, then commit.`,
      'A deletion of what is not there yet is only a warning.',
      place,
      'Names need system name-server on the SRX, and an address book that is global, not attached to zones.',
    ];
    return [...files, deviceNotice(juniperSrx, list, options, hints, files)];
  },
};
