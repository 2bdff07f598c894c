/**
 * nftables. `enforce`: a table of our own, replaced in one transaction. `allow`: an accept in a table of our
 * own cannot lift a drop in another table on the same hook, so sets and chains go into the existing table and
 * one jump into its chain. Sources: firewall.md §0 (5, 7), §2.1, nft(8) 1.0.6.
 */
import { header, revisionOf, shortHeader } from '../header.js';
import { MARKER, NFT_TABLE } from '../names.js';
import { safeComment } from '../sanitise.js';
import { script } from '../script.js';
import {
  KEEP_SESSION,
  keptSession,
  type CheckedAllowList,
  type RuleOptions,
  type RuleTarget,
  type ValidatorStep,
} from '../target.js';
import { portGroups, remoteResolvers, type Endpoint, type PortGroup } from '../views.js';

/** nft refuses comments above 128 bytes. */
const COMMENT_MAX = 120;

export interface NftNames {
  /** `inet filter` in allow mode, our own table in enforce mode. */
  readonly table: string;
  /** Chain that holds the accepts. */
  readonly chain: string;
  /** Chain that holds the accepts for replies (allow mode only). */
  readonly chainIn: string;
  set(family: 4 | 6, group: PortGroup): string;
}

/** Names of what we create; live/ finds our objects by them. */
export function nftNames(options: Pick<RuleOptions, 'mode' | 'settings'>): NftNames {
  const own = options.mode === 'enforce';
  return {
    table: own ? `inet ${NFT_TABLE}` : (options.settings['table'] ?? 'inet filter'),
    chain: own ? 'allow' : NFT_TABLE,
    chainIn: `${NFT_TABLE}_in`,
    set: (family, group) =>
      `${own ? 'd' : `${NFT_TABLE}_d`}${String(family)}${group.suffix === '' ? '' : `_${group.suffix.replaceAll('-', '_')}`}`,
  };
}

function quoted(text: string): string {
  return `"${safeComment(text, COMMENT_MAX)}"`;
}

/** One set element; also used by the refresher. */
export function nftElement(endpoint: Endpoint, options: RuleOptions): string {
  const timeout =
    options.onStale === 'expire' && endpoint.holdSeconds !== null ? ` timeout ${String(endpoint.holdSeconds)}s` : '';
  return `${endpoint.text}${timeout} comment ${quoted(endpoint.names.join(' '))}`;
}

function portsOf(group: PortGroup): string {
  return group.ports.length === 1 ? String(group.ports[0]) : `{ ${group.ports.join(', ')} }`;
}

/** Families that a table of this family can hold rules for. */
function tableFamilies(table: string): readonly (4 | 6)[] {
  if (table.startsWith('ip6 ')) return [6];
  return table.startsWith('ip ') ? [4] : [4, 6];
}

interface Parts {
  readonly sets: readonly { readonly name: string; readonly type: string; readonly elements: readonly string[] }[];
  readonly allow: readonly string[];
  readonly replies: readonly string[];
  readonly dns: readonly string[];
}

function parts(list: CheckedAllowList, options: RuleOptions): Parts {
  const names = nftNames(options);
  const families = tableFamilies(names.table);
  const tag = `comment ${quoted(`${MARKER} rev=${revisionOf(list, options)}`)}`;
  const sets: Parts['sets'][number][] = [];
  const allow: string[] = [];
  const replies: string[] = [];
  const dns: string[] = [];
  if (options.dns || options.mode === 'enforce')
    for (const resolver of families.flatMap((family) => remoteResolvers(list, family))) {
      const v6 = resolver.includes(':');
      dns.push(
        `${v6 ? 'ip6' : 'ip'} daddr ${resolver} meta l4proto { tcp, udp } th dport 53 counter accept comment "${MARKER} dns"`,
      );
      replies.push(
        `${v6 ? 'ip6' : 'ip'} saddr ${resolver} meta l4proto { tcp, udp } th sport 53 ct state established accept comment "${MARKER} dns replies"`,
      );
    }
  for (const group of portGroups(list, options)) {
    for (const family of families) {
      const endpoints = family === 4 ? group.v4 : group.v6;
      if (endpoints.length === 0) continue;
      const name = names.set(family, group);
      const ip = family === 4 ? 'ip' : 'ip6';
      sets.push({
        name,
        type: family === 4 ? 'ipv4_addr' : 'ipv6_addr',
        elements: endpoints.map((endpoint) => nftElement(endpoint, options)),
      });
      const match = `${ip} daddr @${name} tcp dport ${portsOf(group)}`;
      if (options.user === null) allow.push(`${match} counter accept ${tag}`);
      else {
        // The last packets of a connection have no socket any more, hence no owner: they follow its state.
        allow.push(`ct state established ${match} counter accept ${tag}`);
        const uid = /^\d+$/.test(options.user) ? options.user : `"${options.user}"`;
        allow.push(`meta skuid ${uid} ${match} counter accept ${tag}`);
      }
      replies.push(
        `${ip} saddr @${name} tcp sport ${portsOf(group)} ct state established accept comment "${MARKER} replies"`,
      );
    }
  }
  return { sets, allow, replies, dns };
}

