/** `netdata-egress explain ID`: the page of a cause, without a network. */
import type { Command } from 'commander';

export function register(command: Command): void {
  command
    .argument('[id]', 'id of a finding, e.g. tcp.dropped; without one, all ids are listed')
    .addHelpText(
      'after',
      `
Examples:
  netdata-egress explain tls.intercepted
  netdata-egress explain | grep proxy`,
    )
    .action(async (id: string | undefined) => {
      const { explain } = await import('../explain.js');
      process.stdout.write(explain(id ?? null));
    });
}
