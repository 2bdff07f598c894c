/** `netdata-egress capture`: prints the script, changes and asks nothing. */
import type { Command } from 'commander';
import { add, SHARED } from '../flags.js';

export function register(command: Command): void {
  add(command, SHARED.output())
    .addHelpText(
      'after',
      `
Examples:
  netdata-egress capture > capture.sh                    carry it to the host that has nothing
  netdata-egress capture | ssh HOST sudo sh > host.txt   what that host meets
  netdata-egress doctor --from-capture host.txt          what is in the way there`,
    )
    .action(async (flags: { readonly output?: string }) => {
      const [{ asset }, { emit }] = await Promise.all([import('../assets.js'), import('../report/io.js')]);
      await emit(asset('docs/capture.sh'), flags);
    });
}
