/** Which firewall manager runs this host, from what it left in the kernel and says of itself. Never a guess. */
import type { CommandRunner } from './runner.js';
import { parseNft } from './appliers/nft-json.js';

export interface Manager {
  readonly id:
    'ufw' | 'firewalld' | 'firehol' | 'shorewall' | 'nftables' | 'iptables-nft' | 'iptables-legacy' | 'docker';
  /** How we know, our words. */
  readonly evidence: string;
}

export interface Detection {
  readonly managers: readonly Manager[];
  /** Both iptables backends hold rules: each packet passes both. */
  readonly mixedBackends: boolean;
  /** Rule target that fits this host; null when nothing filters or it is not clear. */
  readonly suggestion: string | null;
  /** Backend that holds the iptables rules, when exactly one does. */
  readonly backend: 'nft' | 'legacy' | null;
  /** Programs that could not be asked. */
  readonly notChecked: readonly string[];
}

/** Rules of one backend: both families, as -save prints them; null when it cannot be asked. */
async function savedRules(runner: CommandRunner, backend: 'nft' | 'legacy'): Promise<string[] | null> {
  const lines: string[] = [];
  let asked = false;
  for (const program of [`iptables-${backend}-save`, `ip6tables-${backend}-save`]) {
    const result = await runner.run([program], { timeoutMs: 10_000 });
    if (result.code !== 0) continue;
    asked = true;
    lines.push(...result.stdout.split('\n'));
  }
  // A policy other than ACCEPT counts as a rule.
  return asked ? lines.filter((line) => line.startsWith('-A ') || /^:\S+ DROP/.test(line)) : null;
}

/** Asks every manager that is installed. Needs root; what cannot be asked is named. */
export async function detectManagers(runner: CommandRunner): Promise<Detection> {
  const managers: Manager[] = [];
  const notChecked: string[] = [];
  const ask = async (argv: readonly string[]): Promise<string | null> => {
    if ((await runner.which(argv[0] ?? '')) === null) return null;
    const result = await runner.run(argv, { timeoutMs: 10_000 });
    if (result.code === 0) return result.stdout;
    if (/permission|not permitted|root/i.test(result.stderr)) notChecked.push(`${argv.join(' ')}: not permitted`);
    return null;
  };
  const [ufw, firewalld, nft, nftSaved, legacySaved] = await Promise.all([
    ask(['ufw', 'status']),
    ask(['firewall-cmd', '--state']),
    ask(['nft', '-j', 'list', 'ruleset']),
    savedRules(runner, 'nft'),
    savedRules(runner, 'legacy'),
  ]);
  if (ufw !== null && /^Status: active/m.test(ufw)) managers.push({ id: 'ufw', evidence: 'ufw status: active' });
  if (firewalld?.startsWith('running') === true)
    managers.push({ id: 'firewalld', evidence: 'firewall-cmd --state: running' });
  const saved = [...(nftSaved ?? []), ...(legacySaved ?? [])];
  const has = (pattern: RegExp): boolean => saved.some((line) => pattern.test(line));
  if (has(/^-A (?:in|out)_\w+.*FIREHOL|^-A \w*firehol/i))
    managers.push({ id: 'firehol', evidence: 'chains of FireHOL are loaded' });
  if (has(/^-A (?:fw2net|fw-net|shorewall|sfilter|dynamic)\b/))
    managers.push({ id: 'shorewall', evidence: 'chains of Shorewall are loaded' });
  if (has(/^-A DOCKER-(?:USER|FORWARD|ISOLATION)/))
    managers.push({
      id: 'docker',
      evidence: 'chains of Docker are loaded (container traffic is forwarded, OUTPUT does not see it)',
    });
  const ruleset = nft === null ? null : parseNft(nft);
  const native = (ruleset?.chains ?? []).filter(
    // iptables-nft keeps its chains in tables ip and ip6, in upper case.
    (chain) => chain.hook !== null && !(/^ip6? /.test(chain.table) && chain.name === chain.name.toUpperCase()),
  );
  const tables = [...new Set(native.map((chain) => chain.table))].filter((table) => table !== 'inet firewalld');
  if (tables.length > 0) managers.push({ id: 'nftables', evidence: `nftables tables ${tables.join(', ')}` });
  const usesNft = (nftSaved?.length ?? 0) > 0;
  const usesLegacy = (legacySaved?.length ?? 0) > 0;
  if (usesNft)
    managers.push({ id: 'iptables-nft', evidence: `${String(nftSaved?.length)} rules in the nft backend of iptables` });
  if (usesLegacy)
    managers.push({
      id: 'iptables-legacy',
      evidence: `${String(legacySaved?.length)} rules in the legacy backend of iptables`,
    });
  return {
    managers,
    mixedBackends: usesNft && usesLegacy,
    suggestion: suggest(managers),
    backend: usesNft === usesLegacy ? null : usesNft ? 'nft' : 'legacy',
    notChecked,
  };
}

/** A front end that is in charge comes before the kernel interface that it uses. */
function suggest(managers: readonly Manager[]): string | null {
  const ids = managers.map((manager) => manager.id);
  const front = (['ufw', 'firewalld', 'firehol', 'shorewall'] as const).filter((id) => ids.includes(id));
  if (front.length === 1) return front[0] ?? null;
  if (front.length > 1) return null;
  const kernel = [ids.includes('nftables'), ids.includes('iptables-nft'), ids.includes('iptables-legacy')];
  if (kernel.filter(Boolean).length !== 1) return null;
  return ids.includes('nftables') ? 'nftables' : 'iptables';
}
