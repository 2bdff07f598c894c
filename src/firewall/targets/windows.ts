/**
 * Windows Defender Firewall by PowerShell: rules of one group, made anew each time (a name of a rule is unique,
 * its display name is not). By names: dynamic keyword objects with AutoResolve, which need build 20348 and
 * Defender's network protection; their addresses must not be given. Block beats allow whatever the order, so
 * there is no mode enforce. Sources: docs/reference/firewall.md#windows; Microsoft Learn, New-NetFirewallRule and
 * New-NetFirewallDynamicKeywordAddress.
 */
import { createHash } from 'node:crypto';
import { header, shortHeader } from '../core/header.js';
import { MARKER } from '../core/names.js';
import {
  RefusalError,
  type CheckedAllowList,
  type RuleOptions,
  type RuleSetting,
  type RuleTarget,
  USUAL,
} from '../core/target.js';
import { refuseBare, refuseLiterals } from './shared/match-setting.js';
import { hostNames, portGroups, remoteResolvers, type PortGroup } from '../core/views.js';

const POLICY_STORE: RuleSetting = {
  name: 'policy-store',
  title: 'into this group policy, as domain\\\\policy, instead of this computer',
  default: '',
  pattern: /^(?:[A-Za-z0-9][A-Za-z0-9.-]{0,200}\\[A-Za-z0-9][A-Za-z0-9 ._()-]{0,100})?$/,
};

/** The same name has the same object everywhere and always. */
function keywordId(name: string): string {
  const hex = createHash('sha256').update(`${MARKER} ${name}`).digest('hex');
  return `{${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}}`;
}

function strings(values: readonly (string | number)[]): string {
  return `@(${values.map((value) => `'${String(value)}'`).join(', ')})`;
}

/** In a group policy, every change goes through one session that is saved at the end. */
function session(options: RuleOptions): string {
  return options.settings[POLICY_STORE.name] === '' ? '' : ' -GPOSession $gpo';
}

function rule(name: string, title: string, parameters: readonly string[], options: RuleOptions): string {
  return (
    `New-NetFirewallRule -Name '${name}' -DisplayName '${title}' -Group '${MARKER}' -Direction Outbound ` +
    `-Action Allow -Profile Any -Enabled True ${parameters.join(' ')}${session(options)} | Out-Null`
  );
}

function program(options: RuleOptions): string[] {
  const path = options.settings['program'] ?? '';
  return path === '' ? [] : [`-Program '${path}'`];
}

function groupRule(group: PortGroup, options: RuleOptions, remote: string): string {
  const suffix = group.suffix === '' ? '443' : group.suffix;
  return rule(
    `${MARKER}-${suffix}`,
    `Netdata Cloud tcp ${group.ports.join(' ')}`,
    ['-Protocol TCP', `-RemotePort ${strings(group.ports)}`, remote, ...program(options)],
    options,
  );
}

function body(list: CheckedAllowList, options: RuleOptions): string[] {
  const lines = removal(options).slice();
  if (options.dns) {
    const resolvers = [...remoteResolvers(list, 4), ...remoteResolvers(list, 6)];
    for (const protocol of ['UDP', 'TCP'])
      lines.push(
        rule(
          `${MARKER}-dns-${protocol.toLowerCase()}`,
          `Netdata Cloud DNS ${protocol}`,
          [`-Protocol ${protocol}`, "-RemotePort @('53')", `-RemoteAddress ${strings(resolvers)}`],
          options,
        ),
      );
  }
  const byNames = options.settings['match'] === 'names';
  if (byNames)
    for (const name of hostNames(list))
      lines.push(
        `New-NetFirewallDynamicKeywordAddress -Id '${keywordId(name)}' -Keyword '${name}' -AutoResolve $true | Out-Null`,
      );
  for (const group of portGroups(list, options)) {
    const addresses = [...group.v4, ...group.v6].map((endpoint) => endpoint.text);
    if (byNames)
      lines.push(
        groupRule(
          group,
          options,
          `-RemoteDynamicKeywordAddresses ${strings(group.hosts.map((host) => keywordId(host.fqdn)))}`,
        ),
      );
    else if (addresses.length > 0) lines.push(groupRule(group, options, `-RemoteAddress ${strings(addresses)}`));
  }
  return lines;
}

