/**
 * HAProxy as a pass-through for TLS: a listener of our own that reads the name in the ClientHello and hands the
 * untouched stream to the host of that very name, looked up by HAProxy itself; everything else is rejected. A
 * client cannot choose the address, and nothing is decrypted. The listener denies by default, so the two modes
 * are the same rules. Sources: docs/reference/firewall.md#haproxy; docs/rules/haproxy.md names the chapters of
 * HAProxy's manual.
 */
import { MARKER } from '../core/names.js';
import {
  RefusalError,
  type CheckedAllowList,
  type RuleOptions,
  type RuleSetting,
  type RuleTarget,
  type StepResult,
  PROXY,
} from '../core/target.js';
import { tryParsePrefix } from '../core/cidr.js';
import { assertAtMost } from '../core/views.js';
import { deviceHead, deviceShortHead } from './shared/device-head.js';
import { destinationGroups, refuseOneFamily, type DestinationGroup } from './shared/destinations.js';
import { sealed, sealedScript } from './shared/seal.js';

const ID = 'haproxy';
export const STEM = 'nd_allow';

/** Comma-separated prefixes; each is parsed strictly after this. */
export const CLIENTS: RuleSetting = {
  name: 'src',
  title: 'only from these clients, comma-separated prefixes',
  default: '',
  pattern: /^(?:[0-9a-f:.]{2,39}(?:\/\d{1,3})?(?:,[0-9a-f:.]{2,39}(?:\/\d{1,3})?){0,31})?$/,
};

/** The clients of CLIENTS; refuses what is no prefix. */
export function clients(target: string, options: RuleOptions): readonly string[] {
  const rows = (options.settings[CLIENTS.name] ?? '').split(',').filter((row) => row !== '');
  for (const row of rows) {
    const prefix = tryParsePrefix(row);
    if ('problem' in prefix) throw new RefusalError(target, 'not_expressible', `src: ${row} ${prefix.problem}`);
  }
  return rows;
}

interface Route {
  readonly id: string;
  readonly fqdn: string;
}

interface Listener {
  readonly name: string;
  readonly port: number;
  readonly routes: readonly Route[];
}

/** One listener per port: the port that the client connects to is the port that is connected to. */
function listeners(groups: readonly DestinationGroup[]): readonly Listener[] {
  const byPort = new Map<number, Map<string, Route>>();
  for (const group of groups)
    for (const { fqdn, key } of group.destinations) {
      if (fqdn === null) throw new RefusalError(ID, 'names_not_supported', 'is for names; a destination is an address');
      for (const port of group.ports) {
        const routes = byPort.get(port) ?? new Map<string, Route>();
        byPort.set(port, routes.set(fqdn, { id: `${STEM}_${String(port)}_${key}`, fqdn }));
      }
    }
  return [...byPort]
    .sort(([a], [b]) => a - b)
    .map(([port, routes]) => ({ name: `${STEM}_${String(port)}`, port, routes: [...routes.values()] }));
}

function bind(options: RuleOptions, port: number): string {
  const address = options.settings['bind'] ?? '';
  if (address !== '') return `bind ${address}:${String(port)}`;
  return `bind :::${String(port)} v4v6`;
}

function body(rows: readonly Listener[], options: RuleOptions): string[] {
  const from = clients(ID, options);
  const { 'idle-minutes': minutes = '', prefer = '' } = options.settings;
  return [
    `resolvers ${STEM}`,
    '    parse-resolv-conf',
    '    hold valid 10s',
    ...rows.flatMap((row) => [
      `frontend ${row.name}`,
      '    mode tcp',
      `    ${bind(options, row.port)}`,
      `    timeout client ${minutes}m`,
      ...(from.length === 0
        ? []
        : [`    acl ${STEM}_src src ${from.join(' ')}`, `    tcp-request connection reject if !${STEM}_src`]),
      '    tcp-request inspect-delay 5s',
      ...row.routes.map(({ fqdn }) => `    acl ${STEM}_name req.ssl_sni -i ${fqdn}`),
      `    tcp-request content accept if { req.ssl_hello_type 1 } ${STEM}_name`,
      '    tcp-request content reject if { req.ssl_hello_type 1 }',
      '    tcp-request content reject if WAIT_END',
      ...row.routes.map(({ id, fqdn }) => `    use_backend ${id} if { req.ssl_sni -i ${fqdn} }`),
      ...row.routes.flatMap(({ id, fqdn }) => [
        `backend ${id}`,
        '    mode tcp',
        '    timeout connect 5s',
        `    timeout server ${minutes}m`,
        `    server ${STEM} ${fqdn}:${String(row.port)} resolvers ${STEM} resolve-prefer ${prefer} init-addr none`,
      ]),
    ]),
  ];
}

