/** What every verb that touches the host's firewall checks first. */
import { UsageError } from '../../model/errors.js';
import { detectManagers, type Detection } from '../../firewall/live/detect.js';
import type { Applier, ApplyContext } from '../../firewall/live/applier.js';
import { hostRunner, type CommandRunner } from '../../firewall/live/runner.js';
import { completeOptions, type RuleRequest } from '../../firewall/render.js';
import type { RuleTarget } from '../../firewall/target.js';
import { packageVersion } from '../version.js';
import type { RulesRequest } from './options.js';

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

/** The part of a request that rendering takes. */
export function renderRequest(request: RulesRequest): RuleRequest {
  return {
    mode: request.mode,
    user: request.user,
    dns: request.dns,
    onStale: request.onStale,
    ...(request.families === null ? {} : { families: request.families }),
    settings: request.settings,
    toolVersion: packageVersion(),
  };
}

function backendOf(flag: string | undefined): 'nft' | 'legacy' | null {
  if (flag === undefined || flag === 'nft' || flag === 'legacy') return flag ?? null;
  throw new UsageError(`--backend takes nft or legacy, not ${JSON.stringify(flag.slice(0, 40))}`);
}

/** iptables on a host with rules in both backends: which one is meant, only the operator knows. */
export async function liveContext(
  target: RuleTarget,
  applier: Applier,
  request: RulesRequest,
  flags: LiveFlags,
  runner: CommandRunner = hostRunner,
): Promise<{ readonly context: ApplyContext; readonly detection: Detection }> {
  for (const program of applier.needs)
    if ((await runner.which(program)) === null) throw new UsageError(`${target.id}: ${program} is not installed here`);
  const detection = await detectManagers(runner);
  const usesIptables = ['iptables', 'ip6tables', 'ipset'].includes(target.id);
  const asked = backendOf(flags.backend);
  if (asked !== null && !usesIptables) throw new UsageError('--backend is for iptables, ip6tables and ipset');
  if (usesIptables && asked === null && detection.mixedBackends)
    throw new UsageError('both backends of iptables hold rules on this host; say which one is meant with --backend');
  const backend = usesIptables ? (asked ?? detection.backend) : null;
  return { context: { runner, backend, options: completeOptions(target, renderRequest(request)) }, detection };
}