const ND = 'nd-neighbor-solicit, nd-neighbor-advert';

function needsNd(list: CheckedAllowList, options: RuleOptions): boolean {
  return (
    tableFamilies(nftNames(options).table).includes(6) && portGroups(list, options).some((group) => group.v6.length > 0)
  );
}

function setBlock(set: Parts['sets'][number], indent: string): string {
  // Always both flags: a set whose flags differ from the loaded one could not be replaced by flushing.
  const elements = set.elements.map((element) => `${indent}\t\t${element}`).join(',\n');
  return (
    `${indent}set ${set.name} {\n${indent}\ttype ${set.type}; flags interval, timeout;\n` +
    `${indent}\telements = {\n${elements}\n${indent}\t}\n${indent}}\n`
  );
}

function renderEnforce(list: CheckedAllowList, options: RuleOptions): string {
  const { sets, allow, dns } = parts(list, options);
  const table = `inet ${NFT_TABLE}`;
  const session = keptSession(options);
  const keep =
    session === null
      ? []
      : [
          `ip${session.peer.includes(':') ? '6' : ''} daddr ${session.peer} tcp sport ${String(session.port)} accept comment "${MARKER} session of the operator"`,
        ];
  const out = [
    'type filter hook output priority filter; policy accept;',
    `oif "lo" accept comment "${MARKER} loopback"`,
    `ct state established,related accept comment "${MARKER} established"`,
    `icmpv6 type { ${ND}, nd-router-solicit, mld2-listener-report } accept comment "${MARKER} neighbour discovery"`,
    ...dns,
    ...keep,
    'jump allow',
    `meta l4proto tcp counter reject with tcp reset comment "${MARKER} deny"`,
    `counter reject with icmpx type admin-prohibited comment "${MARKER} deny"`,
  ];
  return (
    `table ${table}\ndelete table ${table}\ntable ${table} {\n` +
    `\tcomment ${quoted(`${MARKER} id=netdata-cloud rev=${revisionOf(list, options)}`)}\n` +
    sets.map((set) => setBlock(set, '\t')).join('') +
    `\tchain allow {\n${allow.map((rule) => `\t\t${rule}\n`).join('')}\t}\n` +
    `\tchain out {\n${out.map((rule) => `\t\t${rule}\n`).join('')}\t}\n}\n`
  );
}

