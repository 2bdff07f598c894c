/**
 * nftables. `enforce`: a table of our own, replaced in one transaction. `allow`: an accept in a table of our
 * own cannot lift a drop in another table on the same hook, so sets and chains go into the existing table and
 * one jump into its chain. Sources: docs/reference/firewall.md#nftables, #other-tables, #auto-merge, nft(8) 1.0.6.
 */
import { header, revisionOf, shortHeader } from '../../core/header.js';
import { KEEP, keptFlows, wantsDns } from '../../core/keep.js';
import { MARKER, NFT_TABLE } from '../../core/names.js';
import { safeComment } from '../../core/sanitise.js';
import { script } from '../../core/script.js';
import {
  KEEP_SESSION,
  keptSession,
  RefusalError,
  type CheckedAllowList,
  type RuleOptions,
  type RuleTarget,
  type ValidatorStep,
  FILTER,
} from '../../core/target.js';
import { nftNames, nftTables, tableFamilies, type NftNames } from './names.js';
import { nftInstall, nftUninstall } from './scripts.js';
import { portGroups, remoteResolvers, type Endpoint, type PortGroup } from '../../core/views.js';

/** nft refuses comments above 128 bytes. */
const COMMENT_MAX = 120;

export function quoted(text: string): string {
  return `"${safeComment(text, COMMENT_MAX)}"`;
}

/** One set element. */
function nftElement(endpoint: Endpoint, options: RuleOptions): string {
  const timeout =
    options.onStale === 'expire' && endpoint.holdSeconds !== null ? ` timeout ${String(endpoint.holdSeconds)}s` : '';
  return `${endpoint.text}${timeout} comment ${quoted(endpoint.names.join(' '))}`;
}

function portsOf(group: PortGroup): string {
  return group.ports.length === 1 ? String(group.ports[0]) : `{ ${group.ports.join(', ')} }`;
}

export interface Parts {
  readonly sets: readonly { readonly name: string; readonly type: string; readonly elements: readonly string[] }[];
  readonly allow: readonly string[];
  readonly replies: readonly string[];
  readonly dns: readonly string[];
}

/** What goes into a table of these families; `nameOf` names the sets. */
export function nftParts(
  list: CheckedAllowList,
  options: RuleOptions,
  table: string,
  nameOf: NftNames['set'] = nftNames(options).set,
): Parts {
  const families = tableFamilies(table);
  const tag = `comment ${quoted(`${MARKER} rev=${revisionOf(list, options)}`)}`;
  const sets: Parts['sets'][number][] = [];
  const allow: string[] = [];
  const replies: string[] = [];
  const dns: string[] = [];
  const icmp = new Set<string>();
  if (wantsDns(options))
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
      const name = nameOf(family, group);
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
      icmp.add(family === 4 ? 'icmp' : 'ipv6-icmp');
      replies.push(
        `${ip} saddr @${name} tcp sport ${portsOf(group)} ct state established accept comment "${MARKER} replies"`,
      );
    }
  }
  // Routers answer too: without "packet too big" a path of less than 1500 bytes swallows every full segment.
  const errors = [...icmp].map(
    (protocol) => `meta l4proto ${protocol} ct state related accept comment "${MARKER} errors on the way"`,
  );
  return { sets, allow, replies: [...replies, ...errors], dns };
}

const ND = 'nd-neighbor-solicit, nd-neighbor-advert';

function needsNd(list: CheckedAllowList, options: RuleOptions, table: string): boolean {
  return tableFamilies(table).includes(6) && portGroups(list, options).some((group) => group.v6.length > 0);
}

/** A table of one family cannot hold the other one: said, not left out. */
function refuseLostFamily(list: CheckedAllowList, options: RuleOptions): void {
  const tables = nftTables(options);
  const held = new Set(tables.flatMap(tableFamilies));
  const groups = portGroups(list, options);
  const lost = ([4, 6] as const).find(
    (family) => !held.has(family) && groups.some((group) => (family === 4 ? group.v4 : group.v6).length > 0),
  );
  if (lost !== undefined)
    throw new RefusalError(
      'nftables',
      'family_not_supported',
      `table ${tables.join('+')} holds no IPv${String(lost)}: name both tables (--set "table=ip filter+ip6 filter"), or leave IPv${String(lost)} out with --ipv${lost === 4 ? '6' : '4'}`,
    );
}

export function setBlock(set: Parts['sets'][number], indent: string): string {
  // Always both flags: a set whose flags differ from the loaded one could not be replaced by flushing.
  const elements = set.elements.map((element) => `${indent}\t\t${element}`).join(',\n');
  return (
    `${indent}set ${set.name} {\n${indent}\ttype ${set.type}; flags interval, timeout;\n` +
    `${indent}\telements = {\n${elements}\n${indent}\t}\n${indent}}\n`
  );
}

