/**
 * firewalld: a policy from HOST to ANY and one ipset per family, as permanent XML. Direct rules are not used.
 * Sources: docs/reference/firewall.md#firewalld, firewalld.policy(5), firewalld.ipset(5), firewalld.richlanguage(5),
 * 1.3.3.
 */
import type { RenderedFile } from '../../model/allow-list.js';
import { headerLines, shortHeader } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { script } from '../core/script.js';
import {
  KEEP_SESSION,
  keptSession,
  type CheckedAllowList,
  type RuleOptions,
  type RuleTarget,
  type StepResult,
  USUAL,
} from '../core/target.js';
import { portGroups, remoteResolvers, type PortGroup } from '../core/views.js';

/** At most 31 characters (kernel) and a plain file name. */
function firewalldSet(family: 4 | 6, group: Pick<PortGroup, 'suffix'>): string {
  return `${MARKER}${String(family)}${group.suffix === '' ? '' : `-${group.suffix}`}`;
}

function xml(lines: readonly string[], body: string): string {
  // Two hyphens end an XML comment.
  const note = lines.map((line) => `  ${line.replaceAll('--', '- -')}`.trimEnd()).join('\n');
  return `<?xml version="1.0" encoding="utf-8"?>\n<!--\n${note}\n-->\n${body}`;
}

function setFiles(list: CheckedAllowList, options: RuleOptions, notice: readonly string[]): RenderedFile[] {
  return portGroups(list, options).flatMap((group) =>
    ([4, 6] as const).flatMap((family): RenderedFile[] => {
      const endpoints = family === 4 ? group.v4 : group.v6;
      if (endpoints.length === 0) return [];
      const body =
        `<ipset type="hash:net">\n  <short>${MARKER}</short>\n` +
        `  <description>${MARKER}: addresses of ${group.hosts.map((host) => host.fqdn).join(' ')}</description>\n` +
        `  <option name="family" value="${family === 4 ? 'inet' : 'inet6'}"/>\n` +
        endpoints.map((endpoint) => `  <entry>${endpoint.text}</entry>\n`).join('') +
        '</ipset>\n';
      return [
        { name: `ipsets/${firewalldSet(family, group)}.xml`, content: xml(notice.slice(0, 2), body), mode: 0o644 },
      ];
    }),
  );
}

function rule(family: 4 | 6, inner: string): string {
  return `  <rule family="ipv${String(family)}">${inner}<accept/></rule>\n`;
}

function policy(list: CheckedAllowList, options: RuleOptions): string {
  const rules: string[] = [];
  const groups = portGroups(list, options);
  if (options.mode === 'enforce' || groups.some((group) => group.v6.length > 0))
    for (const type of ['neighbour-solicitation', 'neighbour-advertisement', 'router-solicitation'])
      if (options.mode === 'enforce' || type !== 'router-solicitation')
        rules.push(rule(6, `<icmp-type name="${type}"/>`));
  if (options.dns || options.mode === 'enforce')
    for (const family of [4, 6] as const)
      for (const resolver of remoteResolvers(list, family))
        for (const protocol of ['udp', 'tcp'])
          rules.push(rule(family, `<destination address="${resolver}"/><port port="53" protocol="${protocol}"/>`));
  const session = options.mode === 'enforce' ? keptSession(options) : null;
  if (session !== null)
    rules.push(
      rule(
        session.peer.includes(':') ? 6 : 4,
        `<destination address="${session.peer}"/><source-port port="${String(session.port)}" protocol="tcp"/>`,
      ),
    );
  for (const group of groups)
    for (const family of [4, 6] as const)
      if ((family === 4 ? group.v4 : group.v6).length > 0)
        for (const port of group.ports)
          rules.push(
            rule(
              family,
              `<destination ipset="${firewalldSet(family, group)}"/><port port="${String(port)}" protocol="tcp"/>`,
            ),
          );
  return (
    `<policy priority="-100" target="${options.mode === 'enforce' ? 'REJECT' : 'CONTINUE'}">\n` +
    `  <short>${MARKER}</short>\n  <description>${MARKER}: egress to Netdata Cloud</description>\n` +
    `  <ingress-zone name="HOST"/>\n  <egress-zone name="ANY"/>\n${rules.join('')}</policy>\n`
  );
}

