/** The command line: what holds for every command. */
import { Command } from 'commander';
import { UsageError } from '../model/errors.js';
import { slipOf } from '../model/unknown-name.js';
import { COMMANDS } from './commands/registry.js';
import { topHelp } from './top-help.js';
import { packageVersion } from './version.js';

/**
 * What was typed may be a proxy with its password: of an option its name is enough, of anything that looks like a URL or
 * a login nothing.
 */
function withoutValues(text: string): string {
  return text.replace(/'(--?[\w-]+)=.*'/s, "'$1'").replace(/'[^\n]*(?:@|:\/\/)[^\n]*'/, "'…'");
}

/** The program with the options of the command that `argv` invokes; the others are known by name and line only. */
export async function createProgram(argv: readonly string[]): Promise<Command> {
  const invoked = argv.slice(2).find((word) => !word.startsWith('-') && word !== 'help');
  return build((name) => name === invoked);
}

/** The program with all that it can be asked. */
export async function wholeProgram(): Promise<Command> {
  return build(() => true);
}

/**
 * A group that does something by itself takes a mistyped verb for its own argument: `rules aply ufw` is told what was
 * meant, as a group without an action of its own tells it.
 */
function meantAsVerb(group: Command): void {
  const verbs = group.commands.map((verb) => verb.name());
  group.allowExcessArguments().hook('preAction', (_, called) => {
    const [word] = called.args;
    if (called !== group || word === undefined) return;
    const near = slipOf(word, verbs);
    const isTooMuch = called.args.length > group.registeredArguments.length;
    if (near === null && !isTooMuch) return;
    const hint = near === null ? '' : `; did you mean ${near}?`;
    throw new UsageError(`there is no command ${JSON.stringify(`${group.name()} ${word}`.slice(0, 60))}${hint}`);
  });
}

async function build(isWanted: (name: string) => boolean): Promise<Command> {
  const program = new Command('netdata-egress')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showSuggestionAfterError()
    // An option belongs to the verb behind which it stands.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        write(withoutValues(text.replace(/^error: /, 'netdata-egress: ')));
      },
    });
  for (const { name, description, load } of COMMANDS) {
    const command = program.command(name).description(description);
    if (!isWanted(name)) continue;
    (await load()).register(command);
    if (command.commands.length > 0) meantAsVerb(command);
  }
  program.helpInformation = () => topHelp(process.stdout.columns ?? 80);
  return program;
}
