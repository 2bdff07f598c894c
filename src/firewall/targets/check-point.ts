/**
 * Check Point: a script of Management API commands for mgmt_cli. Domain objects that match the name alone (the
 * leading dot is how the API writes any name), hosts and networks, services per port, and one rule per list of
 * ports. All of it is one session: published at the end, discarded at the first error. Objects that exist are
 * used, never changed; what is removed is what carries our marker.
 * Sources: docs/reference/firewall.md#check-point; docs/rules/check-point.md names the vendor's pages.
 */
import { isSingleHost } from '../core/cidr.js';
import { MARKER } from '../core/names.js';
import { shellQuote } from '../core/script.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { deviceHead, deviceShortHead } from './shared/device-head.js';
import {
  devicePlan,
  groupName,
  MATCH_NAMES,
  network,
  objectName,
  refuseOneFamily,
  type Destination,
  type DestinationGroup,
  type DevicePlan,
} from './shared/destinations.js';
import { sealedProgram } from './shared/seal.js';

const ID = 'check-point';
const NAME_MAX = 63;
export const COMMENT = `${MARKER} netdata cloud`;

export const SESSION = [
  'set -eu',
  'session=$(mktemp)',
  'call() { mgmt_cli "$@" -s "$session"; }',
  'finish() {',
  '\tstatus=$?',
  '\t[ "$status" -eq 0 ] || call discard >/dev/null 2>&1 || :',
  '\tcall logout >/dev/null 2>&1 || :',
  '\trm -f "$session"',
  '\texit "$status"',
  '}',
  'trap finish EXIT',
  '# shellcheck disable=SC2086',
  'mgmt_cli login ${MGMT_LOGIN:--r true} >"$session"',
];

export const ADD = [
  'has() { call show "$1" name "$2" >/dev/null 2>&1; }',
  'domain() {',
  `\thas dns-domain "$1" || call add dns-domain name "$1" is-sub-domain false comments '${COMMENT}'`,
  `\tcall show dns-domain name "$1" --format json | grep -Eq '"is-sub-domain" *: *false' || {`,
  '\t\techo "the domain object $1 exists and stands for its subdomains too: it is not used" >&2',
  '\t\texit 1',
  '\t}',
  '}',
  `host() { has host "$1" || call add host name "$1" ip-address "$2" comments '${COMMENT}'; }`,
  `network() { has network "$1" || call add network name "$1" subnet "$2" mask-length "$3" comments '${COMMENT}'; }`,
  'service() {',
  `\thas service-tcp "$1" || call add service-tcp name "$1" port "$2" match-for-any false ignore-warnings true comments '${COMMENT}'`,
  '}',
];

export const DROP = [
  'drop() {',
  `\tif call show "$1" name "$2" --format json 2>/dev/null | grep -Eq '"comments" *: *"${MARKER} '; then`,
  '\t\tcall delete "$1" name "$2" || echo "$2 stays: it is used elsewhere" >&2',
  '\tfi',
  '}',
];

function name(destination: Destination): string {
  return destination.fqdn === null ? objectName(destination.key, NAME_MAX) : `.${destination.fqdn}`;
}

function kind(destination: Destination): 'dns-domain' | 'host' | 'network' {
  if (destination.prefix === null) return 'dns-domain';
  return isSingleHost(destination.prefix) ? 'host' : 'network';
}

function add(destination: Destination): string {
  const own = shellQuote(name(destination));
  const { prefix } = destination;
  if (prefix === null) return `domain ${own}`;
  return isSingleHost(prefix)
    ? `host ${own} ${network(prefix)}`
    : `network ${own} ${network(prefix)} ${String(prefix.length)}`;
}

function service(port: number): string {
  return `${MARKER}-tcp-${String(port)}`;
}

function plan(list: CheckedAllowList, options: RuleOptions): DevicePlan {
  const what = devicePlan(ID, list, options, 'first');
  refuseOneFamily(ID, what.groups, options);
  return what;
}

