/** `netdata-egress doctor`: options only; the work is imported when it runs. */
import { Option, type Command } from 'commander';
import { add, collect, duration, families, oneOf, redactKeyOption, SHARED, verboseOption } from '../flags.js';

/** Options that are about the host that the doctor runs on. */
const ON_THIS_HOST = ['pid', 'container', 'netns', 'asUser', 'untilOk', 'listEndpoints', 'controls', 'hold'];

/** Exported for the tests, which read a command line without running it. */
export function doctorOptions(command: Command): Command {
  return add(
    command,
    new Option('--json', 'print the whole run as one JSON document on stdout'),
    new Option(
      '--format <list>',
      'comma-separated output formats (text, json, markdown, html, letter, …), the first to stdout; default: by the suffix of --output, else text',
    ),
    SHARED.output(),
    new Option('--output-dir <dir>', 'write every format of --format into DIR'),
    SHARED.url(),
    SHARED.proxy(),
    SHARED.prefix(),
    SHARED.configDir(),
    SHARED.libDir(),
    SHARED.agentVersion(),
    SHARED.envFrom(),
    SHARED.pid("the Agent's process: read its environment and use its network namespace").conflicts('container'),
    SHARED.container(),
    new Option('--netns <name>', 'probe from this network namespace (name or path)'),
    new Option(
      '--as-user <user>',
      'probe as this user, so that owner rules apply (default: netdata, when run as root)',
    ),
    new Option(
      '--from-capture <file>',
      'judge what the script of `netdata-egress capture` printed on another host; - reads stdin',
    ).conflicts([...ON_THIS_HOST, 'fromBundle']),
    new Option(
      '--from-bundle <dir|tar>',
      'judge what a netdata-support-bundle holds: settings, the words of the Agent, its log, one request by curl',
    ).conflicts(ON_THIS_HOST),
    SHARED.timeout('15s; up to 40s while a connected peer is silent'),
    SHARED.stepTimeout(),
    SHARED.patient(),
    ...families('probe'),
    SHARED.for(),
    SHARED.knownAddresses(),
    new Option('--controls', 'also ask public resolvers and a neutral host (see --list-endpoints)'),
    new Option('--list-endpoints', 'print who would be contacted, and contact nobody'),
    SHARED.hold(),
    new Option('--until-ok', 'repeat until everything works, showing what changed'),
    duration('--every <duration>', 'pause between repeats of --until-ok (default: 30s)'),
    new Option('--letter', 'short for --format letter').hideHelp(),
    oneOf('--redact <mode>', 'what is hidden; strict: also names and private addresses', [
      'standard',
      'strict',
      'off',
    ]).default('standard'),
    new Option('--map <file>', 'with --redact strict: private map of the stand-ins, read if it exists, mode 0600'),
    redactKeyOption(),
    new Option(
      '--label <key=value>',
      "what this host's place is called, such as site=ams1, kept in the run for report merge; may be given again",
    ).argParser(collect()),
    SHARED.strict(),
    verboseOption(),
    SHARED.quiet(),
    SHARED.noColor(),
    SHARED.ascii(),
  );
}

export function register(command: Command): void {
  doctorOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  netdata-egress doctor                          is everything fine from here?
  netdata-egress doctor --output run.json        keep the run for a ticket
  netdata-egress doctor --format letter          what to send to the network team
  netdata-egress doctor --until-ok               wait until the firewall is open`,
    )
    .action(async (flags: Record<string, unknown>) => {
      const { doctor } = await import('../doctor/command.js');
      await doctor(flags);
    });
}
