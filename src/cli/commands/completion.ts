/** `netdata-egress completion`: options only; the work is imported when it runs. */
import type { Command } from 'commander';
import { add, SHARED } from '../flags.js';

export function register(command: Command): void {
  add(command.argument('<shell>', 'bash, zsh or fish; man for the manual page'), SHARED.output())
    .addHelpText(
      'after',
      `
Examples:
  netdata-egress completion bash > ~/.local/share/bash-completion/completions/netdata-egress
  netdata-egress completion zsh > ~/.zfunc/_netdata-egress       with fpath+=~/.zfunc before compinit
  netdata-egress completion fish > ~/.config/fish/completions/netdata-egress.fish
  netdata-egress completion man | man -l -`,
    )
    .action(async (shell: string, flags: Record<string, unknown>) => {
      const { completionCommand } = await import('../completion/command.js');
      await completionCommand(shell, flags);
    });
}
