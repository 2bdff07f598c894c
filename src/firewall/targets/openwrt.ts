/**
 * OpenWrt 22.03 and newer (fw4): sets and rules as sections of /etc/config/firewall with names of our own, loaded by
 * `uci batch`. By names, dnsmasq-full puts every address that it gives out into the sets; one section for each name
 * holds all its sets, because dnsmasq fills only one of several lines for the same name.
 * Sources: docs/rules/openwrt.md names OpenWrt's pages.
 */
import { header, shortHeader } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { script } from '../core/script.js';
import { type CheckedAllowList, type RuleOptions, type RuleSetting, type RuleTarget, USUAL } from '../core/target.js';
import { isSingleHost } from '../core/cidr.js';
import { portGroups, remoteResolvers, type PortGroup } from '../core/views.js';
import { MATCH_NAMES } from './shared/destinations.js';
import { refuseBare, refuseLiterals } from './shared/match-setting.js';

const ID = 'openwrt';
/** Section names of uci: letters, digits and `_`. */
const STEM = 'nd_allow';
const ZONE = /^[a-zA-Z][a-zA-Z0-9_]{0,10}$/;

const SRC: RuleSetting = {
  name: 'src',
  title: 'zone of the hosts with Agents; router = the router itself',
  default: 'lan',
  pattern: ZONE,
  guessed: true,
};
const DEST: RuleSetting = { name: 'dest', title: 'zone of the internet', default: 'wan', pattern: ZONE, guessed: true };
const TIMEOUT: RuleSetting = {
  name: 'timeout',
  title: 'by names: seconds that an address stays after its last answer',
  default: '86400',
  pattern: /^[1-9]\d{2,6}$/,
};

type Section = readonly [name: string, lines: readonly string[]];

function section(
  file: 'firewall' | 'dhcp',
  name: string,
  type: string,
  options: readonly (readonly [option: string, value: string | readonly string[]])[],
): Section {
  const path = `${file}.${name}`;
  const lines = options.flatMap(([option, value]) =>
    typeof value === 'string'
      ? [`set ${path}.${option}='${value}'`]
      : value.map((item) => `add_list ${path}.${option}='${item}'`),
  );
  return [path, [`set ${path}='${type}'`, ...lines]];
}

function tail(group: Pick<PortGroup, 'suffix'>): string {
  return group.suffix === '' ? '' : `_${group.suffix.replaceAll('-', '_')}`;
}

function setName(family: 4 | 6, group: PortGroup): string {
  return `${STEM}_d${String(family)}${tail(group)}`;
}

function sections(list: CheckedAllowList, options: RuleOptions): readonly Section[] {
  const byNames = options.settings[MATCH_NAMES.name] === 'names';
  const { src = '', dest = '', timeout = '' } = options.settings;
  const where: [string, string][] = [...(src === 'router' ? [] : [['src', src] as [string, string]]), ['dest', dest]];
  const sets: Section[] = [];
  const rules: Section[] = [];
  const setsOf = new Map<string, string[]>();
  for (const group of portGroups(list, options))
    for (const family of options.families) {
      const endpoints = family === 4 ? group.v4 : group.v6;
      if (!byNames && endpoints.length === 0) continue;
      const name = setName(family, group);
      const ip = `ipv${String(family)}`;
      const type = byNames || endpoints.every(({ prefix }) => isSingleHost(prefix)) ? 'dest_ip' : 'dest_net';
      sets.push(
        section('firewall', name, 'ipset', [
          ['name', name],
          ['family', ip],
          ['match', [type]],
          ...(byNames
            ? [['timeout', timeout] as const]
            : [['entry', endpoints.map((endpoint) => endpoint.text)] as const]),
        ]),
      );
      rules.push(
        section('firewall', `${STEM}_r${String(family)}${tail(group)}`, 'rule', [
          ['name', `${MARKER} netdata cloud`],
          ['family', ip],
          ...where,
          ['proto', 'tcp'],
          ['dest_port', group.ports.map(String)],
          ['ipset', `${name} dest`],
          ['target', 'ACCEPT'],
        ]),
      );
      for (const host of group.hosts) setsOf.set(host.fqdn, [...(setsOf.get(host.fqdn) ?? []), name]);
    }
  const resolvers = options.dns ? options.families.flatMap((family) => remoteResolvers(list, family)) : [];
  const dns = resolvers.map((address, index) =>
    section('firewall', `${STEM}_dns${String(index + 1)}`, 'rule', [
      ['name', `${MARKER} dns`],
      ['family', address.includes(':') ? 'ipv6' : 'ipv4'],
      ...where,
      ['proto', ['tcp', 'udp']],
      ['dest_ip', [address]],
      ['dest_port', ['53']],
      ['target', 'ACCEPT'],
    ]),
  );
  const names = byNames
    ? [...setsOf].map(([fqdn, of], index) =>
        section('dhcp', `${STEM}_${String(index + 1)}`, 'ipset', [
          ['name', of],
          ['domain', [fqdn]],
        ]),
      )
    : [];
  // In front of every rule of yours: the first match decides.
  const first = [...dns, ...rules].map(([path, lines]): Section => [path, [...lines, `reorder ${path}='0'`]]);
  return [...sets, ...first, ...names];
}

/** Takes our sections out, in what is not committed yet. */
const REMOVE = `for file in firewall dhcp; do
	for section in $(uci -q show "$file" | sed -n "s/^$file\\\\.\\\\(${STEM}_[0-9a-z_]*\\\\)=.*/\\\\1/p"); do
		uci -q delete "$file.$section"
	done
done
`;
const RELOAD = `uci commit firewall
uci commit dhcp
/etc/init.d/firewall reload
/etc/init.d/dnsmasq restart
`;

function install(all: readonly Section[]): string {
  const last = all.at(-1)?.[0] ?? '';
  return `take_back() {
	uci revert firewall
	uci revert dhcp
	echo 'uci did not take the sections: nothing was changed' >&2
	exit 1
}
${REMOVE}grep -v '^#' "$dir/${MARKER}.uci" | uci -q batch >/dev/null || take_back
uci -q get ${last} >/dev/null || take_back
${RELOAD}`;
}

export const openwrt: RuleTarget = {
  id: ID,
  title: 'OpenWrt 22.03 and newer (fw4, uci)',
  group: 'hosts',
  capabilities: USUAL,
  settings: [MATCH_NAMES, SRC, DEST, TIMEOUT],
  render(list, options) {
    const byNames = options.settings[MATCH_NAMES.name] === 'names';
    if (byNames) refuseLiterals(ID, list);
    else refuseBare(ID, list, options);
    const all = sections(list, options);
    const short = shortHeader(openwrt, list, options);
    const hint = byNames
      ? '# By names: needs the package dnsmasq-full (2.87 or newer), and clients that ask this router and nobody else.\n' +
        '# dnsmasq matches a name and everything below it.\n'
      : '';
    return [
      {
        name: `${MARKER}.uci`,
        content:
          `${header(openwrt, list, options)}${hint}` +
          `# For uci batch, without these comments: the install script does it.\n` +
          `${all.flatMap(([, lines]) => lines).join('\n')}\n`,
        mode: 0o644,
        role: 'install',
      },
      script('install', ID, short, install(all)),
      script('uninstall', ID, short, `${REMOVE}${RELOAD}`),
    ];
  },
};