function renderEnforce(list: CheckedAllowList, options: RuleOptions): string {
  const table = `inet ${NFT_TABLE}`;
  const { sets, allow, dns } = nftParts(list, options, table);
  const session = keptSession(options);
  const keep =
    session === null
      ? []
      : [
          `ip${session.peer.includes(':') ? '6' : ''} daddr ${session.peer} tcp sport ${String(session.port)} accept comment "${MARKER} session of the operator"`,
        ];
  const kept = ([4, 6] as const).flatMap((family) =>
    keptFlows(options, family).map(
      ({ what, protocol, address, sourcePort, port }) =>
        `meta nfproto ipv${String(family)} ${address === null ? '' : `${family === 4 ? 'ip' : 'ip6'} daddr ${address} `}` +
        `${sourcePort === null ? '' : `${protocol} sport ${String(sourcePort)} `}${protocol} dport ${String(port)} accept comment "${MARKER} keep ${what}"`,
    ),
  );
  const out = [
    'type filter hook output priority filter; policy accept;',
    `oif "lo" accept comment "${MARKER} loopback"`,
    `ct state established,related accept comment "${MARKER} established"`,
    `icmpv6 type { ${ND}, nd-router-solicit, mld2-listener-report } accept comment "${MARKER} neighbour discovery"`,
    ...dns,
    ...keep,
    ...kept,
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

function renderAllow(list: CheckedAllowList, options: RuleOptions, table: string): string {
  const names = nftNames(options);
  const { sets, allow, replies, dns } = nftParts(list, options, table);
  const nd = needsNd(list, options, table)
    ? [`icmpv6 type { ${ND} } accept comment "${MARKER} neighbour discovery"`]
    : [];
  const lines = [
    ...sets.flatMap((set) => [
      `add set ${table} ${set.name} { type ${set.type}; flags interval, timeout; }`,
      `flush set ${table} ${set.name}`,
      `add element ${table} ${set.name} {\n${set.elements.map((element) => `\t${element}`).join(',\n')}\n}`,
    ]),
    ...[names.chain, names.chainIn].flatMap((chain) => [
      `add chain ${table} ${chain}`,
      `flush chain ${table} ${chain}`,
    ]),
    ...[...nd, ...dns, ...allow].map((rule) => `add rule ${table} ${names.chain} ${rule}`),
    ...[...nd, ...replies].map((rule) => `add rule ${table} ${names.chainIn} ${rule}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** In allow mode the file needs the chains that it is meant for. */
function prelude(table: string): string {
  return (
    `add table ${table}\n` +
    `add chain ${table} output { type filter hook output priority 0; }\n` +
    `add chain ${table} input { type filter hook input priority 0; }\n`
  );
}

const IDENTIFIER = /^[a-zA-Z][a-zA-Z0-9_.-]{0,62}$/;

export const nftables: RuleTarget = {
  id: 'nftables',
  title: 'nftables',
  group: 'hosts',
  capabilities: { ...FILTER, expiry: true },
  settings: [
    {
      name: 'table',
      title: 'existing table that filters egress, or two: ip filter+ip6 filter (allow mode)',
      default: 'inet filter',
      pattern:
        /^(?:(?:inet|ip6?) [a-zA-Z][a-zA-Z0-9_.-]{0,62}|ip [a-zA-Z][a-zA-Z0-9_.-]{0,62}\+ip6 [a-zA-Z][a-zA-Z0-9_.-]{0,62})$/,
      guessed: true,
    },
    {
      name: 'chain',
      title: 'its chain on the output hook (allow mode)',
      default: 'output',
      pattern: IDENTIFIER,
      guessed: true,
    },
    {
      name: 'input-chain',
      title: 'its chain on the input hook, if any (allow mode)',
      default: 'input',
      pattern: IDENTIFIER,
      guessed: true,
    },
    KEEP_SESSION,
    KEEP,
  ],
  render(list, options) {
    const comment = header(nftables, list, options);
    refuseLostFamily(list, options);
    const body =
      options.mode === 'enforce'
        ? renderEnforce(list, options)
        : nftTables(options)
            .map((table) => renderAllow(list, options, table))
            .join('');
    return [
      { name: `${MARKER}.nft`, content: `#!/usr/sbin/nft -f\n${comment}${body}`, mode: 0o644 },
      script('install', 'nftables', shortHeader(nftables, list, options), nftInstall(options)),
      script('uninstall', 'nftables', shortHeader(nftables, list, options), nftUninstall(options)),
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
        const tables = [...rules.matchAll(/^add chain (\S+ \S+) /gm)].map((match) => match[1] ?? '');
        const ground = [...new Set(tables)].map(prelude);
        return [
          ...ground.map((input) => ({ argv: ['nft', '-f', '-'], stdin: null, input, setup: true })),
          { argv: ['nft', '-c', '-f', `{file:${MARKER}.nft}`], stdin: null },
        ];
      },
    },
  ],
};