function numbered(key: string, values: readonly string[]): string {
  return values.map((value, index) => `${key}.${String(index + 1)} ${shellQuote(value)}`).join(' ');
}

function rule(group: DestinationGroup, options: RuleOptions): string {
  const { layer = '', above = '', source = '' } = options.settings;
  const services = group.suffix === 'dns' ? ['domain-udp', 'domain-tcp'] : group.ports.map(service);
  return [
    `call add access-rule layer ${shellQuote(layer)}`,
    above === '' ? 'position top' : `position.above ${shellQuote(above)}`,
    `name '${groupName(group.suffix)}' source ${shellQuote(source)}`,
    numbered('destination', group.destinations.map(name)),
    numbered('service', services),
    `action Accept track.type Log comments '${COMMENT}'`,
  ].join(' ');
}

function removal(group: DestinationGroup, layer: string): string {
  return `call delete access-rule layer ${shellQuote(layer)} name '${groupName(group.suffix)}' >/dev/null 2>&1 || :`;
}

function install(what: DevicePlan, options: RuleOptions): string[] {
  const { layer = '', package: policy = '' } = options.settings;
  return [
    ...SESSION,
    ...ADD,
    ...what.members.map(add),
    ...what.ports.map((port) => `service '${service(port)}' ${String(port)}`),
    ...what.groups.map((group) => removal(group, layer)),
    // Each goes to the same place: bottom up, where that is the top.
    ...(options.settings['above'] === '' ? what.groups.toReversed() : what.groups).map((group) => rule(group, options)),
    'call publish',
    ...(policy === '' ? [] : [`call install-policy policy-package ${shellQuote(policy)}`]),
  ];
}

function uninstall(what: DevicePlan, options: RuleOptions): string[] {
  const { layer = '', package: policy = '' } = options.settings;
  return [
    ...SESSION,
    ...DROP,
    ...what.groups.map((group) => removal(group, layer)),
    ...what.members.map((row) => `drop ${kind(row)} ${shellQuote(name(row))}`),
    ...what.ports.map((port) => `drop service-tcp '${service(port)}'`),
    'call publish',
    ...(policy === '' ? [] : [`call install-policy policy-package ${shellQuote(policy)}`]),
  ];
}

/** Names of Check Point may hold blanks; quotes they may not. */
const PHRASE = `(?!${MARKER})[A-Za-z0-9][A-Za-z0-9 _.-]{0,62}`;

export const checkPoint: RuleTarget = {
  id: ID,
  title: 'Check Point (mgmt_cli)',
  group: 'devices',
  capabilities: USUAL,
  settings: [
    MATCH_NAMES,
    { name: 'layer', title: 'access layer of the rules', default: 'Network', pattern: new RegExp(`^${PHRASE}$`) },
    {
      name: 'above',
      title: 'rule of the layer that ours go above; none = top',
      default: '',
      pattern: new RegExp(`^(?:${PHRASE})?$`),
    },
    { name: 'source', title: 'object of the hosts with Agents', default: 'Any', pattern: new RegExp(`^${PHRASE}$`) },
    {
      name: 'package',
      title: 'policy package to install after publishing; none = install it yourself',
      default: '',
      pattern: new RegExp(`^(?:${PHRASE})?$`),
    },
  ],
  render(list, options) {
    const what = plan(list, options);
    const head = deviceHead(checkPoint, list, options, '#', [
      'Run in expert mode on the management server, or elsewhere with MGMT_LOGIN="-m SERVER -u USER".',
      'Everything is one session: published at the end, discarded at the first error. Gateways resolve the names.',
    ]);
    const short = deviceShortHead(checkPoint, list, options, '#');
    return [
      sealedProgram(`${MARKER}.check-point.sh`, 'install', head, install(what, options)),
      sealedProgram(`${MARKER}-uninstall.check-point.sh`, 'uninstall', short, uninstall(what, options)),
    ];
  },
};
