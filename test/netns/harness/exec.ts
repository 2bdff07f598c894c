/** Runs programs with argument arrays, a deadline, and no shell. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';

export interface Ran {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
  readonly timedOut: boolean;
}

export interface RunOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Runs beside the program from its start on; the run ends when both have. A failure of it rejects. */
  readonly during?: (child: ChildProcess) => Promise<void>;
}

const OUTPUT_LIMIT = 32 * 1024 * 1024;

/** Never rejects for what the program does; a program that cannot be started rejects. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: options.env ?? process.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let stdout = '';
    let stderr = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.timeoutMs ?? 20_000);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < OUTPUT_LIMIT) stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < OUTPUT_LIMIT) stderr += text;
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    const beside = (options.during?.(child) ?? Promise.resolve()).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    child.on('close', (code) => {
      clearTimeout(timer);
      const ran = { code, stdout, stderr, ms: performance.now() - started, timedOut };
      void beside.then((failed) => {
        if (failed === null) resolve(ran);
        else reject(failed.error);
      });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
  });
}

/** As run(), but a non-zero exit is an error of the lab. */
export async function must(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const ran = await run(command, args, options);
  if (ran.code !== 0) {
    throw new Error(`${command} ${args.join(' ')} ended with ${ran.code}: ${ran.stderr.trim() || ran.stdout.trim()}`);
  }
  return ran;
}

export interface Service {
  readonly name: string;
  readonly child: ChildProcess;
  /** What it printed so far, both streams, at most the last 64 KiB. */
  log(): string;
  stop(): Promise<void>;
}

/**
 * Starts a long-running program. The kernel kills it should this process die without cleaning up
 * (setpriv --pdeathsig), so that no lab leaves daemons behind.
 */
export function startService(
  name: string,
  command: string,
  args: readonly string[],
  options: { readonly ipc?: boolean; readonly env?: Readonly<Record<string, string>> } = {},
): Service {
  const stdio: StdioOptions = options.ipc === true ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], { stdio, env: options.env ?? process.env });
  let text = '';
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString('latin1')).slice(-65_536);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.on('error', (error) => {
    text += `\n${name}: ${error.message}`;
  });
  return {
    name,
    child,
    log: () => text,
    stop: () => stopChild(child),
  };
}

function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const hard = setTimeout(() => child.kill('SIGKILL'), 1500);
    child.once('exit', () => {
      clearTimeout(hard);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

/** Polls until the check holds; the message names what never came true. */
export async function until(what: string, check: () => Promise<boolean> | boolean, timeoutMs = 8000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await check()) return;
    if (performance.now() > deadline) throw new Error(`lab: ${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
