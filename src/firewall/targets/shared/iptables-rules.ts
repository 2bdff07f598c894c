/**
 * iptables-restore text, shared by the targets iptables, ip6tables and ipset. Loaded with --noflush:
 * declaring a chain empties that chain and nothing else. Sources: docs/reference/firewall.md#iptables,
 * iptables-extensions(8).
 */
import type { Family } from '../../../model/observation.js';
import { keptFlows, wantsDns } from '../../core/keep.js';
import { revisionOf } from '../../core/header.js';
import { IPT_CHAIN, IPT_CHAIN_ENFORCE, IPT_CHAIN_IN, MADE_TABLE, MARKER } from '../../core/names.js';
import { safeComment } from '../../core/sanitise.js';
import { shellQuote } from '../../core/script.js';
import { keptSession, type CheckedAllowList, type RuleOptions, type ValidatorStep } from '../../core/target.js';
import { portGroups, remoteResolvers, type PortGroup } from '../../core/views.js';

/** The kernel keeps 255 bytes and cuts the rest silently. */
const COMMENT_MAX = 200;
/** xt_multiport holds 15 ports. */
const MULTIPORT_MAX = 15;

export function iptablesComment(text: string): string {
  return `-m comment --comment "${safeComment(`${MARKER} ${text}`, COMMENT_MAX)}"`;
}

export function portMatches(ports: readonly number[], side: 'd' | 's'): string[] {
  if (ports.length === 1) return [`-m tcp --${side}port ${String(ports[0])}`];
  const chunks: string[] = [];
  for (let i = 0; i < ports.length; i += MULTIPORT_MAX)
    chunks.push(`-m multiport --${side}ports ${ports.slice(i, i + MULTIPORT_MAX).join(',')}`);
  return chunks;
}

/** How the destinations of a group are matched, one entry per rule. */
interface Match {
  readonly out: string;
  readonly back: string;
  readonly names: string;
}

function matches(group: PortGroup, family: 4 | 6, setName: ((group: PortGroup) => string) | null): Match[] {
  const endpoints = family === 4 ? group.v4 : group.v6;
  if (endpoints.length === 0) return [];
  if (setName !== null) {
    const name = setName(group);
    return [{ out: `-m set --match-set ${name} dst`, back: `-m set --match-set ${name} src`, names: 'set' }];
  }
  return endpoints.map((endpoint) => ({
    out: `-d ${endpoint.cidr}`,
    back: `-s ${endpoint.cidr}`,
    names: endpoint.names.join(' '),
  }));
}

/** Chains that the accepts go into. */
interface Chains {
  readonly out: string;
  /** For replies; the same as `out` where one hook sees both directions. */
  readonly back: string;
  /** Match on the way out, with its final blank; a forwarded packet has no account and no neighbours to discover. */
  readonly forwarded: string | null;
}

const HOST_CHAINS: Chains = { out: IPT_CHAIN, back: IPT_CHAIN_IN, forwarded: null };

