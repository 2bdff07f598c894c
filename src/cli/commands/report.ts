/** `netdata-egress report …`: options only; the work is imported when it runs. */
import type { Command } from 'commander';
import { add, redactKeyOption, resultOptions, SHARED, TEXT_OR_JSON, verboseOption } from '../flags.js';

/** The forms of a run, as src/report/registry.ts has them: named here so that help costs no renderer. */
export const RUN_FORMS = [
  'text',
  'json',
  'jsonl',
  'html',
  'markdown',
  'junit',
  'sarif',
  'prometheus',
  'nagios',
  'ndjson',
  'letter',
] as const;

/** How a result looks; `forms` as `--format` names them. */
function outputOptions(command: Command, forms: readonly string[], usual?: 'json'): Command {
  return add(resultOptions(command, forms, usual), SHARED.noColor(), SHARED.ascii());
}

const renderOptions = (command: Command): Command =>
  add(outputOptions(command, RUN_FORMS), verboseOption(), SHARED.quiet());

export function register(report: Command): void {
  report.addHelpText(
    'after',
    `
A saved run is what "doctor --output run.json" or "--format html" wrote; - reads standard input.

Examples:
  netdata-egress report show run.json --output run.html
  netdata-egress report diff may.json june.json
  netdata-egress report redact run.json --redact strict --output for-the-ticket.json --map private-map.json
  netdata-egress report merge runs/ --format markdown`,
  );

  renderOptions(report.command('show'))
    .description('print a saved run in any form')
    .argument('<file>')
    .action(async (file: string, flags: Record<string, unknown>) => {
      const { showCommand } = await import('../report/show.js');
      await showCommand(file, flags);
    });

  add(renderOptions(report.command('diagnose')), SHARED.strict())
    .description("judge a saved run by today's rules: exit 0 if all will work, else 1")
    .argument('<file>')
    .action(async (file: string, flags: Record<string, unknown>) => {
      const { diagnoseCommand } = await import('../report/diagnose.js');
      await diagnoseCommand(file, flags);
    });

  add(outputOptions(report.command('diff'), [...TEXT_OR_JSON, 'markdown']), SHARED.quiet())
    .description('say what changed between two runs and whether it matters: exit 0 if nothing that matters did, else 1')
    .argument('<before>')
    .argument('<after>')
    .action(async (before: string, after: string, flags: Record<string, unknown>) => {
      const { diffCommand } = await import('../report/diff.js');
      await diffCommand(before, after, flags);
    });

  add(resultOptions(report.command('validate')), SHARED.quiet())
    .description('check that files are saved runs of a form this program reads: exit 0 if all are, else 1')
    .argument('<files...>')
    .action(async (files: readonly string[], flags: Record<string, unknown>) => {
      const { validateCommand } = await import('../report/validate.js');
      await validateCommand(files, flags);
    });

  outputOptions(report.command('redact'), RUN_FORMS, 'json')
    .description('hide what should not be shared and print the run again')
    .argument('<file>')
    .option('--redact <mode>', 'standard, or strict: also names and addresses of the place, by stand-ins', 'standard')
    .option('--map <file>', 'private map of the stand-ins: read if it exists, then written, mode 0600')
    .addOption(redactKeyOption())
    .action(async (file: string, flags: Record<string, unknown>) => {
      const { redactCommand } = await import('../report/redact.js');
      await redactCommand(file, flags);
    });

  add(report.command('merge'), SHARED.json(), SHARED.output(), SHARED.quiet(), SHARED.noColor(), SHARED.ascii())
    .description("make one page out of many hosts' runs: causes, odd ones out, rules needed, a letter for each team")
    .argument('<files...>', 'saved runs, folders of them, NDJSON with one run per line, or - for standard input')
    .option(
      '--format <name>',
      'text, json, markdown, html, csv, prometheus or letters, or a list of them with --output-dir (default: by the suffix of --output, else text)',
    )
    .option('--output-dir <dir>', 'write every format of --format into DIR')
    .option(
      '--label-from <file>',
      'labels by host: from ansible-inventory --list, kubectl get nodes -o json, a JSON object, or lines HOST KEY=VALUE …',
    )
    .option(
      '--state <file>',
      'keep here what was read: the next merge reads only what is new or changed, goes on after an interruption, and says what changed since',
    )
    .option('--since <file>', 'say what was fixed, is new or still fails since this merge (its JSON form)')
    .action(async (files: readonly string[], flags: Record<string, unknown>) => {
      const { mergeCommand } = await import('../report/merge/command.js');
      await mergeCommand(files, flags);
    });

  report
    .command('bundle')
    .description('write a run into a folder as netdata-support-bundle expects it: 08-network/ and a manifest entry')
    .argument('<file>')
    .requiredOption('--output-dir <dir>', 'an unpacked bundle, or an empty folder')
    .option('--redact <mode>', 'strict or standard', 'strict')
    .option('--map <file>', 'private map of the stand-ins, outside the bundle, mode 0600')
    .action(async (file: string, flags: Record<string, unknown>) => {
      const { bundleCommand } = await import('../report/bundle.js');
      await bundleCommand(file, flags);
    });
}
