/** What every verb that touches the host's firewall checks first. */
import { UsageError } from '../../model/errors.js';
import { detectManagers, type Detection } from '../../firewall/live/detect.js';
import { LiveError, type ApplyContext, type FirewallManager, type LiveState } from '../../firewall/live/manager.js';
import { findManager, MANAGERS } from '../../firewall/live/managers.js';
import { findTarget } from '../../firewall/registry.js';
import { hostRunner, type CommandRunner } from '../../firewall/live/runner.js';
import { completeOptions } from '../../firewall/render.js';
import type { RuleTarget } from '../../firewall/core/target.js';
import { renderRequest, type RulesRequest } from './options.js';

export interface LiveFlags {
  readonly stateDir?: string;
  readonly backend?: 'nft' | 'legacy';
  readonly confirmTimeout?: string;
  readonly keepSession?: boolean;
  readonly dryRun?: boolean;
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

/** What a verb works with: the request as this host needs it, and the means to carry it out. */
export interface LiveSetting {
  readonly request: RulesRequest;
  readonly context: ApplyContext;
  readonly detection: Detection;
}

/** Asks as the firewall's own programs ask, accounts of a directory included; a number is always taken. */
export async function isMissingUser(user: string, runner: CommandRunner = hostRunner): Promise<boolean> {
  return !/^\d+$/.test(user) && (await runner.run(['id', '-u', '--', user])).code === 1;
}

/** iptables on a host with rules in both backends: which one is meant, only the operator knows. */
export async function liveContext(
  target: RuleTarget,
  manager: FirewallManager,
  asked: RulesRequest,
  flags: LiveFlags,
  runner: CommandRunner = hostRunner,
): Promise<LiveSetting> {
  for (const program of manager.needs)
    if ((await runner.which(program)) === null) throw new UsageError(`${target.id}: ${program} is not installed here`);
  if (asked.user !== null && (await isMissingUser(asked.user, runner)))
    throw new UsageError(`--user: there is no user ${JSON.stringify(asked.user.slice(0, 40))} on this host`);
  const detection = await detectManagers(runner);
  const { hasBackends } = manager;
  const flag = flags.backend ?? null;
  if (flag !== null && !hasBackends)
    throw new UsageError(
      `--backend is for ${MANAGERS.filter((row) => row.hasBackends)
        .map((row) => row.target)
        .join(', ')}`,
    );
  if (hasBackends && flag === null && detection.mixedBackends)
    throw new UsageError('both backends of iptables hold rules on this host; say which one is meant with --backend');
  const backend = hasBackends ? (flag ?? detection.backend) : null;
  const request = { ...asked, settings: manager.place?.(asked, detection) ?? asked.settings };
  const options = completeOptions(target, renderRequest(request));
  return { request, context: { runner, backend, options }, detection };
}

/** What of ours is loaded for this target; null = it cannot be asked here (not installed, backend unclear). */
export async function lookFor(
  id: string,
  request: RulesRequest,
  backend: 'nft' | 'legacy' | null = null,
): Promise<LiveState | null> {
  try {
    const { context } = await liveContext(
      findTarget(id),
      findManager(id),
      request,
      backend === null ? {} : { backend },
    );
    return await findManager(id).read(context);
  } catch (error) {
    if (error instanceof UsageError || error instanceof LiveError) return null;
    throw error;
  }
}
