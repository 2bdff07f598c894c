/**
 * Docker 29 and newer with its nftables backend: there is no DOCKER-USER, Docker's own tables are not to be touched,
 * and what containers send is filtered by base chains on the forward hook of tables of your own. `allow` goes into
 * such a chain that exists; `enforce` is one of our own, for packets that come from Docker's bridges.
 * Sources: docs/rules/docker-nftables.md names Docker's pages; docs/reference/firewall.md#nftables.
 */
import { header, revisionOf, shortHeader } from '../core/header.js';
import { MARKER, NFT_FORWARD } from '../core/names.js';
import { script } from '../core/script.js';
import {
  type CheckedAllowList,
  type RuleOptions,
  type RuleSetting,
  type RuleTarget,
  type ValidatorStep,
  USUAL,
} from '../core/target.js';
import type { PortGroup } from '../core/views.js';
import { nftParts, quoted, setBlock, type Parts } from './nftables/nftables.js';

const ID = 'docker-nftables';
const OWN = `inet ${NFT_FORWARD}`;
const IDENTIFIER = /^[a-zA-Z][a-zA-Z0-9_.-]{0,62}$/;

const TABLE: RuleSetting = {
  name: 'table',
  title: 'your inet table that filters what is forwarded (allow mode)',
  default: 'inet filter',
  pattern: /^inet [a-zA-Z][a-zA-Z0-9_.-]{0,62}$/,
  guessed: true,
};
const CHAIN: RuleSetting = {
  name: 'chain',
  title: 'its chain on the forward hook (allow mode)',
  default: 'forward',
  pattern: IDENTIFIER,
  guessed: true,
};
/** `*` at the end stands for any rest. */
const BRIDGES: RuleSetting = {
  name: 'bridges',
  title: "Docker's bridges (enforce mode), comma-separated",
  default: 'docker0,br-*',
  pattern: /^[a-zA-Z][a-zA-Z0-9_.-]{0,13}\*?(?:,[a-zA-Z][a-zA-Z0-9_.-]{0,13}\*?){0,15}$/,
};

function setName(family: 4 | 6, group: PortGroup): string {
  return `${NFT_FORWARD}_d${String(family)}${group.suffix === '' ? '' : `_${group.suffix.replaceAll('-', '_')}`}`;
}

function partsFor(list: CheckedAllowList, options: RuleOptions): Parts {
  return nftParts(list, options, 'inet', setName);
}

function renderAllow(list: CheckedAllowList, options: RuleOptions): string {
  const table = options.settings[TABLE.name] ?? '';
  const { sets, allow, replies, dns } = partsFor(list, options);
  const lines = [
    ...sets.flatMap((set) => [
      `add set ${table} ${set.name} { type ${set.type}; flags interval, timeout; }`,
      `flush set ${table} ${set.name}`,
      `add element ${table} ${set.name} {\n${set.elements.map((element) => `\t${element}`).join(',\n')}\n}`,
    ]),
    `add chain ${table} ${NFT_FORWARD}`,
    `flush chain ${table} ${NFT_FORWARD}`,
    ...[...dns, ...allow, ...replies].map((rule) => `add rule ${table} ${NFT_FORWARD} ${rule}`),
  ];
  return `${lines.join('\n')}\n`;
}

function renderEnforce(list: CheckedAllowList, options: RuleOptions): string {
  const { sets, allow, dns } = partsFor(list, options);
  const bridges = (options.settings[BRIDGES.name] ?? '').split(',');
  const forward = [
    'type filter hook forward priority filter; policy accept;',
    `ct state established,related accept comment "${MARKER} established"`,
    ...bridges.map((bridge) => `iifname "${bridge}" jump out comment "${MARKER} containers"`),
  ];
  const out = [
    // Containers of one host among each other: Docker's own isolation decides.
    ...bridges.map((bridge) => `oifname "${bridge}" accept comment "${MARKER} between containers"`),
    ...dns,
    'jump allow',
    `meta l4proto tcp counter reject with tcp reset comment "${MARKER} deny"`,
    `counter reject with icmpx type admin-prohibited comment "${MARKER} deny"`,
  ];
  const chain = (name: string, rules: readonly string[]): string =>
    `\tchain ${name} {\n${rules.map((rule) => `\t\t${rule}\n`).join('')}\t}\n`;
  return (
    `table ${OWN}\ndelete table ${OWN}\ntable ${OWN} {\n` +
    `\tcomment ${quoted(`${MARKER} id=netdata-cloud rev=${revisionOf(list, options)}`)}\n` +
    sets.map((set) => setBlock(set, '\t')).join('') +
    `${chain('allow', allow)}${chain('out', out)}${chain('forward', forward)}}\n`
  );
}

