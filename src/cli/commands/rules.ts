/** `netdata-egress rules …`: options only; the work is imported when it runs. */
import type { Command } from 'commander';

function collect(value: string, all: readonly string[]): readonly string[] {
  return [...all, value];
}

/** What the list is made of. */
function listOptions(command: Command): Command {
  return command
    .option('--for <purposes>', 'also optional destinations: install,update,telemetry')
    .option('--from-report <file>', 'names and addresses from a saved run instead of asking now')
    .option('--from-list <file>', 'names and addresses from a file (`rules json`, or a name and its addresses a line)')
    .option('--from-known', 'the published addresses instead of asking now')
    .option('--proven', 'only addresses that show a valid certificate for their name')
    .option('--accept-range <cidr>', 'non-public range that is genuine here (repeatable)', collect, [])
    .option('--resolver <address>', 'ask this resolver, or allow DNS to it (repeatable)', collect, []);
}

/** How the rules are to look. */
function ruleOptions(command: Command): Command {
  return listOptions(command)
    .option('--mode <mode>', 'allow (add to an existing policy) or enforce (default-deny egress of our own)', 'allow')
    .option('--user <user>', 'only for this local user (name or uid), e.g. netdata')
    .option('--proxy <host:port>', 'the Agent goes through this proxy: allow the way to it')
    .option('--dns', 'also allow DNS to the configured resolvers (implied by enforce)')
    .option('--on-stale <what>', 'addresses that are not refreshed: keep or expire', 'keep')
    .option('-4, --ipv4', 'IPv4 only')
    .option('-6, --ipv6', 'IPv6 only')
    .option('--set <name=value>', 'setting of the target, see rules --list --json (repeatable)', collect, []);
}

export function register(program: Command): void {
  const rules = program
    .command('rules')
    .description('print firewall, proxy, cloud and cluster rules for what the Agent needs')
    .argument('[target]', 'what to print rules for; rules --list shows all')
    .option('--list', 'list the targets')
    .option('--json', 'with --list: as JSON, with capabilities and settings');
  ruleOptions(rules)
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
    .action(async (target: string | undefined, flags: Record<string, unknown>) => {
      const { renderCommand } = await import('../rules/render-command.js');
      await renderCommand(target, flags);
    });

  ruleOptions(rules.command('check'))
    .description("let the target's own parser judge rules, in a namespace without a network")
    .argument('<target>')
    .argument('[file]', 'a file to judge; without it, what rules would print now')
    .option('--json', 'one JSON document on stdout')
    .action(async (target: string, file: string | undefined, _flags: unknown, command: Command) => {
      const { checkCommand } = await import('../rules/check-command.js');
      await checkCommand(target, file, command.optsWithGlobals());
    });
}
