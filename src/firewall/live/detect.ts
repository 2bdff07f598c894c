/** Which firewall manager runs this host, from what it left in the kernel and says of itself. Never a guess. */
import { RETIRED_ADDRESSES, type KnownAddress } from '../../catalog/known-addresses.js';
import type { CommandRunner } from './runner.js';
import { isUnconditional, parseNft, ruleVerdict, type NftChain, type NftRuleset } from './nftables/json.js';
import { NFT_TABLE } from '../core/names.js';

interface DetectedManager {
  readonly id:
    'ufw' | 'firewalld' | 'firehol' | 'shorewall' | 'nftables' | 'iptables-nft' | 'iptables-legacy' | 'docker';
  /** In charge of the kernel interface that it uses, that interface itself, or neither. */
  readonly role: 'front_end' | 'kernel' | 'bystander';
  /** How we know, our words. */
  readonly evidence: string;
}

/** A chain of nftables on the output hook that is nobody's but the administrator's. */
interface EgressChain {
  /** `inet filter`. */
  readonly table: string;
  readonly chain: string;
  /** Chain of the same table on the input hook, or null. */
  readonly input: string | null;
  /** Stops whatever it does not accept; stops some packets; stops none by itself. */
  readonly denies: 'rest' | 'some' | null;
}

export interface Detection {
  readonly managers: readonly DetectedManager[];
  /** Both iptables backends hold rules: each packet passes both. */
  readonly mixedBackends: boolean;
  /** Rule target that fits this host; null when nothing filters or it is not clear. */
  readonly suggestion: string | null;
  /** Backend that holds the iptables rules, when exactly one does. */
  readonly backend: 'nft' | 'legacy' | null;
  readonly egressChains: readonly EgressChain[];
  /** Addresses that the cloud left long ago and that a rule of whoever still names: somebody else may have them now. */
  readonly retired: readonly KnownAddress[];
  /** Programs that could not be asked. */
  readonly notChecked: readonly string[];
}

/**
 * iptables-nft keeps its base chains in tables of fixed names (iptables(8)); firewalld has a table of its own. A chain
 * in any other table is the administrator's, whatever it is called.
 */