const REMOVE =
  `for file in "$etc"/ipsets/${MARKER}[46]*.xml "$etc"/policies/${MARKER}.xml; do\n` +
  '\tif [ -e "$file" ]; then rm -f "$file"; fi\ndone\n';
const RELOAD = 'if firewall-cmd --state >/dev/null 2>&1; then firewall-cmd --reload; fi\n';
const ETC = 'etc=${FIREWALLD_ETC:-/etc/firewalld}\n';

/** Without its main file the daemon warns and falls back. */
const STOCK_CONFIG = { argv: ['cp', '/etc/firewalld/firewalld.conf', '{dir}/'], stdin: null, setup: true };

/** check-config ends with 0 for an undefined set or a port out of range, and only warns. */
function judgeOffline(results: readonly StepResult[]): string[] {
  return results.flatMap((result) =>
    result.code !== 0 || /WARNING|ERROR/.test(result.stderr)
      ? [(result.stderr + result.stdout).trim() || `status ${String(result.code)}`]
      : [],
  );
}

export const firewalld: RuleTarget = {
  id: 'firewalld',
  title: 'firewalld (0.9 or newer)',
  group: 'hosts',
  capabilities: {
    ...USUAL,
    matches: 'addresses',
    live: true,
    // A set with a time-out cannot hold permanent entries (error 32).
    expiry: false,
    modes: ['allow', 'enforce'],
  },
  settings: [KEEP_SESSION],
  render(list, options) {
    const notice = headerLines(firewalld, list, options);
    const sets = setFiles(list, options, notice);
    const short = shortHeader(firewalld, list, options);
    const copy = [...sets.map((file) => file.name), `policies/${MARKER}.xml`]
      .map((name) => `install -D -m 0644 "$dir/${name}" "$etc/${name}"\n`)
      .join('');
    return [
      { name: `policies/${MARKER}.xml`, content: xml(notice, policy(list, options)), mode: 0o644 },
      ...sets,
      script('install', 'firewalld', short, `${ETC}${REMOVE}${copy}${RELOAD}`),
      script('uninstall', 'firewalld', short, `${ETC}${REMOVE}${RELOAD}`),
    ];
  },
  validators: [
    {
      id: 'firewall-offline-cmd --check-config',
      needs: ['firewall-offline-cmd'],
      version: ['firewall-offline-cmd', '--version'],
      root: true,
      steps: () => [
        STOCK_CONFIG,
        { argv: ['firewall-offline-cmd', '--system-config={dir}', '--check-config'], stdin: null },
      ],
      judge: judgeOffline,
    },
    {
      id: 'firewalld, the daemon itself',
      needs: ['firewalld', 'firewall-cmd', 'dbus-daemon'],
      version: ['firewall-offline-cmd', '--version'],
      root: true,
      mounts: true,
      steps: () => [
        STOCK_CONFIG,
        { argv: ['mount', '-t', 'tmpfs', 'tmpfs', '/run'], stdin: null, setup: true },
        { argv: ['mkdir', '-p', '/run/dbus', '/run/firewalld'], stdin: null, setup: true },
        { argv: ['dbus-daemon', '--system', '--nofork', '--nopidfile'], stdin: null, background: true },
        { argv: ['firewalld', '--nofork', '--nopid', '--system-config={dir}'], stdin: null, background: true },
        { argv: ['firewall-cmd', '--state'], stdin: null, retryMs: 15_000 },
        { argv: ['firewall-cmd', `--info-policy=${MARKER}`], stdin: null },
      ],
    },
  ],
};
