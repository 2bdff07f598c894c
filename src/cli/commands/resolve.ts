/** `netdata-egress resolve`: options only; the work is imported when it runs. */
import type { Command } from 'commander';

export function register(command: Command): void {
  command
    .option('--json', 'one JSON document on stdout')
    .option('--output <file>', 'write the result to FILE, atomically')
    .option('--url <url>', "base URL of the cloud, instead of the Agent's setting")
    .option('--prefix <dir>', 'root of a static installation')
    .option('--config-dir <dir>', "the Agent's configuration directory")
    .option('--lib-dir <dir>', "the Agent's state directory")
    .option('--known-addresses <file>', 'your own list of published addresses (ADDRESS [HOST…] a line)')
    .option('--timeout <duration>', 'budget of the whole run (default: 15s)')
    .option('--step-timeout <duration>', 'deadline of one step (default: 5s)')
    .option('--no-color', 'no colour')
    .option('--ascii', 'no characters beyond ASCII')
    .action(async (flags: Record<string, unknown>) => {
      const { resolveCommand } = await import('../resolve/command.js');
      await resolveCommand(flags);
    });
}
