/** `netdata-egress explain`: options only; the work is imported when it runs. */
import type { Command } from 'commander';
import { add, resultOptions, SHARED, TEXT_OR_JSON } from '../flags.js';

export function register(command: Command): void {
  add(
    resultOptions(command, [...TEXT_OR_JSON, 'markdown']).argument(
      '[words...]',
      'id of a finding, e.g. tcp.dropped; or what you have in hand: words of the Agent, a line of its log, "return code 60", "exit code 7", an HTTP status. - reads standard input. Without words, all ids are listed',
    ),
    SHARED.noColor(),
    SHARED.ascii(),
  )
    .addHelpText(
      'after',
      `
Examples:
  netdata-egress explain tls.intercepted
  netdata-egress explain proxy negotiation failed
  netdata-egress explain return code 60
  netdatacli aclk-state | netdata-egress explain -
  netdata-egress explain | grep proxy`,
    )
    .action(async (words: readonly string[], flags: Record<string, unknown>) => {
      const { explainCommand } = await import('../explain/command.js');
      await explainCommand(words, flags);
    });
}
