/** `netdata-egress explain ID`: the page of a cause, without a network. */
import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('explain')
    .argument('[id]', 'id of a finding, e.g. tcp.dropped; without one, all ids are listed')
    .description('explain a cause: how it looks, why it happens, how to confirm and how to fix it')
    .addHelpText(
      'after',
      `
Examples:
  netdata-egress explain tls.intercepted
  netdata-egress explain | grep proxy`,
    )
    .action(async (id: string | undefined) => {
      const { explain } = await import('../explain.js');
      process.stdout.write(await explain(id ?? null));
    });
}