function isManaged(chain: { readonly table: string; readonly name: string }): boolean {
  return (
    (/^ip6? (?:filter|nat|mangle|raw|security)$/.test(chain.table) &&
      /^(?:PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/.test(chain.name)) ||
    chain.table === 'inet firewalld' ||
    chain.table === `inet ${NFT_TABLE}`
  );
}

function egressChainsOf(rules: NftRuleset): EgressChain[] {
  const free = rules.chains.filter((chain) => /^(?:inet|ip6?) /.test(chain.table) && !isManaged(chain));
  return free
    .filter((chain) => chain.hook === 'output')
    .map((chain) => ({
      table: chain.table,
      chain: chain.name,
      input: free.find((row) => row.table === chain.table && row.hook === 'input')?.name ?? null,
      denies: deniedBy(chain),
    }));
}

function deniedBy({ policy, rules }: NftChain): EgressChain['denies'] {
  const stopping = rules.filter((rule) => /^(?:drop|reject)$/.test(ruleVerdict(rule) ?? ''));
  if (policy === 'drop' || stopping.some(isUnconditional)) return 'rest';
  return stopping.length > 0 ? 'some' : null;
}

/** Tables of the legacy backend that this network namespace has; asking iptables-legacy itself would make them. */
export const LEGACY_TABLES = { 4: '/proc/net/ip_tables_names', 6: '/proc/net/ip6_tables_names' } as const;

/** False also where the kernel has no such tables at all. */
export async function legacyLoaded(runner: CommandRunner, names: string): Promise<boolean> {
  const { code, stdout } = await runner.run(['cat', names], { timeoutMs: 10_000 });
  return code === 0 && stdout.trim() !== '';
}

/** Rules of one backend: both families, as -save prints them; null when it cannot be asked. */
async function savedRules(runner: CommandRunner, backend: 'nft' | 'legacy'): Promise<string[] | null> {
  const lines: string[] = [];
  let asked = false;
  for (const [program, names] of [
    [`iptables-${backend}-save`, LEGACY_TABLES[4]],
    [`ip6tables-${backend}-save`, LEGACY_TABLES[6]],
  ] as const) {
    if (backend === 'legacy' && !(await legacyLoaded(runner, names))) continue;
    const result = await runner.run([program], { timeoutMs: 10_000 });
    if (result.code !== 0) continue;
    asked = true;
    lines.push(...result.stdout.split('\n'));
  }
  // A policy other than ACCEPT counts as a rule.
  return asked ? lines.filter((line) => line.startsWith('-A ') || /^:\S+ DROP/.test(line)) : null;
}

function rulesIn(backend: 'nft' | 'legacy', rules: readonly string[] | null): string {
  const count = rules?.length ?? 0;
  return `${String(count)} ${count === 1 ? 'rule' : 'rules'} in the ${backend} backend of iptables`;
}

function retiredIn(texts: readonly string[]): KnownAddress[] {
  const names = (text: string, address: string): boolean =>
    new RegExp(`(?<![\\d.])${address.replaceAll('.', '\\.')}(?![\\d.])`).test(text);
  return RETIRED_ADDRESSES.filter(({ address }) => texts.some((text) => names(text, address)));
}

/** Asks every manager that is installed. Needs root; what cannot be asked is named. */
export async function detectManagers(runner: CommandRunner): Promise<Detection> {
  const managers: DetectedManager[] = [];
  const notChecked: string[] = [];
  const ask = async (argv: readonly string[]): Promise<string | null> => {
    if ((await runner.which(argv[0] ?? '')) === null) return null;
    const result = await runner.run(argv, { timeoutMs: 10_000 });
    if (result.code === 0) return result.stdout;
    if (/permission|not permitted|root/i.test(result.stderr)) notChecked.push(`${argv.join(' ')}: not permitted`);
    return null;
  };
  const [ufw, firewalld, nft, sets, nftSaved, legacySaved] = await Promise.all([
    ask(['ufw', 'status']),
    ask(['firewall-cmd', '--state']),
    ask(['nft', '-j', 'list', 'ruleset']),
    ask(['ipset', 'save']),
    savedRules(runner, 'nft'),
    savedRules(runner, 'legacy'),
  ]);
  if (ufw !== null && /^Status: active/m.test(ufw))
    managers.push({ id: 'ufw', role: 'front_end', evidence: 'ufw status: active' });
  if (firewalld?.startsWith('running') === true)
    managers.push({ id: 'firewalld', role: 'front_end', evidence: 'firewall-cmd --state: running' });
  const saved = [...(nftSaved ?? []), ...(legacySaved ?? [])];
  const has = (pattern: RegExp): boolean => saved.some((line) => pattern.test(line));
  if (has(/^-A SMART_REJECT |--log-prefix "'?DROP UNMATCHED /))
    managers.push({ id: 'firehol', role: 'front_end', evidence: 'chains of FireHOL are loaded' });
  if (has(/^-A (?:fw2net|fw-net|shorewall|sfilter|dynamic)\b/))
    managers.push({ id: 'shorewall', role: 'front_end', evidence: 'chains of Shorewall are loaded' });
  if (has(/^-A DOCKER-(?:USER|FORWARD|ISOLATION)/))
    managers.push({
      id: 'docker',
      role: 'bystander',
      evidence: 'chains of Docker are loaded (container traffic is forwarded, OUTPUT does not see it)',
    });
  const ruleset = nft === null ? null : parseNft(nft);
  const native = (ruleset?.chains ?? []).filter((chain) => chain.hook !== null && !isManaged(chain));
  const tables = [...new Set(native.map((chain) => chain.table))];
  if (tables.length > 0)
    managers.push({
      id: 'nftables',
      role: 'kernel',
      evidence: `${tables.length === 1 ? 'table' : 'tables'} ${tables.join(', ')}`,
    });
  const usesNft = (nftSaved?.length ?? 0) > 0;
  const usesLegacy = (legacySaved?.length ?? 0) > 0;
  if (usesNft) managers.push({ id: 'iptables-nft', role: 'kernel', evidence: rulesIn('nft', nftSaved) });
  if (usesLegacy)
    managers.push({
      id: 'iptables-legacy',
      role: 'kernel',
      evidence: rulesIn('legacy', legacySaved),
    });
  return {
    managers,
    mixedBackends: usesNft && usesLegacy,
    suggestion: suggest(managers),
    backend: usesNft === usesLegacy ? null : usesNft ? 'nft' : 'legacy',
    egressChains: ruleset === null ? [] : egressChainsOf(ruleset),
    retired: retiredIn([nft ?? '', sets ?? '', ...saved]),
    notChecked,
  };
}

/** The front end that is in charge, if there is exactly one; null otherwise. */
function frontEndOf({ managers }: Pick<Detection, 'managers'>): DetectedManager | null {
  const fronts = managers.filter((manager) => manager.role === 'front_end');
  return fronts.length === 1 ? (fronts[0] ?? null) : null;
}

/** A front end that is in charge comes before the kernel interface that it uses. */
function suggest(managers: readonly DetectedManager[]): string | null {
  if (managers.some((manager) => manager.role === 'front_end')) return frontEndOf({ managers })?.id ?? null;
  const [kernel, other] = managers.filter((manager) => manager.role === 'kernel');
  if (kernel === undefined || other !== undefined) return null;
  return kernel.id === 'nftables' ? 'nftables' : 'iptables';
}
