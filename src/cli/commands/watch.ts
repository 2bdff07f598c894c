/** `netdata-egress watch …`: options only; the work is imported when it runs. */
import { Option, type Command } from 'commander';
import { UsageError } from '../../model/errors.js';
import { add, duration, families, oneOf, resultOptions, SHARED } from '../flags.js';

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`--rounds takes a number, not "${text.slice(0, 40)}"`);
  return Number(text);
}

/** What is watched, and how often. */
export function watchedOptions(command: Command): Command {
  return add(
    command,
    duration('--every <duration>', 'pause between two rounds (default: 5m, at least 10s)'),
    new Option('--state-dir <dir>', 'where the history is kept'),
    SHARED.url(),
    SHARED.proxy(),
    SHARED.prefix(),
    SHARED.configDir(),
    SHARED.libDir(),
    SHARED.agentVersion(),
    SHARED.envFrom(),
    SHARED.pid("the Agent's process: read its environment and use its network namespace"),
    new Option('--as-user <user>', 'probe as this user (default: netdata, when run as root)'),
    SHARED.timeout(),
    SHARED.stepTimeout(),
    ...families('probe'),
    SHARED.knownAddresses(),
    new Option('--rounds <number>', 'end after so many rounds').argParser(count),
  );
}

/** Options of the verb, and those that `watch` itself knows and took first. */
const flagsOf = (command: Command): Record<string, unknown> => command.optsWithGlobals();

export function register(watch: Command): void {
  watchedOptions(watch);
  add(
    watch.optionsGroup('What is told, and to whom:'),
    new Option('--json', 'one JSON document a line: rounds, changes, troubles'),
    new Option(
      '--on-change <command>',
      'run it for each change, with the event as JSON on its standard input; no shell',
    ),
    new Option('--textfile <dir>', "write netdata_egress.prom for node_exporter's textfile collector"),
    new Option('--listen <address:port>', 'metrics for Prometheus at /metrics, on loopback'),
    new Option('--listen-anywhere', 'also on an address that others can reach'),
  )
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Without a verb it watches, until Ctrl-C.
A light round makes at most 12 connections; the whole doctor is called in when something failed or changed.
SIGHUP starts a round at once. Events and metrics: docs/watch.md

Examples:
  netdata-egress watch                                  tell what changes, until Ctrl-C
  netdata-egress watch --json --listen 127.0.0.1:9101   for a log and for Prometheus
  netdata-egress watch history                          what changed, and when
  netdata-egress watch install --dry-run                the files for Netdata: a plugin and its alerts`,
    )
    .action(async (flags: Record<string, unknown>) => {
      (await import('../watch/small.js')).staySmall();
      const { watchCommand } = await import('../watch/command.js');
      await watchCommand(flags);
    });
  resultOptions(
    add(
      watch.command('history').description('what changed, and when'),
      new Option('--state-dir <dir>', 'where the history is kept; default: the latest of the usual places'),
      SHARED.libDir(),
    ),
  ).action(async (_flags: unknown, command: Command) => {
    const { historyCommand } = await import('../watch/history-command.js');
    await historyCommand(flagsOf(command));
  });
  for (const [name, description] of [
    ['install', 'put the files for Netdata, or a service, in their places'],
    ['uninstall', 'take them away again, with the history'],
  ] as const) {
    add(
      watch.command(name).description(description),
      oneOf('--as <form>', 'plugin and alerts of Netdata, or a service of its own', [
        'netdata',
        'systemd',
        'openrc',
      ]).default('netdata'),
      new Option('--dry-run', 'show it, write nothing'),
      SHARED.prefix(),
      SHARED.configDir(),
      SHARED.libDir(),
      SHARED.agentVersion(),
    ).action(async (_flags: unknown, command: Command) => {
      const work = await import('../watch/install.js');
      await work[name](flagsOf(command));
    });
  }
}
