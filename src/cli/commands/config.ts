/** `netdata-egress config`: options only; the work is imported when it runs. */
import { Option, type Command } from 'commander';
import { add, resultOptions, SHARED } from '../flags.js';

const withPlace = (command: Command): Command =>
  add(
    command,
    SHARED.prefix(),
    SHARED.configDir(),
    SHARED.libDir(),
    SHARED.agentVersion(),
    SHARED.envFrom(),
    SHARED.pid("the Agent's process, where there are several or it runs in a container").conflicts('container'),
    SHARED.container(),
  );

const withApply = (command: Command): Command =>
  withPlace(command)
    .addOption(new Option('--apply', 'write the change; without it only the difference is shown').conflicts('dryRun'))
    .option('--dry-run', 'show the difference, write nothing; as without --apply')
    .option('--force', 'also write a value that claim or link cannot use');

export function register(config: Command): void {
  add(resultOptions(withPlace(config)), SHARED.strict(), SHARED.quiet(), SHARED.noColor(), SHARED.ascii())
    .addHelpText(
      'after',
      `
Without a verb it prints what the Agent reads.

Exit codes: 0 nothing stands in the way, 1 a setting does not do what it says, 2 bad usage or unreadable input,
4 --strict, and there are notes

Examples:
  netdata-egress config                                  what does the Agent read?
  netdata-egress config set proxy=http://proxy:3128      show what would be changed, and where
  netdata-egress config set proxy=- --apply < value.txt  change it; the value never shows in the process list`,
    )
    .action(async (flags: Record<string, unknown>) => {
      const { showConfig } = await import('../config/show.js');
      await showConfig(flags);
    });
  withApply(config.command('set'))
    .description('change proxy, insecure or url in the file that this Agent reads it from')
    .argument(
      '<key=value...>',
      'proxy=URL|env|none, insecure=yes|no, url=https://host[:port]; - reads the value from stdin, @FILE from a file',
    )
    .action(async (changes: string[], _flags: unknown, command: Command) => {
      const { setConfig } = await import('../config/set.js');
      await setConfig(changes, command.optsWithGlobals());
    });
  for (const [name, value, words] of [
    ['enable', 'yes', 'switch the link on'],
    ['disable', 'no', 'switch the link off'],
  ] as const) {
    withApply(config.command(name))
      .description(`${words}, on Agents that have that switch (before version 2)`)
      .action(async (_flags: unknown, command: Command) => {
        const { switchLink } = await import('../config/set.js');
        await switchLink(value, command.optsWithGlobals());
      });
  }
}
