/**
 * Palo Alto Networks: set commands for configuration mode. Address objects of type fqdn, which the firewall
 * resolves itself, a static group, services per port (an App-ID can break when it shifts from ssl to websocket or
 * mqtt), one rule per list of ports, moved to where it is wanted, and, if asked for, a no-decrypt rule. Nothing
 * holds before `commit`. Set commands have no comments: the header is a notice.
 * Sources: docs/reference/firewall.md#palo-alto; docs/rules/palo-alto.md names the vendor's pages.
 */
import { formatPrefix } from '../core/cidr.js';
import { MARKER } from '../core/names.js';
import { RefusalError, type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { deviceNotice, loadable } from './shared/device-head.js';
import {
  devicePlan,
  existing,
  existingOrNone,
  groupName,
  MATCH_NAMES,
  objectName,
  refuseOneFamily,
  type Destination,
  type DestinationGroup,
  type DevicePlan,
} from './shared/destinations.js';

const ID = 'palo-alto';
/** Object and rule names: 63 characters. */
const NAME_MAX = 63;

/** Where objects and rules live: the only virtual system, one of several, or a device group of Panorama. */
interface Scope {
  readonly objects: string;
  readonly rules: string;
}

function scopeOf(options: RuleOptions): Scope {
  const { vsys = '', 'device-group': group = '' } = options.settings;
  if (vsys !== '' && group !== '')
    throw new RefusalError(ID, 'not_expressible', 'vsys and device-group exclude each other');
  if (group !== '') return { objects: `device-group ${group} `, rules: `device-group ${group} pre-rulebase` };
  return vsys === ''
    ? { objects: '', rules: 'rulebase' }
    : { objects: `vsys ${vsys} `, rules: `vsys ${vsys} rulebase` };
}

function plan(list: CheckedAllowList, options: RuleOptions): DevicePlan {
  const what = devicePlan(ID, list, options, 'first');
  refuseOneFamily(ID, what.groups, options);
  return what;
}

function name(destination: Destination): string {
  return objectName(destination.key, NAME_MAX);
}

function service(port: number): string {
  return `${MARKER}-tcp-${String(port)}`;
}

function bracket(names: readonly string[]): string {
  return names.length === 1 ? (names[0] ?? '') : `[ ${names.join(' ')} ]`;
}

const DNS_SERVICES = [`${MARKER}-dns-tcp`, `${MARKER}-dns-udp`];

function servicesOf(group: DestinationGroup): readonly string[] {
  return group.suffix === 'dns' ? DNS_SERVICES : group.ports.map(service);
}

function install({ members, groups, ports }: DevicePlan, options: RuleOptions): string[] {
  const { objects, rules } = scopeOf(options);
  const { from = '', to = '', before = '', source = '', 'no-decrypt': exempt = 'no' } = options.settings;
  const dns = groups.some((group) => group.suffix === 'dns');
  const whom = source === '' ? 'any' : source;
  const place = before === '' ? 'top' : `before ${before}`;
  const tail = `description "${MARKER} netdata cloud" tag ${MARKER}`;
  return [
    `set ${objects}tag ${MARKER} comments "${MARKER} netdata cloud"`,
    ...members.map((row) => {
      const value = row.fqdn === null ? `ip-netmask ${formatPrefix(row.prefix)}` : `fqdn ${row.fqdn}`;
      return `set ${objects}address ${name(row)} ${value} description "${row.note}" tag ${MARKER}`;
    }),
    // One member a line: set adds, and lines stay short enough for any console.
    ...groups.flatMap((group) => [
      ...group.destinations.map((row) => `set ${objects}address-group ${groupName(group.suffix)} static ${name(row)}`),
      `set ${objects}address-group ${groupName(group.suffix)} ${tail}`,
    ]),
    // What is nested ends its line: the reader of set commands does not climb back.
    ...[...(dns ? DNS_SERVICES : []), ...ports.map(service)].flatMap((entry) => [
      `set ${objects}service ${entry} protocol ${entry.endsWith('-udp') ? 'udp' : 'tcp'} port ${/\d+$/.exec(entry)?.[0] ?? '53'}`,
      `set ${objects}service ${entry} tag ${MARKER}`,
    ]),
    ...groups.map(
      (group) =>
        `set ${rules} security rules ${groupName(group.suffix)} from ${from} to ${to} source ${whom} destination ` +
        `${groupName(group.suffix)} application any service ${bracket(servicesOf(group))} action allow log-end yes ${tail}`,
    ),
    // Each goes to the same place: bottom up.
    ...groups.toReversed().map((group) => `move ${rules} security rules ${groupName(group.suffix)} ${place}`),
    ...(exempt === 'yes' ? groups.filter((group) => group.suffix !== 'dns') : []).flatMap((group) => [
      `set ${rules} decryption rules ${groupName(group.suffix)} from ${from} to ${to} source ${whom} destination ` +
        `${groupName(group.suffix)} category any service any action no-decrypt ${tail}`,
      `set ${rules} decryption rules ${groupName(group.suffix)} type ssl-forward-proxy`,
      `move ${rules} decryption rules ${groupName(group.suffix)} top`,
    ]),
  ];
}

function uninstall({ members, groups, ports }: DevicePlan, options: RuleOptions): string[] {
  const { objects, rules } = scopeOf(options);
  const dns = groups.some((group) => group.suffix === 'dns');
  const exempt = options.settings['no-decrypt'] === 'yes' ? groups.filter((group) => group.suffix !== 'dns') : [];
  return [
    ...exempt.map((group) => `delete ${rules} decryption rules ${groupName(group.suffix)}`),
    ...groups.map((group) => `delete ${rules} security rules ${groupName(group.suffix)}`),
    ...groups.map((group) => `delete ${objects}address-group ${groupName(group.suffix)}`),
    ...members.map((row) => `delete ${objects}address ${name(row)}`),
    ...(dns ? DNS_SERVICES : []).map((entry) => `delete ${objects}service ${entry}`),
    ...ports.map((port) => `delete ${objects}service ${service(port)}`),
    `delete ${objects}tag ${MARKER}`,
  ];
}

export const paloAlto: RuleTarget = {
  id: ID,
  title: 'Palo Alto Networks (set commands)',
  group: 'devices',
  capabilities: { ...USUAL, comments: false },
  settings: [
    MATCH_NAMES,
    existing('from', 'zone of the hosts with Agents', 'trust'),
    existing('to', 'zone of the internet', 'untrust'),
    existingOrNone('source', 'address object or group of the hosts with Agents; none = any', 63),
    existingOrNone('before', 'security rule that ours goes before; none = top of the rulebase', 63),
    {
      name: 'vsys',
      title: 'virtual system, where there are several: vsys1, vsys2, ...',
      default: '',
      pattern: /^(?:vsys[1-9]\d{0,2})?$/,
    },
    existingOrNone('device-group', 'device group of Panorama: the rules go into its pre-rulebase'),
    {
      name: 'no-decrypt',
      title: 'also exempt the destinations from decryption (yes/no)',
      default: 'no',
      pattern: /^(?:yes|no)$/,
    },
  ],
  render(list, options) {
    const what = plan(list, options);
    const files = loadable(
      'panos',
      `${install(what, options).join('\n')}\n`,
      `${uninstall(what, options).join('\n')}\n`,
    );
    const hints = [
      'Paste in configuration mode after "set cli scripting-mode on", then "validate full" and "commit".',
      'Set adds to a group. Where an older revision is loaded, paste its uninstall file first: it is one commit.',
      'Service routes and DNS servers of the firewall must work, or names stay empty and match nothing.',
      'The link does not survive decryption: see the setting no-decrypt. Lists to be polled instead: target edl.',
    ];
    return [...files, deviceNotice(paloAlto, list, options, hints, files)];
  },
};
