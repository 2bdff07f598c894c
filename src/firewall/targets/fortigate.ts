/**
 * Fortinet FortiGate: address objects of type fqdn for each family, which FortiOS resolves itself; groups, whose
 * members are replaced; services per port; and policies under fixed numbers, because `edit 0` would make another
 * one at every load. Sources: docs/reference/firewall.md#fortigate; docs/rules/fortigate.md names the vendor's pages.
 */
import { formatPrefix } from '../core/cidr.js';
import { MARKER } from '../core/names.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { deviceHead, deviceShortHead, loadable } from './shared/device-head.js';
import {
  devicePlan,
  existing,
  existingOrNone,
  MATCH_NAMES,
  netmask,
  network,
  objectName,
  type Destination,
  type DestinationGroup,
  type DevicePlan,
} from './shared/destinations.js';
import { sealed } from './shared/seal.js';

const ID = 'fortigate';
/** Address names: 79 characters since 6.2, 63 before. */
const NAME_MAX = 63;

/** Names must differ between IPv4 and IPv6 too. */
function stem(family: 4 | 6): string {
  return family === 4 ? MARKER : `${MARKER}6`;
}

function group(suffix: string, family: 4 | 6): string {
  return suffix === '' ? stem(family) : `${stem(family)}-${suffix}`;
}

function holds(destination: Destination, family: 4 | 6): boolean {
  return destination.prefix === null || destination.prefix.family === family;
}

function objectOf(destination: Destination, family: 4 | 6, ttl: string): string[] {
  const { prefix, fqdn, note } = destination;
  const value =
    fqdn !== null
      ? ['set type fqdn', `set fqdn "${fqdn}"`, `set cache-ttl ${ttl}`]
      : family === 4
        ? ['set type ipmask', `set subnet ${network(prefix)} ${netmask(prefix)}`]
        : ['set type ipprefix', `set ip6 ${formatPrefix(prefix)}`];
  return [
    `    edit "${objectName(destination.key, NAME_MAX, stem(family))}"`,
    ...[...value, `set comment "${note}"`].map((row) => `        ${row}`),
    '    next',
  ];
}

function block(path: string, rows: readonly string[]): string[] {
  return rows.length === 0 ? [] : [`config ${path}`, ...rows, 'end'];
}

function edit(key: string, rows: readonly string[]): string[] {
  return [`    edit ${key}`, ...rows.map((row) => `        ${row}`), '    next'];
}

interface Plan extends DevicePlan {
  readonly families: readonly (4 | 6)[];
}

function plan(list: CheckedAllowList, options: RuleOptions): Plan {
  // Resolvers last, so that the numbers of the other policies do not depend on --dns.
  return { ...devicePlan(ID, list, options, 'last'), families: options.families };
}

function familiesOf(row: DestinationGroup, what: Plan): readonly (4 | 6)[] {
  return what.families.filter((family) => row.destinations.some((destination) => holds(destination, family)));
}

function policy(row: DestinationGroup, id: number, what: Plan, options: RuleOptions): string[] {
  const { srcintf = '', dstintf = '', source = '', source6 = '', nat = 'disable' } = options.settings;
  const services =
    row.suffix === 'dns' ? `"${MARKER}-dns"` : row.ports.map((port) => `"${MARKER}-tcp-${String(port)}"`).join(' ');
  const families = familiesOf(row, what);
  return edit(String(id), [
    `set name "${group(row.suffix, 4)}"`,
    `set srcintf "${srcintf}"`,
    `set dstintf "${dstintf}"`,
    // What an older revision set stays unless it is unset.
    ...(families.includes(4)
      ? [`set srcaddr "${source}"`, `set dstaddr "${group(row.suffix, 4)}"`]
      : ['unset srcaddr', 'unset dstaddr']),
    ...(families.includes(6)
      ? [`set srcaddr6 "${source6}"`, `set dstaddr6 "${group(row.suffix, 6)}"`]
      : ['unset srcaddr6', 'unset dstaddr6']),
    'set action accept',
    'set schedule "always"',
    `set service ${services}`,
    `set nat ${nat}`,
    'set logtraffic all',
    `set comments "${MARKER} netdata cloud"`,
  ]);
}

function inVdom(vdom: string, rows: readonly string[]): string[] {
  return vdom === '' ? [...rows] : ['config vdom', `edit ${vdom}`, ...rows, 'end'];
}