/** Rules of one family, with the final newline that iptables-legacy insists on. */
export function iptablesRules(
  list: CheckedAllowList,
  options: RuleOptions,
  family: 4 | 6,
  setName: ((group: PortGroup) => string) | null,
  into: Chains = HOST_CHAINS,
): string {
  const from = into.forwarded ?? '';
  const rev = `rev=${revisionOf(list, options)}`;
  const enforce = options.mode === 'enforce';
  const out: string[] = [];
  const back: string[] = [];
  const nd = (types: readonly string[], chain: string): string[] =>
    types.map(
      (type) =>
        `-A ${chain} -p ipv6-icmp -m icmp6 --icmpv6-type ${type} ${iptablesComment('neighbour discovery')} -j ACCEPT`,
    );
  const groups = portGroups(list, options);
  if (!enforce && into.forwarded === null && family === 6 && groups.some((group) => group.v6.length > 0)) {
    out.push(...nd(['135', '136'], into.out));
    back.push(...nd(['135', '136'], into.back));
  }
  if (wantsDns(options))
    for (const resolver of remoteResolvers(list, family))
      for (const protocol of ['udp', 'tcp']) {
        out.push(
          `-A ${into.out} ${from}-d ${resolver} -p ${protocol} -m ${protocol} --dport 53 ${iptablesComment('dns')} -j ACCEPT`,
        );
        back.push(
          `-A ${into.back} -s ${resolver} -p ${protocol} -m ${protocol} --sport 53 -m conntrack --ctstate ESTABLISHED ${iptablesComment('dns replies')} -j ACCEPT`,
        );
      }
  for (const group of groups)
    for (const match of matches(group, family, setName)) {
      for (const ports of portMatches(group.ports, 'd')) {
        const rule = (extra: string): string =>
          `-A ${into.out} ${from}${match.out} -p tcp ${ports} ${extra}${iptablesComment(`${rev} ${match.names}`)} -j ACCEPT`;
        if (options.user === null) out.push(rule(''));
        else
          // The last packets of a connection have no socket any more, hence no owner: they follow its state.
          out.push(rule('-m conntrack --ctstate ESTABLISHED '), rule(`-m owner --uid-owner ${options.user} `));
      }
      for (const ports of portMatches(group.ports, 's'))
        back.push(
          `-A ${into.back} ${match.back} -p tcp ${ports} -m conntrack --ctstate ESTABLISHED ${iptablesComment('replies')} -j ACCEPT`,
        );
    }
  // Routers answer too: without "packet too big" a path of less than 1500 bytes swallows every full segment.
  if (back.some((rule) => rule.includes(' -p tcp ')))
    back.push(
      `-A ${into.back} -p ${family === 4 ? 'icmp' : 'ipv6-icmp'} -m conntrack --ctstate RELATED ${iptablesComment('errors on the way')} -j ACCEPT`,
    );
  const session = keptSession(options);
  const tail = enforce
    ? [
        `-A ${IPT_CHAIN_ENFORCE} -o lo ${iptablesComment('loopback')} -j ACCEPT`,
        `-A ${IPT_CHAIN_ENFORCE} -m conntrack --ctstate RELATED,ESTABLISHED ${iptablesComment('established')} -j ACCEPT`,
        ...(family === 6 ? nd(['133', '135', '136', '143'], IPT_CHAIN_ENFORCE) : []),
        ...(session !== null && session.peer.includes(':') === (family === 6)
          ? [
              `-A ${IPT_CHAIN_ENFORCE} -d ${session.peer} -p tcp -m tcp --sport ${String(session.port)} ${iptablesComment('session of the operator')} -j ACCEPT`,
            ]
          : []),
        ...keptFlows(options, family).map(
          ({ what, protocol, address, sourcePort, port }) =>
            `-A ${IPT_CHAIN_ENFORCE} ${address === null ? '' : `-d ${address}/${family === 4 ? '32' : '128'} `}-p ${protocol} -m ${protocol} ` +
            `${sourcePort === null ? '' : `--sport ${String(sourcePort)} `}--dport ${String(port)} ${iptablesComment(`keep ${what}`)} -j ACCEPT`,
        ),
        `-A ${IPT_CHAIN_ENFORCE} -j ${IPT_CHAIN}`,
        `-A ${IPT_CHAIN_ENFORCE} -p tcp ${iptablesComment('deny')} -j REJECT --reject-with tcp-reset`,
        `-A ${IPT_CHAIN_ENFORCE} ${iptablesComment('deny')} -j REJECT --reject-with ${family === 4 ? 'icmp-admin-prohibited' : 'icmp6-adm-prohibited'}`,
      ]
    : [];
  const chains = [...new Set([into.out, into.back]), ...(enforce ? [IPT_CHAIN_ENFORCE] : [])];
  return `*filter\n${[...chains.map((chain) => `:${chain} - [0:0]`), ...out, ...back, ...tail].join('\n')}\nCOMMIT\n`;
}

/** Shell variables for the programs: `IPTABLES=iptables-legacy sh …` chooses the backend. */
const PROGRAMS = `ipt4=\${IPTABLES:-iptables}\nipt6=\${IP6TABLES:-ip6tables}\n`;

/**
 * The nft backend makes the table `filter` and its built-in chains with the first rule that needs them, and never takes
 * them away (iptables(8)). What was not there is marked, and goes with our last rule, unless somebody has put something
 * into it since. A line of such a table or chain that holds nothing of anybody:
 */
export const BARE_LINE =
  '^table |^[[:space:]]*(comment |}$|$|chain (INPUT|FORWARD|OUTPUT) )|^[[:space:]]*type filter hook .* policy accept;$';

/** Built-in chains that we jump from. */
export const JUMPED = ['INPUT', 'OUTPUT'] as const;

const TABLES = `nft_backend() {
	"$1" -V 2>/dev/null | grep -q nf_tables && command -v nft >/dev/null 2>&1
}
`;

const CLAIM_TABLE = `${TABLES}claim_table() {
	nft_backend "$1" || return 0
	nft list table "$2" filter >/dev/null 2>&1 ||
		nft "add table $2 filter { comment \\"${MADE_TABLE}\\"; }" 2>/dev/null || :
	for hook in ${JUMPED.map((chain) => chain.toLowerCase()).join(' ')}; do
		chain=$(printf %s "$hook" | tr a-z A-Z)
		nft list chain "$2" filter "$chain" >/dev/null 2>&1 ||
			nft "add chain $2 filter $chain { type filter hook $hook priority 0; policy accept; comment \\"${MADE_TABLE}\\"; }" 2>/dev/null || :
	done
}
`;

const GIVE_BACK = `${TABLES}bare() {
	case $1 in *'comment "${MADE_TABLE}"'*) ;; *) return 1 ;; esac
	! printf '%s\\n' "$1" | grep -qvE '${BARE_LINE}'
}
give_back() {
	nft_backend "$1" || return 0
	table=$(nft list table "$2" filter 2>/dev/null) || return 0
	case $table in 'table '*' {
	comment "${MADE_TABLE}"'*)
		if bare "$table"; then
			nft delete table "$2" filter
			return 0
		fi ;;
	esac
	for chain in ${JUMPED.join(' ')}; do
		if bare "$(nft list chain "$2" filter "$chain" 2>/dev/null)"; then nft delete chain "$2" filter "$chain"; fi
	done
}
`;