/** Shell functions that print commands for one transaction. */
function drops(table: string, chain: string): string {
  return `drop_jumps() {
	nft -a list chain ${table} ${chain} 2>/dev/null |
		sed -n 's/.* comment "${MARKER} forward" # handle \\([0-9][0-9]*\\)$/delete rule ${table} ${chain} handle \\1/p'
}
drop_allowed() {
	drop_jumps
	for what in chain set; do
		nft list table ${table} 2>/dev/null |
			sed -n "s/^[[:space:]]*$what \\\\(${NFT_FORWARD}[0-9a-z_]*\\\\) {\\$/delete $what ${table} \\\\1/p"
	done
}
drop_enforced() {
	if nft list table ${OWN} >/dev/null 2>&1; then echo 'delete table ${OWN}'; fi
}
`;
}

function install(options: RuleOptions): string {
  const [table, chain] = [options.settings[TABLE.name] ?? '', options.settings[CHAIN.name] ?? ''];
  const functions = drops(table, chain);
  if (options.mode === 'enforce') return `${functions}{\n\tdrop_allowed\n\tcat "$dir/${MARKER}.nft"\n} | nft -f -\n`;
  return `${functions}nft list chain ${table} ${chain} >/dev/null || {
	echo "there is no chain ${chain} in table ${table}: name yours with --set table=... --set chain=..." >&2
	exit 1
}
{
	drop_enforced
	drop_jumps
	cat "$dir/${MARKER}.nft"
	echo 'insert rule ${table} ${chain} jump ${NFT_FORWARD} comment "${MARKER} forward"'
} | nft -f -
`;
}

export const dockerNftables: RuleTarget = {
  id: ID,
  title: 'Docker 29 and newer (nftables backend)',
  group: 'hosts',
  capabilities: { ...USUAL, matches: 'addresses', expiry: true, modes: ['allow', 'enforce'] },
  settings: [TABLE, CHAIN, BRIDGES],
  render(list, options) {
    const short = shortHeader(dockerNftables, list, options);
    const body = options.mode === 'enforce' ? renderEnforce(list, options) : renderAllow(list, options);
    const table = options.settings[TABLE.name] ?? '';
    const functions = drops(table, options.settings[CHAIN.name] ?? '');
    return [
      {
        name: `${MARKER}.nft`,
        content:
          `#!/usr/sbin/nft -f\n${header(dockerNftables, list, options)}` +
          `# For containers alone: the host itself is not meant (target nftables).\n${body}`,
        mode: 0o644,
      },
      script('install', ID, short, install(options)),
      script('uninstall', ID, short, `${functions}{\n\tdrop_allowed\n\tdrop_enforced\n} | nft -f -\n`),
    ];
  },
  validators: [
    {
      id: 'nft -c',
      needs: ['nft'],
      version: ['nft', '--version'],
      root: true,
      steps(files): ValidatorStep[] {
        const table = /^add chain (inet \S+) /m.exec(files[0]?.content ?? '')?.[1];
        const ground = table === undefined ? [] : [`add table ${table}\n`];
        return [
          ...ground.map((input) => ({ argv: ['nft', '-f', '-'], stdin: null, input, setup: true })),
          { argv: ['nft', '-c', '-f', `{file:${MARKER}.nft}`], stdin: null },
        ];
      },
    },
  ],
};
