/** `netdata-egress doctor`: options only; the work is imported when it runs. */
import type { Command } from 'commander';

export function register(command: Command): void {
  command
    .option('--json', 'print the whole run as one JSON document on stdout')
    .option(
      '--format <list>',
      'comma-separated output formats (text, json, markdown, html, …), the first to stdout; default: by the suffix of --output, else text',
    )
    .option('--output <file>', 'write the result to FILE, atomically, instead of stdout')
    .option('--output-dir <dir>', 'write every format of --format into DIR')
    .option('--url <url>', "base URL of the cloud, instead of the Agent's setting")
    .option('--proxy <proxy>', "proxy, instead of the Agent's setting (any form the Agent takes, also env and none)")
    .option('--prefix <dir>', 'root of a static installation, e.g. /opt/netdata')
    .option('--config-dir <dir>', "the Agent's configuration directory, e.g. /etc/netdata")
    .option('--lib-dir <dir>', "the Agent's state directory, e.g. /var/lib/netdata")
    .option('--agent-version <version>', 'judge as this version of the Agent would')
    .option('--env-from <whose>', 'whose environment counts: daemon, unit or self')
    .option('--pid <pid>', "the Agent's process: read its environment and use its network namespace")
    .option('--container <id>', "the Agent's container: read its files and environment, use its network namespace")
    .option('--netns <name>', 'probe from this network namespace (name or path)')
    .option('--as-user <user>', 'probe as this user, so that owner rules bite (default: netdata, when run as root)')
    .option('--timeout <duration>', 'budget of the whole run (default: 15s)')
    .option('--step-timeout <duration>', 'deadline of one step (default: 5s)')
    .option('-4, --ipv4', 'probe IPv4 addresses only')
    .option('-6, --ipv6', 'probe IPv6 addresses only')
    .option('--for <purposes>', 'also check optional destinations: install,update,telemetry')
    .option('--known-addresses <file>', 'your own list of published addresses (ADDRESS [HOST…] a line)')
    .option('--controls', 'also ask public resolvers and a neutral host (see --list-endpoints)')
    .option('--list-endpoints', 'print who would be contacted, and contact nobody')
    .option('--hold <duration>', 'keep the upgraded link open this long and see whether something cuts it')
    .option('--until-ok', 'repeat until everything works, showing what changed')
    .option('--every <duration>', 'pause between repeats of --until-ok (default: 30s)')
    .option('--letter', 'print one page for the people who run the firewall or proxy')
    .option('--redact <mode>', 'standard, strict (also names and private addresses) or off (default: standard)')
    .option('--map <file>', 'with --redact strict: private map of the stand-ins, read if it exists, mode 0600')
    .option('--strict', 'exit 4 when there are warnings')
    .option('-v, --verbose', 'show every step')
    .option('-q, --quiet', 'print the verdict only')
    .option('--no-color', 'no colour (NO_COLOR works too)')
    .option('--ascii', 'no characters beyond ASCII')
    .addHelpText(
      'after',
      `
Examples:
  netdata-egress doctor                          is everything fine from here?
  netdata-egress doctor --output run.json        keep the run for a ticket
  netdata-egress doctor --letter                 what to send to the network team
  netdata-egress doctor --until-ok               wait until the firewall is open`,
    )
    .action(async (flags: Record<string, unknown>) => {
      const { doctor } = await import('../doctor/command.js');
      await doctor(flags);
    });
}
