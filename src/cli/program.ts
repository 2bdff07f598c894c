/** The command line: one registration per command. */
import { Command } from 'commander';
import { register as config } from './commands/config.js';
import { register as doctor } from './commands/doctor.js';
import { register as explain } from './commands/explain.js';
import { register as lab } from './commands/lab.js';
import { register as report } from './commands/report.js';
import { register as resolve } from './commands/resolve.js';
import { register as rules } from './commands/rules.js';
import { packageVersion } from './version.js';

const COMMANDS = [doctor, resolve, config, rules, report, explain, lab];

export function createProgram(): Command {
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
  for (const register of COMMANDS) register(program);
  return program;
}
