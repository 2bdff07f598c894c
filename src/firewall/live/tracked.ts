/** Does the kernel track a connection? One that it does not counts as new once rules ask for its state. */
import type { CommandRunner } from './runner.js';

/** null = conntrack(8), which tells it, is not installed or did not answer. */
export async function isTracked(
  runner: CommandRunner,
  family: 4 | 6,
  filter: readonly string[],
): Promise<boolean | null> {
  if ((await runner.which('conntrack')) === null) return null;
  const argv = ['conntrack', '-L', '-p', 'tcp', '-f', family === 4 ? 'ipv4' : 'ipv6', ...filter];
  const { code, stdout } = await runner.run(argv, { timeoutMs: 5000 });
  return code === 0 ? /\bESTABLISHED\b/.test(stdout) : null;
}
