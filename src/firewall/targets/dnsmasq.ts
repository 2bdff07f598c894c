/**
 * dnsmasq fills the sets while it answers: a rule exists before the client knows the address, so there is no race
 * and no refresh. It never removes anything, so the sets' entries time out and are renewed by each answer.
 * Sources: docs/reference/firewall.md#sets-that-follow-the-names; dnsmasq(8) 2.90, --nftset and --ipset.
 */
import type { RenderedFile } from '../../model/allow-list.js';
import { header, shortHeader } from '../core/header.js';
import { MARKER, NFT_TABLE } from '../core/names.js';
import { script } from '../core/script.js';
import { RefusalError, type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { hostNames } from '../core/views.js';
import { ipsetFiles, ipsetInstall, ipsetSnippet, ipsetUninstall } from './dnsmasq-ipset.js';

/** One set per family: the ports of all names together would widen what some of them may do. */
function singlePorts(list: CheckedAllowList): readonly number[] {
  const lists = new Set(list.hosts.map((host) => host.ports.join(',')));
  if (lists.size > 1)
    throw new RefusalError('dnsmasq', 'not_expressible', 'the names need different ports; render one list for each');
  return list.hosts[0]?.ports ?? [];
}

function table(options: RuleOptions): string {
  return options.settings['table'] ?? 'inet filter';
}

function nftFile(list: CheckedAllowList, options: RuleOptions): string {
  const ports = singlePorts(list);
  const dport = ports.length === 1 ? String(ports[0]) : `{ ${ports.join(', ')} }`;
  const seconds = options.settings['timeout'] ?? '86400';
  const uid =
    options.user === null ? '' : `meta skuid ${/^\d+$/.test(options.user) ? options.user : `"${options.user}"`} `;
  const established = (match: string): string[] => (options.user === null ? [] : [`ct state established ${match}`]);
  const rules = options.families.flatMap((family) => {
    const match = `ip${family === 6 ? '6' : ''} daddr @${NFT_TABLE}_d${String(family)} tcp dport ${dport}`;
    return [...established(match), `${uid}${match}`];
  });
  const replies = options.families.map(
    (family) =>
      `ip${family === 6 ? '6' : ''} saddr @${NFT_TABLE}_d${String(family)} tcp sport ${dport} ct state established`,
  );
  return [
    ...options.families.map(
      (family) =>
        `add set ${table(options)} ${NFT_TABLE}_d${String(family)} { type ipv${String(family)}_addr; flags interval, timeout; timeout ${seconds}s; }`,
    ),
    ...[NFT_TABLE, `${NFT_TABLE}_in`].flatMap((name) => [
      `add chain ${table(options)} ${name}`,
      `flush chain ${table(options)} ${name}`,
    ]),
    ...(options.families.includes(6)
      ? [NFT_TABLE, `${NFT_TABLE}_in`].map(
          (name) =>
            `add rule ${table(options)} ${name} icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept comment "${MARKER} neighbour discovery"`,
        )
      : []),
    ...rules.map(
      (rule) => `add rule ${table(options)} ${NFT_TABLE} ${rule} counter accept comment "${MARKER} dnsmasq"`,
    ),
    ...replies.map((rule) => `add rule ${table(options)} ${NFT_TABLE}_in ${rule} accept comment "${MARKER} replies"`),
    '',
  ].join('\n');
}

/** `4#inet#filter#set`: family, table family, table, set. */
function snippet(list: CheckedAllowList, options: RuleOptions): string {
  const place = table(options).replace(' ', '#');
  const sets = options.families.map((family) => `${String(family)}#${place}#${NFT_TABLE}_d${String(family)}`).join(',');
  return hostNames(list)
    .map((name) => `nftset=/${name}/${sets}\n`)
    .join('');
}

const IDENTIFIER = /^[a-zA-Z][a-zA-Z0-9_.-]{0,62}$/;

export const dnsmasq: RuleTarget = {
  id: 'dnsmasq',
  title: 'dnsmasq filling sets of nftables or ipset as it answers',
  group: 'hosts',
  capabilities: {
    ...USUAL,
    matches: 'names',
    oneFamily: true,
    ownerMatch: true,
    dns: false,
  },
  settings: [
    {
      name: 'sets',
      title: 'sets of nftables (needs dnsmasq 2.87 or newer) or of ipset',
      default: 'nftables',
      pattern: /^(?:nftables|ipset)$/,
    },
    {
      name: 'table',
      title: 'existing inet table that filters egress',
      default: 'inet filter',
      pattern: /^inet [a-zA-Z][a-zA-Z0-9_.-]{0,62}$/,
    },
    { name: 'chain', title: 'its chain on the output hook', default: 'output', pattern: IDENTIFIER },
    { name: 'input-chain', title: 'its chain on the input hook, if any', default: 'input', pattern: IDENTIFIER },
    {
      name: 'timeout',
      title: 'seconds that an address stays after its last answer',
      default: '86400',
      pattern: /^[1-9]\d{2,6}$/,
    },
  ],
  render(list, options) {
    const names = hostNames(list);
    if (names.length === 0)
      throw new RefusalError('dnsmasq', 'names_not_supported', 'follows names, and the list holds none');
    const comment = header(dnsmasq, list, options);
    const short = shortHeader(dnsmasq, list, options);
    const inIpset = options.settings['sets'] === 'ipset';
    const ports = singlePorts(list);
    const conf: RenderedFile = {
      name: `${MARKER}.dnsmasq.conf`,
      content:
        `${comment}# The sets must exist first (${MARKER}.${inIpset ? 'ipset' : 'nft'}); clients must ask this dnsmasq and nobody else.\n` +
        `# dnsmasq matches a name and everything below it.\n${inIpset ? ipsetSnippet(names, options) : snippet(list, options)}`,
      mode: 0o644,
    };
    const place = 'conf=${DNSMASQ_CONF_D:-/etc/dnsmasq.d}\n';
    const read = 'echo "restart dnsmasq, so that it reads its new file"\n';
    const forget = 'echo "restart dnsmasq, so that it forgets the file"\n';
    const copy = `install -m 0644 "$dir/${MARKER}.dnsmasq.conf" "$conf/${MARKER}.conf"\n`;
    if (inIpset)
      return [
        conf,
        ...ipsetFiles(ports, options, short),
        script('install', 'dnsmasq', short, `${place}${ipsetInstall(options)}${copy}${read}`),
        script(
          'uninstall',
          'dnsmasq',
          short,
          `${place}rm -f "$conf/${MARKER}.conf"\n${ipsetUninstall(options)}${forget}`,
        ),
      ];
    const files = [conf, { name: `${MARKER}.nft`, content: `${short}${nftFile(list, options)}`, mode: 0o644 }];
    const [out, input] = [options.settings['chain'] ?? 'output', options.settings['input-chain'] ?? 'input'];
    const drop =
      `drop_jumps() {\n\tnft -a list chain ${table(options)} "$1" 2>/dev/null |\n` +
      `\t\tsed -n 's/.* comment "${MARKER} jump" # handle \\([0-9][0-9]*\\)$/\\1/p' |\n` +
      `\t\twhile read -r handle; do echo "delete rule ${table(options)} $1 handle $handle"; done\n}\n`;
    const install =
      `${drop}${place}{\n\tdrop_jumps ${out}\n\tdrop_jumps ${input}\n\tcat "$dir/${MARKER}.nft"\n` +
      `\techo 'insert rule ${table(options)} ${out} jump ${NFT_TABLE} comment "${MARKER} jump"'\n` +
      `\tif nft list chain ${table(options)} ${input} >/dev/null 2>&1; then\n` +
      `\t\techo 'insert rule ${table(options)} ${input} jump ${NFT_TABLE}_in comment "${MARKER} jump"'\n\tfi\n} | nft -f -\n` +
      copy +
      read;
    const uninstall =
      `${drop}${place}rm -f "$conf/${MARKER}.conf"\nnft list table ${table(options)} >/dev/null 2>&1 || exit 0\n` +
      `{\n\tdrop_jumps ${out}\n\tdrop_jumps ${input}\n` +
      ['chain', 'set']
        .map(
          (what) =>
            `\tnft list table ${table(options)} | sed -n 's/^[[:space:]]*${what} \\(${NFT_TABLE}[a-z0-9_]*\\) {$/delete ${what} ${table(options)} \\1/p' | sort\n`,
        )
        .join('') +
      `} | nft -f -\n${forget}`;
    return [...files, script('install', 'dnsmasq', short, install), script('uninstall', 'dnsmasq', short, uninstall)];
  },
  validators: [
    {
      id: 'dnsmasq --test',
      needs: ['dnsmasq'],
      version: ['dnsmasq', '--version'],
      root: false,
      steps: () => [{ argv: ['dnsmasq', '--test', '-C', `{file:${MARKER}.dnsmasq.conf}`], stdin: null }],
    },
    {
      id: 'ipset restore, and iptables-nft-restore --test',
      needs: ['ipset', 'iptables-nft-restore', 'ip6tables-nft-restore'],
      version: ['ipset', '--version'],
      root: true,
      applies: (files) => files.some((file) => file.name === `${MARKER}.ipset`),
      steps: (files) => [
        { argv: ['ipset', 'restore', '-exist'], stdin: `${MARKER}.ipset` },
        ...(['4', '6'] as const)
          .filter((family) => files.some((file) => file.name === `${MARKER}.v${family}.rules`))
          .map((family) => ({
            argv: [`ip${family === '6' ? '6' : ''}tables-nft-restore`, '--test', '--noflush'],
            stdin: `${MARKER}.v${family}.rules`,
          })),
      ],
    },
    {
      id: 'nft -c',
      applies: (files) => files.some((file) => file.name === `${MARKER}.nft`),
      needs: ['nft'],
      version: ['nft', '--version'],
      root: true,
      steps: (files) => {
        const name = /^add chain (\S+ \S+) /m.exec(
          files.find((file) => file.name === `${MARKER}.nft`)?.content ?? '',
        )?.[1];
        return [
          { argv: ['nft', 'add', 'table', ...(name ?? 'inet filter').split(' ')], stdin: null, setup: true },
          { argv: ['nft', '-c', '-f', `{file:${MARKER}.nft}`], stdin: null },
        ];
      },
    },
  ],
};
