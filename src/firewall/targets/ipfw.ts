/**
 * ipfw (FreeBSD): tables that are filled beside the live ones and swapped in, and rules of a set of their own. The
 * rules are loaded again only when they say something else, because a rule takes its connections' states with it.
 * Sources: docs/rules/ipfw.md names the manual's sections.
 */
import { createHash } from 'node:crypto';
import { header, shortHeader } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { script } from '../core/script.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { portGroups, remoteResolvers, type PortGroup } from '../core/views.js';

const ID = 'ipfw';
/** Names of tables: at most 63 characters. */
function tableName(group: Pick<PortGroup, 'suffix'>): string {
  return `nd_allow${group.suffix === '' ? '' : `_${group.suffix.replaceAll('-', '_')}`}`;
}

interface Table {
  readonly name: string;
  readonly addresses: readonly string[];
}

function tables(list: CheckedAllowList, options: RuleOptions): readonly Table[] {
  return portGroups(list, options).map((group) => ({
    name: tableName(group),
    addresses: [...group.v4, ...group.v6].map((endpoint) => endpoint.cidr),
  }));
}

function rules(list: CheckedAllowList, options: RuleOptions): readonly string[] {
  const { rule = '', set = '' } = options.settings;
  const groups = portGroups(list, options);
  const user = options.user === null ? '' : ` uid ${options.user}`;
  const bodies = [
    ...(groups.some((group) => group.v6.length > 0) ? [`allow ipv6-icmp from any to any icmp6types 135,136`] : []),
    ...(options.dns
      ? options.families.flatMap((family) =>
          remoteResolvers(list, family).flatMap((address) => [
            `allow udp from any to ${address} dst-port 53 out keep-state`,
            `allow tcp from any to ${address} dst-port 53 out setup keep-state`,
          ]),
        )
      : []),
    ...groups.map(
      (group) =>
        `allow tcp from any to table(${tableName(group)}) dst-port ${group.ports.join(',')} out${user} setup keep-state`,
    ),
  ];
  const stamp = createHash('sha256').update(bodies.join('\n')).digest('hex').slice(0, 12);
  return bodies.map((body) => `add ${rule} set ${set} ${body} // ${MARKER} rules=${stamp}`);
}

export const ipfw: RuleTarget = {
  id: ID,
  title: 'ipfw (FreeBSD)',
  group: 'hosts',
  capabilities: { ...USUAL, matches: 'addresses', ownerMatch: true },
  settings: [
    {
      name: 'rule',
      title: 'number of the rules, smaller than that of your first deny',
      default: '100',
      pattern: /^[1-9]\d{0,3}$/,
      guessed: true,
    },
    {
      name: 'set',
      title: 'set of rules that nobody else uses (1-30)',
      default: '29',
      pattern: /^(?:[1-9]|[12]\d|30)$/,
      guessed: true,
    },
  ],
  render(list, options) {
    const { set = '' } = options.settings;
    const of = tables(list, options);
    const lines = rules(list, options);
    const short = shortHeader(ipfw, list, options);
    const stamp = /rules=\w+/.exec(lines[0] ?? '')?.[0] ?? '';
    const filled = of.flatMap(({ name, addresses }) => addresses.map((address) => `table ${name}_new add ${address}`));
    const prepare = of
      .map(
        ({ name }) =>
          `for table in ${name} ${name}_new; do ipfw -q table "$table" create type addr 2>/dev/null || :; done\n` +
          `ipfw -q table ${name}_new flush\n`,
      )
      .join('');
    const swap = of
      .map(({ name }) => `ipfw -q table ${name} swap ${name}_new\nipfw -q table ${name}_new destroy\n`)
      .join('');
    return [
      {
        name: `${MARKER}.ipfw`,
        content: `${header(ipfw, list, options)}# The install script makes the tables first, swaps them in and loads the rules.\n${filled.join('\n')}\n`,
        mode: 0o644,
      },
      { name: `${MARKER}-rules.ipfw`, content: `${short}${lines.join('\n')}\n`, mode: 0o644 },
      script(
        'install',
        ID,
        short,
        `${prepare}ipfw -q "$dir/${MARKER}.ipfw"\n${swap}` +
          `if ! ipfw -S set ${set} list 2>/dev/null | grep -q '${MARKER} ${stamp}'; then\n` +
          `\tipfw -q delete set ${set} 2>/dev/null || :\n\tipfw -q "$dir/${MARKER}-rules.ipfw"\nfi\n`,
      ),
      script(
        'uninstall',
        ID,
        short,
        `ipfw -q delete set ${set} 2>/dev/null || :\n` +
          `for table in ${of.map(({ name }) => `${name} ${name}_new`).join(' ')}; do\n` +
          `\tipfw -q table "$table" destroy 2>/dev/null || :\ndone\n`,
      ),
    ];
  },
  validators: [
    {
      id: 'ipfw -n',
      needs: ['ipfw'],
      version: ['uname', '-sr'],
      root: true,
      steps: () => [
        { argv: ['ipfw', '-n', `{file:${MARKER}.ipfw}`], stdin: null },
        { argv: ['ipfw', '-n', `{file:${MARKER}-rules.ipfw}`], stdin: null },
      ],
    },
  ],
};
