/**
 * A network namespace without a way out, for the target's own parser: nothing it loads touches this host's
 * rules, and a mistyped address that it takes for a name cannot be looked up. The namespace is held by a `cat`
 * on a pipe of ours: when we go, it goes.
 */
import type { ChildProcess } from 'node:child_process';
import { startProgram } from '../../host/start.js';
import type { CommandOptions, CommandResult, CommandRunner } from './runner.js';
import { commandEnv, hostRunner } from './runner.js';

export interface Sandbox {
  run(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Starts a daemon inside; ended by close(). */
  start(argv: readonly string[]): void;
  close(): Promise<void>;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
}

/** null = this host or user cannot make such a namespace; the reason is for people. */
export async function openSandbox(
  options: { readonly root: boolean; readonly mounts: boolean },
  runner: CommandRunner = hostRunner,
): Promise<Sandbox | { readonly because: string }> {
  const isRoot = process.getuid?.() === 0;
  if (options.root && !isRoot) return { because: 'it needs root' };
  if ((await runner.which('unshare')) === null || (await runner.which('nsenter')) === null)
    return { because: 'unshare and nsenter (util-linux) are not installed' };
  const flags = ['-n', ...(options.mounts ? ['-m', '--propagation', 'private'] : []), ...(isRoot ? [] : ['-U', '-r'])];
  const holder = startProgram('unshare', [...flags, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'], env: commandEnv() });
  // cat echoes: when the line comes back, the namespace stands.
  const up = await new Promise<boolean>((resolve) => {
    holder.stdout?.once('data', () => {
      resolve(true);
    });
    for (const over of ['close', 'error'])
      holder.on(over, () => {
        resolve(false);
      });
    holder.stdin?.on('error', () => undefined).write('\n');
  });
  if (!up || holder.pid === undefined) return { because: 'this system does not let us make a network namespace' };
  const enter = [
    'nsenter',
    `--target=${String(holder.pid)}`,
    '--net',
    ...(options.mounts ? ['--mount'] : []),
    ...(isRoot ? [] : ['--user', '--preserve-credentials']),
    '--',
  ];
  const daemons: ChildProcess[] = [];
  const sandbox: Sandbox = {
    run: (argv, opts) => runner.run([...enter, ...argv], opts),
    start(argv) {
      const [program, ...args] = [...enter, ...argv];
      const child = startProgram(program ?? '', args, { stdio: 'ignore', env: commandEnv() });
      child.on('error', () => undefined);
      daemons.push(child);
    },
    async close() {
      for (const child of daemons.toReversed()) {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
        await ended(child);
        clearTimeout(timer);
      }
      holder.stdin?.end();
      await ended(holder);
    },
  };
  await sandbox.run(['ip', 'link', 'set', 'lo', 'up']);
  return sandbox;
}
