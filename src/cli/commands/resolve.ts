/** `netdata-egress resolve`: options only; the work is imported when it runs. */
import type { Command } from 'commander';
import { add, families, resultOptions, SHARED } from '../flags.js';

export function register(command: Command): void {
  add(
    resultOptions(command),
    SHARED.url(),
    SHARED.prefix(),
    SHARED.configDir(),
    SHARED.libDir(),
    SHARED.pid("the Agent's process: ask from its network namespace").conflicts('container'),
    SHARED.container(),
    ...families('ask for'),
    SHARED.knownAddresses(),
    SHARED.timeout(),
    SHARED.stepTimeout(),
    SHARED.quiet(),
    SHARED.noColor(),
    SHARED.ascii(),
  ).action(async (flags: Record<string, unknown>) => {
    const { resolveCommand } = await import('../resolve/command.js');
    await resolveCommand(flags);
  });
}
