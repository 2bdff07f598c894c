/** `netdata-egress capture`: prints the script, changes and asks nothing. */
import type { Command } from 'commander';

export function register(command: Command): void {
  command
    .addHelpText(
      'after',
      `
Examples:
  netdata-egress capture > capture.sh                    carry it to the host that has nothing
  netdata-egress capture | ssh HOST sudo sh > host.txt   what that host meets
  netdata-egress doctor --from-capture host.txt          what is in the way there`,
    )
    .action(async () => {
      const { asset } = await import('../assets.js');
      process.stdout.write(asset('docs/capture.sh'));
    });
}
