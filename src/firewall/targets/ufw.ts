/**
 * ufw: one rule per address, added with `prepend`, because `insert 1` fails while a family has no rule yet.
 * Loopback, established connections and neighbour discovery are accepted by ufw's own before-rules.
 * Sources: docs/reference/firewall.md#ufw, ufw(8) 0.36.
 */
import { header, shortHeader } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { safeComment } from '../core/sanitise.js';
import { script } from '../core/script.js';
import {
  KEEP_SESSION,
  keptSession,
  type CheckedAllowList,
  type RuleOptions,
  type RuleTarget,
  USUAL,
} from '../core/target.js';
import { portGroups, remoteResolvers } from '../core/views.js';

/** ufw hands port lists to xt_multiport. */
const PORTS_MAX = 15;

/** Arguments after `ufw prepend`, in the order in which the rules are to stand. */
export function ufwRules(list: CheckedAllowList, options: RuleOptions): string[] {
  const rules: string[] = [];
  const note = (text: string): string => `comment '${safeComment(`${MARKER} ${text}`, 150)}'`;
  if (options.dns || options.mode === 'enforce')
    for (const resolver of [...remoteResolvers(list, 4), ...remoteResolvers(list, 6)])
      rules.push(`allow out to ${resolver} port 53 ${note('dns')}`);
  for (const group of portGroups(list, options))
    for (const endpoint of [...group.v4, ...group.v6])
      for (let i = 0; i < group.ports.length; i += PORTS_MAX)
        rules.push(
          // In the words of `ufw show added`: the install script compares with them.
          `allow out to ${endpoint.text} port ${group.ports.slice(i, i + PORTS_MAX).join(',')} proto tcp ${note(endpoint.names.join(' '))}`,
        );
  if (options.mode === 'enforce') {
    const session = keptSession(options);
    if (session !== null)
      rules.push(
        `allow out from any port ${String(session.port)} to ${session.peer} proto tcp ${note('session of the operator')}`,
      );
    rules.push(`reject out to any ${note('deny')}`);
  }
  return rules;
}

/** Prints our rules as ufw lists them, without `ufw ` and the comment. */
const OURS = `ours() {\n\tufw show added | sed -n "s/^ufw \\(.*\\) comment '${MARKER}[^']*'$/\\1/p"\n}\n`;

export const ufw: RuleTarget = {
  id: 'ufw',
  title: 'ufw',
  group: 'hosts',
  capabilities: {
    ...USUAL,
    matches: 'addresses',
    live: true,
    modes: ['allow', 'enforce'],
  },
  settings: [KEEP_SESSION],
  render(list, options) {
    const rules = ufwRules(list, options);
    const bare = rules.map((rule) => rule.replace(/ comment '.*'$/, ''));
    const install =
      OURS +
      '# Bottom up, so that they stand in order; ufw skips what it already has.\n' +
      rules
        .toReversed()
        .map((rule) => `ufw prepend ${rule}\n`)
        .join('') +
      '# Whatever else carries our marker is from an older revision.\n' +
      `ours | while read -r rule; do\n\tcase $rule in\n${bare.map((rule) => `\t'${rule}') ;;\n`).join('')}` +
      // The words of the rule are arguments: ufw printed them, and the pattern above took them apart.
      '\t*) ufw --force delete $rule </dev/null ;;\n\tesac\ndone\n';
    return [
      script('install', 'ufw', header(ufw, list, options), install),
      script(
        'uninstall',
        'ufw',
        shortHeader(ufw, list, options),
        `${OURS}ours | while read -r rule; do ufw --force delete $rule </dev/null; done\n`,
      ),
    ];
  },
  validators: [
    {
      id: 'ufw --dry-run',
      needs: ['ufw'],
      version: ['ufw', 'version'],
      root: true,
      steps: (files) =>
        [...(files[0]?.content ?? '').matchAll(/^ufw (prepend .*)$/gm)].map((match) => ({
          argv: ['ufw', '--dry-run', ...words(match[1] ?? '')],
          stdin: null,
        })),
    },
  ],
};

/** Splits a line that we made: words, and one text in single quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}