export const REMOVE = [
  `Get-NetFirewallRule -Group '${MARKER}' -ErrorAction SilentlyContinue | Remove-NetFirewallRule`,
  `if (Get-Command Get-NetFirewallDynamicKeywordAddress -ErrorAction SilentlyContinue) {`,
  `  Get-NetFirewallDynamicKeywordAddress -AllAutoResolve -ErrorAction SilentlyContinue | Where-Object { $ids -contains $_.Id } | Remove-NetFirewallDynamicKeywordAddress`,
  `}`,
];

/** What removes ours: of this computer, or of a group policy. */
function removal(options: RuleOptions): readonly string[] {
  return session(options) === '' ? REMOVE : REMOVE_FROM_POLICY;
}

function ids(list: CheckedAllowList): string {
  return `$ids = ${strings(hostNames(list).map(keywordId))}`;
}

export const REMOVE_FROM_POLICY = [
  `Remove-NetFirewallRule -Group '${MARKER}' -GPOSession $gpo -ErrorAction SilentlyContinue`,
];

/** Opens and saves the policy around the lines; the whole policy is written at once. */
function inPolicy(lines: readonly string[], options: RuleOptions): readonly string[] {
  const store = options.settings[POLICY_STORE.name] ?? '';
  if (store === '') return lines;
  return [`$gpo = Open-NetGPO -PolicyStore '${store}'`, ...lines, 'Save-NetGPO -GPOSession $gpo'];
}

export const windows: RuleTarget = {
  id: 'windows',
  title: 'Windows Defender Firewall (PowerShell)',
  group: 'hosts',
  capabilities: USUAL,
  settings: [
    {
      name: 'match',
      title: 'addresses, or names (dynamic keywords: build 20348 or newer, Defender network protection)',
      default: 'addresses',
      pattern: /^(?:addresses|names)$/,
    },
    {
      name: 'program',
      title: 'only for this program, e.g. C:\\Program Files\\Netdata\\usr\\bin\\netdata.exe',
      default: '',
      pattern: /^(?:[A-Za-z]:\\(?:[A-Za-z0-9 ._()-]{1,60}\\){0,8}[A-Za-z0-9 ._()-]{1,60}\.exe)?$/,
    },
    POLICY_STORE,
  ],
  render(list, options) {
    requireEndpoints(list, options);
    const comment = header(windows, list, options);
    const known = session(options) === '' ? [ids(list)] : [];
    const lines = ["$ErrorActionPreference = 'Stop'", ...known, ...inPolicy(body(list, options), options)];
    const remove = ["$ErrorActionPreference = 'Stop'", ...known, ...inPolicy(removal(options), options)];
    return [
      {
        name: `${MARKER}.ps1`,
        content: `${comment}# These rules matter only where outbound connections are blocked by default; group policy may ignore them.\n${lines.join('\n')}\n`,
        mode: 0o644,
        role: 'install',
      },
      {
        name: `${MARKER}-uninstall.ps1`,
        content: `${shortHeader(windows, list, options)}${remove.join('\n')}\n`,
        mode: 0o644,
        role: 'uninstall',
      },
    ];
  },
};

/** By addresses, a required name without any would silently be left out. */
function requireEndpoints(list: CheckedAllowList, options: RuleOptions): void {
  if (options.settings['match'] === 'names' && session(options) !== '')
    throw new RefusalError(
      'windows',
      'not_expressible',
      'a group policy takes addresses here; leave --set match=names out',
    );
  if (options.settings['match'] === 'names') refuseLiterals('windows', list);
  else refuseBare('windows', list, options);
}
