/**
 * VyOS 1.4 and newer: domain groups that the router resolves itself (or network groups), and rules under fixed numbers
 * in the base chain of each family. What is there under our names and numbers is deleted first, so that members of an
 * older revision do not stay. Sources: docs/rules/vyos.md names VyOS's pages.
 */
import { formatPrefix } from '../core/cidr.js';
import { MARKER } from '../core/names.js';
import { RefusalError, type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { deviceHead, deviceShortHead, loadable } from './shared/device-head.js';
import { devicePlan, groupName, MATCH_NAMES, type Destination, type DestinationGroup } from './shared/destinations.js';
import { sealed } from './shared/seal.js';

const ID = 'vyos';
/** Rules are numbered 1 to 999999. */
const LAST_RULE = 999_999;

type Kind = 'domain-group' | 'network-group' | 'ipv6-network-group';

interface Group {
  readonly path: string;
  readonly kind: Kind;
  readonly name: string;
  readonly members: readonly string[];
}

function groupOf(row: DestinationGroup, kind: Kind): Group {
  const fits = (destination: Destination): boolean =>
    kind === 'domain-group'
      ? destination.fqdn !== null
      : destination.prefix?.family === (kind === 'network-group' ? 4 : 6);
  const tail = { 'domain-group': '', 'network-group': '-v4', 'ipv6-network-group': '-v6' }[kind];
  const name = `${groupName(row.suffix)}${tail}`;
  const members = row.destinations
    .filter(fits)
    .map(({ fqdn, prefix }) =>
      fqdn !== null ? `address '${fqdn}'` : `network '${prefix === null ? '' : formatPrefix(prefix)}'`,
    );
  return { path: `firewall group ${kind} ${name}`, kind, name, members };
}

interface Rule {
  readonly path: string;
  readonly lines: readonly string[];
}

function build(
  list: CheckedAllowList,
  options: RuleOptions,
): { readonly groups: readonly Group[]; readonly rules: readonly Rule[] } {
  const plan = devicePlan(ID, list, options, 'last');
  const { chain = '', rule: first = '' } = options.settings;
  const groups: Group[] = [];
  const rules: Rule[] = [];
  let number = Number(first);
  for (const row of plan.groups) {
    const own = (['domain-group', 'network-group', 'ipv6-network-group'] as const)
      .map((kind) => groupOf(row, kind))
      .filter((group) => group.members.length > 0);
    groups.push(...own);
    for (const group of own) {
      for (const family of options.families) {
        if (group.kind !== 'domain-group' && (group.kind === 'network-group') !== (family === 4)) continue;
        const path = `firewall ipv${String(family)} ${chain} filter rule ${String(number)}`;
        // In a rule of IPv6, the group of networks is called as in one of IPv4.
        const kind = group.kind === 'domain-group' ? 'domain-group' : 'network-group';
        const dns = row.suffix === 'dns';
        rules.push({
          path,
          lines: [
            `description '${MARKER} ${dns ? 'dns' : 'netdata cloud'}'`,
            'action accept',
            `protocol ${dns ? 'tcp_udp' : 'tcp'}`,
            `destination group ${kind} ${group.name}`,
            `destination port ${dns ? '53' : row.ports.join(',')}`,
          ],
        });
      }
      number += 1;
    }
  }
  if (number - 1 > LAST_RULE)
    throw new RefusalError(ID, 'not_expressible', `rules end at ${String(LAST_RULE)}; give a smaller --set rule=`);
  return { groups, rules };
}

export const vyos: RuleTarget = {
  id: ID,
  title: 'VyOS 1.4 and newer',
  group: 'devices',
  capabilities: {
    ...USUAL,
    oneFamily: true,
  },
  settings: [
    MATCH_NAMES,
    {
      name: 'chain',
      title: 'forward (hosts behind the router) or output (the router itself)',
      default: 'forward',
      pattern: /^(?:forward|output)$/,
    },
    {
      name: 'rule',
      title: 'free number of the first rule, smaller than that of your first drop',
      default: '100',
      pattern: /^[1-9]\d{0,5}$/,
      guessed: true,
    },
  ],
  render(list, options) {
    const { groups, rules } = build(list, options);
    const remove = [...rules, ...groups].map(({ path }) => `delete ${path}`);
    const numbers = [...new Set(rules.map(({ path }) => path.slice(path.lastIndexOf(' ') + 1)))];
    const head = deviceHead(vyos, list, options, '#', [
      `Needs VyOS 1.4 or newer, in configuration mode. Rules ${numbers.join(', ')} are ours: a rule of yours with such a number is replaced.`,
      'At the first load "Nothing to delete" is no fault. Then: commit-confirm, confirm, save.',
      'Replies need your usual accept of established and related connections.',
    ]);
    return loadable(
      'vyos',
      sealed(
        head,
        [
          ...remove,
          ...groups.flatMap((group) => [
            `set ${group.path} description '${MARKER} netdata cloud'`,
            ...group.members.map((member) => `set ${group.path} ${member}`),
          ]),
          ...rules.flatMap((rule) => rule.lines.map((line) => `set ${rule.path} ${line}`)),
        ],
        '#',
      ),
      sealed(deviceShortHead(vyos, list, options, '#'), remove, '#'),
    );
  },
};
