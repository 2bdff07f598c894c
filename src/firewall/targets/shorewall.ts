/**
 * Shorewall and Shorewall6: rules from the firewall to the net zone, in a file that `rules` includes. The policy
 * file is the default-deny, so there is no mode enforce. Sources: docs/reference/firewall.md#shorewall;
 * shorewall-rules(5), 5.2.
 */
import type { RenderedFile } from '../../model/allow-list.js';
import { header, shortHeader } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { script } from '../core/script.js';
import {
  type CheckedAllowList,
  type RuleOptions,
  type RuleTarget,
  type StepResult,
  type ValidatorStep,
  USUAL,
} from '../core/target.js';
import { portGroups, remoteResolvers } from '../core/views.js';

/** Port lists are handed to xt_multiport. */
const PORTS_MAX = 15;

function ruleLines(list: CheckedAllowList, options: RuleOptions, family: 4 | 6): string {
  const zone = options.settings['zone'] ?? 'net';
  const to = (address: string): string => (family === 6 ? `${zone}:[${address}]` : `${zone}:${address}`);
  // ACTION SOURCE DEST PROTO DPORT SPORT ORIGDEST RATE USER
  const user = options.user === null ? '' : ` - - - ${options.user}`;
  const lines: string[] = [];
  if (options.dns)
    for (const resolver of remoteResolvers(list, family))
      for (const protocol of ['udp', 'tcp']) lines.push(`ACCEPT $FW ${to(resolver)} ${protocol} 53`);
  for (const group of portGroups(list, options))
    for (const endpoint of family === 4 ? group.v4 : group.v6)
      for (let i = 0; i < group.ports.length; i += PORTS_MAX)
        lines.push(`ACCEPT $FW ${to(endpoint.text)} tcp ${group.ports.slice(i, i + PORTS_MAX).join(',')}${user}`);
  return `?COMMENT ${MARKER}\n${lines.map((line) => `${line}\n`).join('')}?COMMENT\n`;
}

function zoneFiles(program: string, six: boolean): ValidatorStep[] {
  const write = (name: string, input: string): ValidatorStep => ({
    argv: ['tee', `{dir}/${program}/${name}`],
    stdin: null,
    input,
    setup: true,
  });
  return [
    { argv: ['mkdir', '-p', `{dir}/${program}`], stdin: null, setup: true },
    {
      argv: ['cp', `/usr/share/${program}/configfiles/${program}.conf`, `{dir}/${program}/`],
      stdin: null,
      setup: true,
    },
    write('zones', `fw firewall\nnet ipv${six ? '6' : '4'}\n`),
    write('interfaces', '?FORMAT 2\nnet eth0\n'),
    write('policy', '$FW net REJECT\nnet all DROP\nall all REJECT\n'),
    { argv: ['cp', `{dir}/${MARKER}.${program}.rules`, `{dir}/${program}/${MARKER}.rules`], stdin: null, setup: true },
    write('rules', `?SECTION NEW\nINCLUDE ${MARKER}.rules\n`),
  ];
}

/** Missing sets and unknown users are warnings with status 0. */
function judge(results: readonly StepResult[]): string[] {
  return results.flatMap((result) => {
    const text = result.stderr + result.stdout;
    const bad = text.split('\n').filter((line) => /ERROR|WARNING/.test(line));
    return result.code === 0 && bad.length === 0 ? [] : [bad.join('\n') || text.trim().slice(-500)];
  });
}

export const shorewall: RuleTarget = {
  id: 'shorewall',
  title: 'Shorewall and Shorewall6',
  group: 'hosts',
  capabilities: { ...USUAL, matches: 'addresses', ownerMatch: true },
  settings: [{ name: 'zone', title: 'zone of the Internet', default: 'net', pattern: /^[a-zA-Z][a-zA-Z0-9_]{0,4}$/ }],
  render(list, options) {
    const short = shortHeader(shorewall, list, options);
    const files = (['shorewall', 'shorewall6'] as const).map((program): RenderedFile => {
      const family = program === 'shorewall' ? 4 : 6;
      const comment = family === 4 ? header(shorewall, list, options) : short;
      return {
        name: `${MARKER}.${program}.rules`,
        content: `${comment}${ruleLines(list, options, family)}`,
        mode: 0o644,
      };
    });
    const each = (body: string): string =>
      `for program in shorewall shorewall6; do\n\tetc=\${SHOREWALL_ETC:-/etc}/$program\n\tif [ ! -f "$etc/rules" ]; then continue; fi\n${body}\tif "$program" status >/dev/null 2>&1; then "$program" check && "$program" reload; fi\ndone\n`;
    const install = each(
      `\tinstall -m 0644 "$dir/${MARKER}.$program.rules" "$etc/${MARKER}.rules"\n` +
        `\tif ! grep -q '^INCLUDE ${MARKER}.rules' "$etc/rules"; then\n` +
        `\t\tif grep -q '^?SECTION NEW' "$etc/rules"; then\n\t\t\tsed '/^?SECTION NEW/a INCLUDE ${MARKER}.rules' "$etc/rules" >"$etc/rules.${MARKER}-new"\n` +
        `\t\telse\n\t\t\t{ echo 'INCLUDE ${MARKER}.rules'; cat "$etc/rules"; } >"$etc/rules.${MARKER}-new"\n\t\tfi\n` +
        `\t\tcat "$etc/rules.${MARKER}-new" >"$etc/rules"\n\t\trm -f "$etc/rules.${MARKER}-new"\n\tfi\n`,
    );
    const uninstall = each(
      `\tif grep -q '^INCLUDE ${MARKER}.rules' "$etc/rules"; then\n` +
        `\t\tsed '/^INCLUDE ${MARKER}.rules$/d' "$etc/rules" >"$etc/rules.${MARKER}-new"\n` +
        `\t\tcat "$etc/rules.${MARKER}-new" >"$etc/rules"\n\t\trm -f "$etc/rules.${MARKER}-new"\n\tfi\n\trm -f "$etc/${MARKER}.rules"\n`,
    );
    return [
      ...files,
      script('install', 'shorewall', short, install),
      script('uninstall', 'shorewall', short, uninstall),
    ];
  },
  validators: (['shorewall', 'shorewall6'] as const).map((program) => ({
    id: `${program} check`,
    needs: [program],
    version: [program, 'version'],
    root: true,
    mounts: true,
    steps: () => [
      { argv: ['mount', '-t', 'tmpfs', 'tmpfs', '/run'], stdin: null, setup: true },
      ...zoneFiles(program, program === 'shorewall6'),
      { argv: [program, 'check', `{dir}/${program}`], stdin: null },
    ],
    judge,
  })),
};