export function installBody(): string {
  return (
    'cfg=${HAPROXY_CFG:-/etc/haproxy/haproxy.cfg}\nconf=${HAPROXY_CONF_D:-/etc/haproxy/conf.d}\n' +
    `haproxy -c -q -f "$cfg" -f "$dir/${MARKER}.haproxy.cfg"\n` +
    `mkdir -p "$conf"\ninstall -m 0644 "$dir/${MARKER}.haproxy.cfg" "$conf/${MARKER}.cfg"\n` +
    `if grep -qs -- "-f $conf" /etc/default/haproxy || systemctl cat haproxy 2>/dev/null | grep -q -- "-f $conf"; then\n` +
    '\tsystemctl reload haproxy\nelse\n' +
    `\techo "haproxy does not read $conf yet: add -f $conf to EXTRAOPTS in /etc/default/haproxy, and restart it" >&2\nfi\n`
  );
}

export function uninstallBody(): string {
  return (
    `conf=\${HAPROXY_CONF_D:-/etc/haproxy/conf.d}\nrm -f "$conf/${MARKER}.cfg"\n` +
    'if systemctl is-active --quiet haproxy; then systemctl reload haproxy; fi\n'
  );
}

/** Without a network there is no resolver to be found: that alone is no fault of the file. */
function judge(results: readonly StepResult[]): string[] {
  return results.flatMap((result) => {
    const bad = (result.stderr + result.stdout)
      .split('\n')
      .filter((entry) => /\[(?:ALERT|WARNING)\]/.test(entry) && !/resolv\.conf|nameserver/i.test(entry));
    return result.code === 0 && bad.length === 0 ? [] : [bad.join('\n') || `status ${String(result.code)}`];
  });
}

export const haproxy: RuleTarget = {
  id: ID,
  title: 'HAProxy, TLS passed through by name (SNI)',
  group: 'proxies',
  capabilities: { ...PROXY, oneFamily: true },
  settings: [
    {
      name: 'bind',
      title: 'address to listen on, IPv4 or IPv6; none = all',
      default: '',
      pattern: /^(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[0-9a-f:]*:)[0-9a-f:]{2,39})?$/,
    },
    CLIENTS,
    {
      name: 'prefer',
      title: 'family that HAProxy connects by where a name has both (ipv4/ipv6)',
      default: 'ipv4',
      pattern: /^ipv[46]$/,
    },
    {
      name: 'idle-minutes',
      title: 'minutes without a byte after which a connection is closed (2-1440)',
      default: '10',
      pattern: /^(?:[2-9]|[1-9]\d{1,2}|1[0-3]\d{2}|14[0-3]\d|1440)$/,
    },
  ],
  render(list: CheckedAllowList, options) {
    const groups = destinationGroups(ID, list, options, true);
    refuseOneFamily(ID, groups, options);
    const address = options.settings['bind'] ?? '';
    if (address !== '' && (address.includes('/') || 'problem' in tryParsePrefix(address)))
      throw new RefusalError(ID, 'not_expressible', `bind: ${address} is no address`);
    const rows = listeners(groups);
    assertAtMost(
      ID,
      rows.reduce((sum, row) => sum + row.routes.length, 0),
      200,
      'names',
    );
    const head = deviceHead(haproxy, list, options, '#', [
      'The clients must come here: let DNS answer these names with the address of this host, or redirect port by port.',
      'This host itself must get the true answers, or HAProxy connects to itself.',
    ]);
    const short = deviceShortHead(haproxy, list, options, '#');
    return [
      { name: `${MARKER}.haproxy.cfg`, content: sealed(head, body(rows, options), '#'), mode: 0o644 },
      sealedScript('install', ID, short, installBody()),
      sealedScript('uninstall', ID, short, uninstallBody()),
    ];
  },
  validators: [
    {
      id: 'haproxy -c',
      needs: ['haproxy'],
      version: ['haproxy', '-v'],
      root: false,
      steps: () => [{ argv: ['haproxy', '-c', '-f', `{file:${MARKER}.haproxy.cfg}`], stdin: null }],
      judge,
    },
  ],
};
