/** The command line: what holds for every command. */
import { Command } from 'commander';
import { COMMANDS } from './commands/registry.js';
import { topHelp } from './top-help.js';
import { packageVersion } from './version.js';

/** The program with the options of the command that `argv` invokes; the others are known by name and line only. */
export async function createProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command('netdata-egress')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, 'netdata-egress: '));
      },
    });
  const invoked = argv.slice(2).find((word) => !word.startsWith('-') && word !== 'help');
  for (const { name, description, load } of COMMANDS) {
    const command = program.command(name).description(description);
    if (name === invoked) (await load()).register(command);
  }
  program.helpInformation = () => topHelp(process.stdout.columns ?? 80);
  return program;
}
