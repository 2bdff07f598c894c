/** `netdata-egress plugin`: options only; the work is imported when it runs. */
import type { Command } from 'commander';
import { watchedOptions } from './watch.js';

export function register(command: Command): void {
  watchedOptions(command)
    .argument('[update-every]', 'seconds, as Netdata gives it')
    .addHelpText(
      'after',
      '\nNetdata starts this by itself: netdata-egress watch install. Options: [plugin:netdata-egress] in netdata.conf',
    )
    .action(async (updateEvery: string | undefined, flags: Record<string, unknown>) => {
      (await import('../watch/small.js')).staySmall();
      const { pluginCommand } = await import('../watch/plugin-command.js');
      await pluginCommand(updateEvery, flags);
    });
}
