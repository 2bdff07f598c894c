/** `netdata-egress resolve`: options only; the work is imported when it runs. */
import type { Command } from 'commander';
import { add, SHARED } from '../flags.js';

export function register(command: Command): void {
  add(
    command,
    SHARED.json(),
    SHARED.output(),
    SHARED.url(),
    SHARED.prefix(),
    SHARED.configDir(),
    SHARED.libDir(),
    SHARED.knownAddresses(),
    SHARED.timeout(),
    SHARED.stepTimeout(),
    SHARED.noColor(),
    SHARED.ascii(),
  ).action(async (flags: Record<string, unknown>) => {
    const { resolveCommand } = await import('../resolve/command.js');
    await resolveCommand(flags);
  });
}
