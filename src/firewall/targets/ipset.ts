/**
 * Address sets for iptables: rules stay, only the sets change, by swap. `restore` itself is not atomic, so the
 * new content is built in a set of its own and swapped in. Sources: docs/reference/firewall.md#ipset, ipset(8) 7.17.
 */
import type { RenderedFile } from '../../model/allow-list.js';
import { header, shortHeader } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { safeComment } from '../core/sanitise.js';
import { script } from '../core/script.js';
import { KEEP } from '../core/keep.js';
import { KEEP_SESSION, type CheckedAllowList, type RuleOptions, type RuleTarget, FILTER } from '../core/target.js';
import { portGroups, type PortGroup } from '../core/views.js';
import { installLines, iptablesRules, iptablesValidators, uninstallLines } from './shared/iptables-rules.js';

const COMMENT_MAX = 200;

/** At most 31 characters, including the `-t` of the set that is filled. */
export function ipsetName(family: 4 | 6, group: Pick<PortGroup, 'suffix'>): string {
  return `${MARKER}${String(family)}${group.suffix === '' ? '' : `-${group.suffix}`}`;
}

/** Always the same options: `create -exist` fails when they differ. Timeout 0 = entries stay unless they say otherwise. */
function ipsetCreate(name: string, family: 4 | 6): string {
  return `create ${name} hash:net family ${family === 4 ? 'inet' : 'inet6'} maxelem 65536 timeout 0 comment -exist`;
}

/** The lines that fill a fresh set and swap it in. */
function ipsetFill(group: PortGroup, family: 4 | 6, options: RuleOptions): string[] {
  const name = ipsetName(family, group);
  const endpoints = family === 4 ? group.v4 : group.v6;
  if (endpoints.length === 0) return [];
  return [
    ipsetCreate(name, family),
    ipsetCreate(`${name}-t`, family),
    `flush ${name}-t`,
    ...endpoints.map((endpoint) => {
      const timeout = options.onStale === 'expire' && endpoint.holdSeconds !== null ? endpoint.holdSeconds : null;
      const note = safeComment(`${MARKER} ${endpoint.names.join(' ')}`, COMMENT_MAX);
      return `add ${name}-t ${endpoint.text}${timeout === null ? '' : ` timeout ${String(timeout)}`} comment "${note}"`;
    }),
    `swap ${name}-t ${name}`,
    `destroy ${name}-t`,
  ];
}

/** The content of the restore file, without header. */
function ipsetBody(list: CheckedAllowList, options: RuleOptions): string {
  const lines = portGroups(list, options).flatMap((group) => [
    ...ipsetFill(group, 4, options),
    ...ipsetFill(group, 6, options),
  ]);
  return `${lines.join('\n')}\n`;
}

export const ipset: RuleTarget = {
  id: 'ipset',
  title: 'ipset with iptables and ip6tables',
  group: 'hosts',
  capabilities: { ...FILTER, expiry: true },
  settings: [KEEP_SESSION, KEEP],
  render(list, options) {
    const comment = header(ipset, list, options);
    const short = shortHeader(ipset, list, options);
    return [
      { name: `${MARKER}.ipset`, content: `${comment}${ipsetBody(list, options)}`, mode: 0o644 },
      ...([4, 6] as const).map((family): RenderedFile => ({
        name: `${MARKER}.v${String(family)}.rules`,
        content: `${short}${iptablesRules(list, options, family, (group) => ipsetName(family, group))}`,
        mode: 0o644,
      })),
      script(
        'install',
        'ipset',
        short,
        `# Sets first: rules that name a missing set do not load.\nipset restore -exist <"$dir/${MARKER}.ipset"\n${installLines(options, [4, 6])}`,
      ),
      script(
        'uninstall',
        'ipset',
        short,
        `${uninstallLines([4, 6])}ipset list -n | grep -E '^${MARKER}[46](-|$)' | while read -r set; do ipset destroy "$set"; done\n`,
      ),
    ];
  },
  validators: [
    {
      id: 'ipset restore',
      needs: ['ipset'],
      version: ['ipset', '--version'],
      root: true,
      // There is no dry run: it is loaded, twice, in a namespace of its own.
      steps: () => [
        { argv: ['ipset', 'restore', '-exist'], stdin: `${MARKER}.ipset` },
        { argv: ['ipset', 'restore', '-exist'], stdin: `${MARKER}.ipset` },
      ],
    },
    ...iptablesValidators([4, 6], [{ argv: ['ipset', 'restore', '-exist'], stdin: `${MARKER}.ipset` }]),
  ],
};
