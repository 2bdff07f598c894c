/** `netdata-egress rules …`: options only; the work is imported when it runs. */
import { Option, type Command } from 'commander';
import { add, collect, dryRun, duration, families, oneOf, resultOptions, SHARED } from '../flags.js';
import type { Io } from '../rules/output.js';
import { parseAcceptRange, parseEnvTimeout, parseProxy, parseResolver, parseSetting } from '../rules/options.js';

/** What the list is made of. */
function listOptions(command: Command): Command {
  const source = (flags: string, text: string, ...others: string[]): Option =>
    new Option(flags, text).conflicts(others);
  return add(
    command.optionsGroup('What the list is made of:'),
    SHARED.forRules(),
    SHARED.url(),
    SHARED.prefix(),
    SHARED.configDir(),
    SHARED.libDir(),
    SHARED.agentVersion(),
    SHARED.envFrom(),
    new Option(
      '--env-timeout <duration>',
      'how long the cloud is asked which hosts its /env names; 0 = not at all (default: 3s)',
    ).argParser(parseEnvTimeout),
    source(
      '--from-report <file>',
      'names and addresses from a saved run instead of asking now',
      'fromList',
      'fromKnown',
    ),
    source(
      '--from-list <file>',
      'names and addresses from a file (`rules json`, or a name and its addresses a line)',
      'fromReport',
      'fromKnown',
    ),
    source('--from-known', 'the published addresses instead of asking now', 'fromReport', 'fromList'),
    new Option('--proven', 'only addresses that show a valid certificate for their name'),
    new Option('--accept-range <cidr>', 'non-public range that is genuine here (repeatable)').argParser(
      collect(parseAcceptRange),
    ),
    new Option('--resolver <address>', 'ask this resolver, or allow DNS to it (repeatable)').argParser(
      collect(parseResolver),
    ),
  );
}

/** How the rules are to look. Exported for the tests, which read a command line without running it. */
export function ruleOptions(command: Command): Command {
  return add(
    listOptions(command).optionsGroup('What the rules look like:'),
    oneOf('--mode <mode>', 'add to an existing policy, or default-deny egress of our own', [
      'allow',
      'enforce',
    ]).default('allow'),
    new Option('--user <user>', 'only for this local user (name or uid), e.g. netdata'),
    new Option('--proxy <host:port>', 'the Agent goes through this proxy, instead of its setting').argParser(
      parseProxy,
    ),
    new Option(
      '--keep <what>',
      'enforce: what lives on besides the hosts: ntp,dhcp,dns,metadata (default: all), or none',
    ),
    new Option('--dns', 'also allow DNS to the configured resolvers (implied by enforce)'),
    oneOf('--on-stale <what>', 'addresses that are not refreshed', ['keep', 'expire']).default('keep'),
    ...families('rules for'),
    new Option('--set <name=value>', 'setting of the target, see rules --list --json (repeatable)').argParser(
      collect(parseSetting),
    ),
  );
}

/** A verb that judges: its result in a form, in a file, or its verdict alone. */
const judging = (command: Command): Command => add(resultOptions(command.optionsGroup('The answer:')), SHARED.quiet());

async function into(
  flags: Record<string, unknown>,
  work: (flags: Record<string, unknown>, io: Io) => Promise<void>,
): Promise<void> {
  const { intoOutput } = await import('../rules/output.js');
  await intoOutput(flags, (io) => work(flags, io));
}

/** Options of the verb, and those given before it; what stands nearer to the verb wins. */
function optionsOf(command: Command): Record<string, unknown> {
  const options: Record<string, unknown> = { ...command.opts<Record<string, unknown>>() };
  for (const [key, value] of Object.entries(command.parent?.opts<Record<string, unknown>>() ?? {}))
    if (command.parent?.getOptionValueSource(key) === 'cli' && command.getOptionValueSource(key) !== 'cli')
      options[key] = value;
  return options;
}

const stateDir = (): Option =>
  new Option('--state-dir <dir>', 'where backups, memory and history are kept (default: /var/lib/netdata-egress)');
const backend = (): Option =>
  oneOf('--backend <backend>', 'iptables backend (default: the one in use)', ['nft', 'legacy']);

function liveOptions(command: Command): Command {
  return command
    .optionsGroup('How they are loaded:')
    .option('--confirm-timeout <duration>', 'take it back unless confirmed in this time; 0 = do not ask', '60s')
    .option('--keep-session', 'enforce: also let the SSH session live that this runs in')
    .addOption(stateDir())
    .addOption(backend());
}