/** Jumps that we put into the built-in chains. */
function iptablesJumps(options: Pick<RuleOptions, 'mode'>): readonly (readonly [chain: string, to: string])[] {
  return [
    ['OUTPUT', options.mode === 'enforce' ? IPT_CHAIN_ENFORCE : IPT_CHAIN],
    ['INPUT', IPT_CHAIN_IN],
  ];
}

export function installLines(options: RuleOptions, families: readonly Family[]): string {
  const jumps = iptablesJumps(options);
  return (
    PROGRAMS +
    CLAIM_TABLE +
    `jump() {\n\t"$1" -w -C "$2" -m comment --comment ${shellQuote(MARKER)} -j "$3" 2>/dev/null ||\n` +
    `\t\t"$1" -w -I "$2" 1 -m comment --comment ${shellQuote(MARKER)} -j "$3"\n}\n` +
    families
      .map(
        (family) =>
          `claim_table "$ipt${String(family)}" ip${family === 6 ? '6' : ''}\n` +
          `"$ipt${String(family)}-restore" -w --noflush <"$dir/${MARKER}.v${String(family)}.rules"\n` +
          jumps.map(([chain, to]) => `jump "$ipt${String(family)}" ${chain} ${to}\n`).join('') +
          otherMode(options, family),
      )
      .join('')
  );
}

/** The jump (and chain) of the other mode must not stay: enforce would go on enforcing. */
function otherMode(options: Pick<RuleOptions, 'mode'>, family: Family): string {
  const ipt = `"$ipt${String(family)}"`;
  const drop = (to: string): string =>
    `while ${ipt} -w -D OUTPUT -m comment --comment ${shellQuote(MARKER)} -j ${to} 2>/dev/null; do :; done\n`;
  if (options.mode === 'enforce') return drop(IPT_CHAIN);
  return `${drop(IPT_CHAIN_ENFORCE)}if ${ipt} -w -n -L ${IPT_CHAIN_ENFORCE} >/dev/null 2>&1; then\n\t${ipt} -w -F ${IPT_CHAIN_ENFORCE}\n\t${ipt} -w -X ${IPT_CHAIN_ENFORCE}\nfi\n`;
}

export function uninstallLines(families: readonly Family[]): string {
  return (
    PROGRAMS +
    GIVE_BACK +
    `remove() {\n\tfor to in ${IPT_CHAIN_ENFORCE} ${IPT_CHAIN} ${IPT_CHAIN_IN}; do\n\t\tfor chain in OUTPUT INPUT; do\n` +
    `\t\t\twhile "$1" -w -D "$chain" -m comment --comment ${shellQuote(MARKER)} -j "$to" 2>/dev/null; do :; done\n\t\tdone\n\tdone\n` +
    `\tfor chain in ${IPT_CHAIN_ENFORCE} ${IPT_CHAIN} ${IPT_CHAIN_IN}; do\n` +
    `\t\tif "$1" -w -n -L "$chain" >/dev/null 2>&1; then "$1" -w -F "$chain"; fi\n\tdone\n` +
    `\tfor chain in ${IPT_CHAIN_ENFORCE} ${IPT_CHAIN} ${IPT_CHAIN_IN}; do\n` +
    `\t\tif "$1" -w -n -L "$chain" >/dev/null 2>&1; then "$1" -w -X "$chain"; fi\n\tdone\n}\n` +
    families
      .map(
        (family) => `remove "$ipt${String(family)}"\ngive_back "$ipt${String(family)}" ip${family === 6 ? '6' : ''}\n`,
      )
      .join('')
  );
}

/** `iptables-nft-restore --test` and the same for legacy: they do not agree, so both are asked. */
export function iptablesValidators(
  families: readonly Family[],
  before: readonly ValidatorStep[] = [],
): {
  id: string;
  needs: string[];
  version: string[];
  root: boolean;
  steps: () => ValidatorStep[];
}[] {
  return (['nft', 'legacy'] as const).map((backend) => ({
    id: `${families.map((family) => `ip${family === 6 ? '6' : ''}tables`).join('/')}-${backend}-restore --test`,
    needs: [
      ...before.map((step) => step.argv[0] ?? ''),
      ...families.map((f) => `ip${f === 6 ? '6' : ''}tables-${backend}-restore`),
    ],
    version: [`ip${families[0] === 6 ? '6' : ''}tables-${backend}`, '--version'],
    root: true,
    steps: () => [
      ...before,
      ...families.map((family) => ({
        argv: [`ip${family === 6 ? '6' : ''}tables-${backend}-restore`, '--test', '--noflush'],
        stdin: `${MARKER}.v${String(family)}.rules`,
      })),
    ],
  }));
}
