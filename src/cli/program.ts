/** The command line: what holds for every command. */
import { Command } from 'commander';
import { COMMANDS } from './commands/registry.js';
import { packageVersion } from './version.js';

/** The program with the options of the command that `argv` invokes; the others are known by name and line only. */
export async function createProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command('netdata-egress')
    .description(
      'Will this Netdata Agent be able to claim, and to hold its link to Netdata Cloud, from here?\nIf not: what is in the way, how sure are we, and what must change.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, 'netdata-egress: '));
      },
    });
  program.addHelpText(
    'after',
    `
Exit codes:
  0    claim and link will work        3    could not decide
  1    something stops them            4    --strict, and there are warnings
  2    bad usage or unreadable input   130  interrupted

Start with:  netdata-egress doctor`,
  );
  const invoked = argv.slice(2).find((word) => !word.startsWith('-') && word !== 'help');
  for (const { name, description, load } of COMMANDS) {
    const command = program.command(name).description(description);
    if (name === invoked) (await load()).register(command);
  }
  // Last: commands inherit what stands before them, and their own help lists terms as commander makes them.
  program.configureHelp({
    subcommandTerm: (command) => COMMANDS.find(({ name }) => name === command.name())?.usage ?? command.name(),
  });
  return program;
}