export function register(rules: Command): void {
  rules
    .argument('[target]', 'what to print rules for; rules --list shows all')
    .optionsGroup('Targets:')
    .option('--list', 'list the targets')
    .option('--json', 'with --list: as JSON, with capabilities and settings');
  ruleOptions(rules)
    .optionsGroup('Where they go:')
    .option('--output <file>', 'write the rules to FILE, atomically')
    .option('--output-dir <dir>', 'write the rules and their scripts into DIR')
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Examples:
  netdata-egress rules --list
  netdata-egress rules domains
  netdata-egress rules nftables --mode enforce --user netdata --output-dir out
  netdata-egress rules squid --for install,update
  netdata-egress rules check nftables out/nd-allow.nft`,
    )
    .action(async (target: string | undefined, flags: Record<string, unknown>, command: Command) => {
      if (target === undefined && flags['list'] !== true) command.help({ error: true });
      const { renderCommand } = await import('../rules/render-command.js');
      await renderCommand(target, flags);
    });

  rules.commandsGroup('Which target:');
  resultOptions(rules.command('recommend'))
    .description('look at this host, without the network, and say which targets fit it, why, and how')
    .action(async (_flags: unknown, command: Command) => {
      const { recommendCommand } = await import('../rules/recommend-command.js');
      await into(optionsOf(command), (flags, io) => recommendCommand(flags, io));
    });

  resultOptions(rules.command('list'))
    .description('list the targets, those that fit this host first (the same as --list)')
    .action(async (_flags: unknown, command: Command) => {
      const { renderCommand } = await import('../rules/render-command.js');
      await into(optionsOf(command), (flags, io) => renderCommand(undefined, { ...flags, list: true }, io));
    });

  rules.commandsGroup('Before loading:');
  judging(ruleOptions(rules.command('check')))
    .description("let the target's own parser judge rules, in a namespace without a network")
    .argument('<target>')
    .argument('[file]', 'a file to judge; without it, what rules would print now')
    .action(async (target: string, file: string | undefined, _flags: unknown, command: Command) => {
      const { checkCommand } = await import('../rules/check-command.js');
      await into(optionsOf(command), (flags, io) => checkCommand(target, file, flags, io));
    });

  rules.commandsGroup("This host's firewall (nftables, iptables, ipset, ufw, firewalld):");
  add(judging(ruleOptions(rules.command('status'))).optionsGroup('Where to look:'), stateDir(), backend())
    .description('read the live rules back: missing, extra, stale, shadowed, overruled; and who runs this firewall')
    .argument('[target]', 'default: what was applied from here')
    .action(async (target: string | undefined, _flags: unknown, command: Command) => {
      const { statusCommand } = await import('../rules/status-command.js');
      await into(optionsOf(command), (flags, io) => statusCommand(target, flags, io));
    });

  add(judging(ruleOptions(rules.command('prove'))).optionsGroup('Where to look:'), stateDir(), backend())
    .description("connect to every host of the rules as the Agent's account, and read this host's firewall back")
    .argument('[target]', 'default: what was applied from here')
    .action(async (target: string | undefined, _flags: unknown, command: Command) => {
      const { proveCommand } = await import('../rules/prove-command.js');
      await into(optionsOf(command), (flags, io) => proveCommand(target, flags, io));
    });

  for (const verb of ['apply', 'install'] as const)
    add(liveOptions(ruleOptions(rules.command(verb))).optionsGroup('Without loading them:'), ...dryRun())
      .description(
        verb === 'apply'
          ? "load rules into this host's firewall: backup, one transaction, taken back unless confirmed"
          : 'apply, and load the rules at boot too',
      )
      .argument('<target>')
      .option('--json', 'with --dry-run: one JSON document on stdout')
      .action(async (target: string, _flags: unknown, command: Command) => {
        const { applyCommand } = await import('../rules/apply-command.js');
        await applyCommand(target, optionsOf(command), verb === 'install');
      });

  add(
    ruleOptions(rules.command('uninstall'))
      .description("take everything of ours out of this host's firewall")
      .argument('<target>')
      .optionsGroup('Where to look:')
      .addOption(stateDir()),
    backend(),
    ...dryRun(),
  ).action(async (target: string, _flags: unknown, command: Command) => {
    const { uninstallCommand } = await import('../rules/apply-command.js');
    await uninstallCommand(target, optionsOf(command));
  });

  add(
    rules.command('confirm').description('keep the change that waits for its confirmation').addOption(stateDir()),
    ...dryRun('say which change waits (exit 1) and confirm nothing'),
  ).action(async (_flags: unknown, command: Command) => {
    const { confirmCommand } = await import('../rules/apply-command.js');
    await confirmCommand(optionsOf(command));
  });

  rules.commandsGroup('Keeping the addresses right:');
  add(ruleOptions(rules.command('refresh')).optionsGroup('Refreshing:'), ...dryRun())
    .description('ask for the addresses again: add at once, remove late, never empty, with history')
    .argument('[target]', 'default: what was applied from here')
    .option('--once', 'one round')
    .option('--watch', 'round after round')
    .option('--accept-change', 'also make a change that a guard stops, or that a rollback pins')
    .addOption(duration('--every <duration>', 'pause between rounds of --watch (default: 60s)'))
    .option('--output-dir <dir>', 'keep files for pollers up to date instead of a live firewall')
    .option('--emit-units <dir>', 'write a hardened systemd service and timer into DIR')
    .addOption(stateDir())
    .addOption(backend())
    .addOption(SHARED.json())
    .action(async (target: string | undefined, _flags: unknown, command: Command) => {
      const { refreshCommand } = await import('../rules/refresh-command.js');
      await refreshCommand(target, optionsOf(command));
    });

  resultOptions(rules.command('log').addOption(stateDir()))
    .description('the revisions that were in force, newest last')
    .action(async (_flags: unknown, command: Command) => {
      const { logCommand } = await import('../rules/refresh-command.js');
      await into(optionsOf(command), (flags, io) => logCommand(flags, io));
    });

  resultOptions(rules.command('diff').addOption(stateDir()))
    .description('what changed between two revisions')
    .argument('<from>')
    .argument('<to>')
    .action(async (from: string, to: string, _flags: unknown, command: Command) => {
      const { diffCommand } = await import('../rules/refresh-command.js');
      await into(optionsOf(command), (flags, io) => diffCommand(from, to, flags, io));
    });

  add(
    rules
      .command('rollback')
      .description('put the addresses of a revision in force again, and keep them until --accept-change')
      .argument('<revision>')
      .addOption(stateDir()),
    ...dryRun(),
  ).action(async (revision: string, _flags: unknown, command: Command) => {
    const { rollbackCommand } = await import('../rules/refresh-command.js');
    await rollbackCommand(revision, optionsOf(command));
  });
}
