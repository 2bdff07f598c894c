/** What every verb that touches the host's firewall checks first. */
import { UsageError } from '../../model/errors.js';
import { detectManagers, type Detection } from '../../firewall/live/detect.js';
import { LiveError, type Applier, type ApplyContext } from '../../firewall/live/applier.js';
import { findApplier } from '../../firewall/live/appliers/registry.js';
import { findTarget } from '../../firewall/registry.js';
import { hostRunner, type CommandRunner } from '../../firewall/live/runner.js';
import { completeOptions } from '../../firewall/render.js';
import type { RuleTarget } from '../../firewall/target.js';
import { renderRequest, type RulesRequest } from './options.js';

export interface LiveFlags {
  readonly stateDir?: string;
  readonly backend?: string;
  readonly confirmTimeout?: string;
  readonly keepSession?: boolean;
  readonly json?: boolean;
}

export const STATE_DIR = '/var/lib/netdata-egress';

export function stateDirOf(flags: LiveFlags): string {
  const dir = flags.stateDir ?? STATE_DIR;
  if (!dir.startsWith('/')) throw new UsageError('--state-dir takes an absolute path');
  return dir;
}

export function requireRoot(verb: string): void {
  if (process.platform !== 'linux') throw new UsageError(`rules ${verb} works on Linux only`);
  if (process.getuid?.() !== 0)
    throw new UsageError(`rules ${verb} reads and changes the host's firewall: run it as root`);
}

function backendOf(flag: string | undefined): 'nft' | 'legacy' | null {
  if (flag === undefined || flag === 'nft' || flag === 'legacy') return flag ?? null;
  throw new UsageError(`--backend takes nft or legacy, not ${JSON.stringify(flag.slice(0, 40))}`);
}

/**
 * Where on this host nftables rules of mode allow belong, unless told: the one chain that denies what leaves. Two
 * chains of one family each judge the packet again, so an accept in one would not do: that is said, not guessed.
 */
function settleChain(target: RuleTarget, request: RulesRequest, detection: Detection): RulesRequest {
  const told = Object.hasOwn(request.settings, 'table') || Object.hasOwn(request.settings, 'chain');
  if (target.id !== 'nftables' || request.mode !== 'allow' || told) return request;
  const denying = detection.egressChains.filter((chain) => chain.denies);
  const pool = denying.length > 0 ? denying : detection.egressChains;
  const [first, second] = pool;
  if (first === undefined) return request;
  const settled = (table: string): RulesRequest => ({
    ...request,
    settings: { ...request.settings, table, chain: first.chain, 'input-chain': first.input ?? 'input' },
  });
  if (second === undefined) return settled(first.table);
  const pair = [first, second].toSorted((a, b) => (a.table < b.table ? -1 : 1));
  const split = pair[0]?.table.startsWith('ip ') === true && pair[1]?.table.startsWith('ip6 ') === true;
  if (pool.length === 2 && split && first.chain === second.chain && first.input === second.input)
    return settled(pair.map((row) => row.table).join('+'));
  const names = pool.map((row) => `${row.table} ${row.chain}`).join(', ');
  throw new UsageError(
    `several chains judge what leaves this host (${names}): say where the rules go with --set table=… --set chain=…, and look at rules status afterwards`,
  );
}

/** What a verb works with: the request as this host needs it, and the means to carry it out. */
export interface LiveSetting {
  readonly request: RulesRequest;
  readonly context: ApplyContext;
  readonly detection: Detection;
}

/** iptables on a host with rules in both backends: which one is meant, only the operator knows. */
export async function liveContext(
  target: RuleTarget,
  applier: Applier,
  asked: RulesRequest,
  flags: LiveFlags,
  runner: CommandRunner = hostRunner,
): Promise<LiveSetting> {
  for (const program of applier.needs)
    if ((await runner.which(program)) === null) throw new UsageError(`${target.id}: ${program} is not installed here`);
  const detection = await detectManagers(runner);
  const usesIptables = ['iptables', 'ip6tables', 'ipset'].includes(target.id);
  const flag = backendOf(flags.backend);
  if (flag !== null && !usesIptables) throw new UsageError('--backend is for iptables, ip6tables and ipset');
  if (usesIptables && flag === null && detection.mixedBackends)
    throw new UsageError('both backends of iptables hold rules on this host; say which one is meant with --backend');
  const backend = usesIptables ? (flag ?? detection.backend) : null;
  const request = settleChain(target, asked, detection);
  const options = completeOptions(target, renderRequest(request));
  return { request, context: { runner, backend, options }, detection };
}

/** Is anything of ours loaded for this target? null = it cannot be asked here (not installed, backend unclear). */
export async function lookFor(
  id: string,
  request: RulesRequest,
  backend: 'nft' | 'legacy' | null = null,
): Promise<boolean | null> {
  try {
    const { context } = await liveContext(
      findTarget(id),
      findApplier(id),
      request,
      backend === null ? {} : { backend },
    );
    return (await findApplier(id).read(context)).present;
  } catch (error) {
    if (error instanceof UsageError || error instanceof LiveError) return null;
    throw error;
  }
}