function renderAllow(list: CheckedAllowList, options: RuleOptions): string {
  const names = nftNames(options);
  const { sets, allow, replies, dns } = parts(list, options);
  const nd = needsNd(list, options) ? [`icmpv6 type { ${ND} } accept comment "${MARKER} neighbour discovery"`] : [];
  const lines = [
    ...sets.flatMap((set) => [
      `add set ${names.table} ${set.name} { type ${set.type}; flags interval, timeout; }`,
      `flush set ${names.table} ${set.name}`,
      `add element ${names.table} ${set.name} {\n${set.elements.map((element) => `\t${element}`).join(',\n')}\n}`,
    ]),
    ...[names.chain, names.chainIn].flatMap((chain) => [
      `add chain ${names.table} ${chain}`,
      `flush chain ${names.table} ${chain}`,
    ]),
    ...[...nd, ...dns, ...allow].map((rule) => `add rule ${names.table} ${names.chain} ${rule}`),
    ...[...nd, ...replies].map((rule) => `add rule ${names.table} ${names.chainIn} ${rule}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Shell function that prints one delete command for each of our jumps in a chain. */
function dropJumps(table: string): string {
  return (
    `drop_jumps() {\n\tnft -a list chain ${table} "$1" 2>/dev/null |\n` +
    `\t\tsed -n 's/.* comment "${MARKER} jump" # handle \\([0-9][0-9]*\\)$/\\1/p' |\n` +
    `\t\twhile read -r handle; do echo "delete rule ${table} $1 handle $handle"; done\n}\n`
  );
}

/** Takes out what mode allow puts into a table of others; prints commands for one transaction. */
function dropAllowed(options: RuleOptions): string {
  const { table } = nftNames(options);
  const objects = (what: string, pattern: string): string =>
    `\tnft list table ${table} 2>/dev/null |\n\t\tsed -n 's/^[[:space:]]*${what} \\(${pattern}\\) {$/delete ${what} ${table} \\1/p' |\n\t\tsort\n`;
  return (
    dropJumps(table) +
    `drop_allowed() {\n\tdrop_jumps ${options.settings['chain'] ?? 'output'}\n\tdrop_jumps ${options.settings['input-chain'] ?? 'input'}\n` +
    objects('chain', `${NFT_TABLE}[a-z_]*`) +
    objects('set', `${NFT_TABLE}_d[46][0-9a-z_]*`) +
    '}\n'
  );
}

const DROP_ENFORCED = `drop_enforced() {\n\tif nft list table inet ${NFT_TABLE} >/dev/null 2>&1; then echo 'delete table inet ${NFT_TABLE}'; fi\n}\n`;

/** The table name as mode allow has it, whatever the mode. */
function asAllow(options: RuleOptions): RuleOptions {
  return { ...options, mode: 'allow' };
}

function installScript(options: RuleOptions): string {
  if (options.mode === 'enforce')
    return `${dropAllowed(asAllow(options))}# One transaction: what mode allow left goes, the table comes.\n{\n\tdrop_allowed\n\tcat "$dir/${MARKER}.nft"\n} | nft -f -\n`;
  const { table, chain, chainIn } = nftNames(options);
  const out = options.settings['chain'] ?? 'output';
  const input = options.settings['input-chain'] ?? 'input';
  return (
    dropJumps(table) +
    DROP_ENFORCED +
    `nft list chain ${table} ${out} >/dev/null || {\n` +
    `\techo "there is no chain ${out} in table ${table}: name yours with --set table=... --set chain=..." >&2\n\texit 1\n}\n` +
    '# One transaction: the old jumps go, the new content and jumps come.\n' +
    `{\n\tdrop_enforced\n\tdrop_jumps ${out}\n\tdrop_jumps ${input}\n\tcat "$dir/${MARKER}.nft"\n` +
    `\techo 'insert rule ${table} ${out} jump ${chain} comment "${MARKER} jump"'\n` +
    `\tif nft list chain ${table} ${input} >/dev/null 2>&1; then\n` +
    `\t\techo 'insert rule ${table} ${input} jump ${chainIn} comment "${MARKER} jump"'\n\tfi\n} | nft -f -\n`
  );
}

function uninstallScript(options: RuleOptions): string {
  return `${dropAllowed(asAllow(options))}${DROP_ENFORCED}{\n\tdrop_allowed\n\tdrop_enforced\n} | nft -f -\n`;
}

/** In allow mode the file needs the chains that it is meant for. */
function prelude(options: RuleOptions): string {
  const { table } = nftNames(options);
  return (
    `add table ${table}\n` +
    `add chain ${table} ${options.settings['chain'] ?? 'output'} { type filter hook output priority 0; }\n` +
    `add chain ${table} ${options.settings['input-chain'] ?? 'input'} { type filter hook input priority 0; }\n`
  );
}

const IDENTIFIER = /^[a-zA-Z][a-zA-Z0-9_.-]{0,62}$/;

export const nftables: RuleTarget = {
  id: 'nftables',
  title: 'nftables',
  group: 'hosts',
  capabilities: {
    matches: 'addresses',
    families: [4, 6],
    comments: true,
    ownerMatch: true,
    expiry: true,
    modes: ['allow', 'enforce'],
    proxy: true,
    dns: true,
  },
  settings: [
    {
      name: 'table',
      title: 'existing table that filters egress (allow mode)',
      default: 'inet filter',
      pattern: /^(?:inet|ip|ip6) [a-zA-Z][a-zA-Z0-9_.-]{0,62}$/,
    },
    { name: 'chain', title: 'its chain on the output hook (allow mode)', default: 'output', pattern: IDENTIFIER },
    {
      name: 'input-chain',
      title: 'its chain on the input hook, if any (allow mode)',
      default: 'input',
      pattern: IDENTIFIER,
    },
    KEEP_SESSION,
  ],
  render(list, options) {
    const comment = header(nftables, list, options);
    const body = options.mode === 'enforce' ? renderEnforce(list, options) : renderAllow(list, options);
    return [
      { name: `${MARKER}.nft`, content: `#!/usr/sbin/nft -f\n${comment}${body}`, mode: 0o644 },
      script('install', 'nftables', shortHeader(nftables, list, options), installScript(options)),
      script('uninstall', 'nftables', shortHeader(nftables, list, options), uninstallScript(options)),
    ];
  },
  validators: [
    {
      id: 'nft -c',
      needs: ['nft'],
      version: ['nft', '--version'],
      root: true,
      steps(files): ValidatorStep[] {
        const rules = files[0]?.content ?? '';
        const table = /^add chain (\S+ \S+) /m.exec(rules)?.[1];
        const ground =
          table === undefined ? [] : [prelude({ settings: { table }, mode: 'allow' } as unknown as RuleOptions)];
        return [
          ...ground.map((input) => ({ argv: ['nft', '-f', '-'], stdin: null, input, setup: true })),
          { argv: ['nft', '-c', '-f', `{file:${MARKER}.nft}`], stdin: null },
        ];
      },
    },
  ],
};