function install(what: Plan, options: RuleOptions): string[] {
  const { vdom = '', before = '', 'policy-id': first = '', 'cache-ttl': ttl = '' } = options.settings;
  const objects = (family: 4 | 6): string[] =>
    what.members.filter((row) => holds(row, family)).flatMap((row) => objectOf(row, family, ttl));
  const groups = (family: 4 | 6): string[] =>
    what.groups
      .filter((row) => familiesOf(row, what).includes(family))
      .flatMap((row) => {
        const members = row.destinations
          .filter((destination) => holds(destination, family))
          .map((destination) => `"${objectName(destination.key, NAME_MAX, stem(family))}"`);
        return edit(`"${group(row.suffix, family)}"`, [
          `set member ${members.join(' ')}`,
          `set comment "${MARKER} netdata cloud"`,
        ]);
      });
  const of = (family: 4 | 6, make: (family: 4 | 6) => string[]): string[] =>
    what.families.includes(family) ? make(family) : [];
  const dns = what.groups.some((row) => row.suffix === 'dns')
    ? edit(`"${MARKER}-dns"`, ['set tcp-portrange 53', 'set udp-portrange 53', `set comment "${MARKER} netdata cloud"`])
    : [];
  const services = what.ports.flatMap((port) =>
    edit(`"${MARKER}-tcp-${String(port)}"`, [
      `set tcp-portrange ${String(port)}`,
      `set comment "${MARKER} netdata cloud"`,
    ]),
  );
  return inVdom(vdom, [
    ...block('firewall address', of(4, objects)),
    ...block('firewall address6', of(6, objects)),
    ...block('firewall addrgrp', of(4, groups)),
    ...block('firewall addrgrp6', of(6, groups)),
    ...block('firewall service custom', [...dns, ...services]),
    ...block('firewall policy', [
      ...what.groups.flatMap((row, index) => policy(row, Number(first) + index, what, options)),
      ...(before === ''
        ? []
        : what.groups.map((_row, index) => `    move ${String(Number(first) + index)} before ${before}`)),
    ]),
  ]);
}

function uninstall(what: Plan, options: RuleOptions): string[] {
  const { vdom = '', 'policy-id': first = '' } = options.settings;
  const remove = (rows: readonly string[]): string[] => rows.map((row) => `    delete ${row}`);
  const objects = (family: 4 | 6): string[] =>
    what.families.includes(family)
      ? what.members
          .filter((row) => holds(row, family))
          .map((row) => `"${objectName(row.key, NAME_MAX, stem(family))}"`)
      : [];
  const groups = (family: 4 | 6): string[] =>
    what.groups.filter((row) => familiesOf(row, what).includes(family)).map((row) => `"${group(row.suffix, family)}"`);
  const services = [
    ...(what.groups.some((row) => row.suffix === 'dns') ? [`"${MARKER}-dns"`] : []),
    ...what.ports.map((port) => `"${MARKER}-tcp-${String(port)}"`),
  ];
  return inVdom(vdom, [
    ...block('firewall policy', remove(what.groups.map((_row, index) => String(Number(first) + index)))),
    ...block('firewall addrgrp', remove(groups(4))),
    ...block('firewall addrgrp6', remove(groups(6))),
    ...block('firewall address', remove(objects(4))),
    ...block('firewall address6', remove(objects(6))),
    ...block('firewall service custom', remove(services)),
  ]);
}

export const fortigate: RuleTarget = {
  id: ID,
  title: 'Fortinet FortiGate',
  group: 'devices',
  capabilities: USUAL,
  settings: [
    MATCH_NAMES,
    existing('srcintf', 'interface or zone of the hosts with Agents', 'internal', 35),
    existing('dstintf', 'interface or zone of the internet', 'wan1', 35),
    existing('source', 'IPv4 address object of the hosts with Agents', 'all', 63),
    existing('source6', 'IPv6 address object of the hosts with Agents', 'all', 63),
    {
      name: 'policy-id',
      title: 'free number of the first policy; others follow it',
      default: '443001',
      pattern: /^[1-9]\d{0,8}$/,
    },
    {
      name: 'before',
      title: 'number of the policy that ours go before; none = at the end',
      default: '',
      pattern: /^(?:[1-9]\d{0,8})?$/,
    },
    {
      name: 'nat',
      title: 'source NAT in the policies (enable/disable)',
      default: 'disable',
      pattern: /^(?:enable|disable)$/,
    },
    {
      name: 'cache-ttl',
      title: 'seconds that a resolved address is kept at least (0-86400)',
      default: '3600',
      pattern: /^(?:0|[1-9]\d{0,3}|[1-7]\d{4}|8[0-5]\d{3}|86[0-3]\d{2}|86400)$/,
    },
    existingOrNone('vdom', 'virtual domain, where there are several'),
  ],
  render(list, options) {
    const what = plan(list, options);
    const { 'policy-id': first = '', before = '', nat = '' } = options.settings;
    const last = String(Number(first) + what.groups.length - 1);
    const head = deviceHead(fortigate, list, options, '#', [
      `Needs 6.4 or newer. Policies ${first} to ${last} are ours: those numbers must be free, or they are overwritten.`,
      before === ''
        ? 'The policies go to the end: move them before your first deny, or render with --set before=NUMBER.'
        : `The policies go before your policy ${before}.`,
      nat === 'enable'
        ? 'Source NAT is on in these policies: right where the hosts with Agents have private addresses.'
        : 'CHOOSE: source NAT is OFF in these policies. With private source addresses nothing comes back: --set nat=enable.',
      'Exempt the destinations from deep inspection: the link does not survive it.',
    ]);
    return loadable(
      'fortios',
      sealed(head, install(what, options), '#'),
      sealed(deviceShortHead(fortigate, list, options, '#'), uninstall(what, options), '#'),
    );
  },
};
