/** Runs a program of this host with arguments, never through a shell; bounded in time and output. */
import { readProc } from '../../host/capped-read.js';
import { NOT_RUN, SYSTEM_DIRS, systemProgram } from '../../host/program.js';
import { startProgram } from '../../host/start.js';

export type ProgramFailure = {
  readonly ok: false;
  readonly why: 'missing' | 'not_permitted' | 'failed' | 'timeout' | 'too_large';
  readonly detail: string;
};
export type ProgramResult = { readonly ok: true; readonly stdout: string } | ProgramFailure;

export const SAFE_PATH = SYSTEM_DIRS.join(':');
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_STDERR = 2000;
const WEIGH_MS = 50;

export interface StreamOptions {
  readonly timeoutMs: number;
  /** More than this many bytes are not read: the program is ended. */
  readonly maxBytes: number;
  /** Text as it comes; false = enough, the program is ended. */
  readonly onText: (text: string) => boolean;
  readonly input?: string;
  /** Aborted: the program is ended, as if its time were up. */
  readonly signal?: AbortSignal;
  /** With more memory than this, in bytes, the program is ended: it prints too much for this machine. */
  readonly maxMemory?: number;
  /** With root's own ids, while this process works with another's. */
  readonly asRoot?: boolean;
}

export async function runProgram(program: string, args: readonly string[], timeoutMs: number): Promise<ProgramResult> {
  const pieces: string[] = [];
  const onText = (text: string): boolean => {
    pieces.push(text);
    return true;
  };
  const failure = await streamProgram(program, args, { timeoutMs, maxBytes: MAX_BYTES, onText });
  return failure ?? { ok: true, stdout: pieces.join('') };
}

/** What a process has in memory; 0 = it is over, or not ours to see. */
async function residentBytes(pid: number): Promise<number> {
  const status = await readProc(`/proc/${String(pid)}/status`, 16_384);
  return status.state === 'read'
    ? 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status.bytes.toString('latin1'))?.[1] ?? 0)
    : 0;
}

/** Null when the program ended well. */
export function streamProgram(
  program: string,
  args: readonly string[],
  { timeoutMs, maxBytes, onText, input, signal, maxMemory, asRoot }: StreamOptions,
): Promise<ProgramFailure | null> {
  const found = systemProgram(program);
  if (typeof found === 'string') {
    const why = found === 'untrusted' ? 'not_permitted' : found;
    return Promise.resolve({ ok: false, why, detail: `${program} ${NOT_RUN[found]}` });
  }
  return new Promise((resolve) => {
    const child = startProgram(found.path, args, {
      // Programs that print hours print them in UTC.
      env: { PATH: SAFE_PATH, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(asRoot === true ? { uid: 0, gid: 0 } : {}),
    });
    let said = '';
    let bytes = 0;
    let ended: ProgramFailure['why'] | null = null;
    let done = false;
    const finish = (failure: ProgramFailure | null): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      clearInterval(weighing);
      signal?.removeEventListener('abort', late);
      resolve(failure);
    };
    const fail = (why: ProgramFailure['why'], detail: string): void =>
      finish({ ok: false, why, detail: detail.trim().slice(0, 300) });
    const end = (why: ProgramFailure['why'], detail: string): void => {
      ended ??= why;
      child.kill('SIGKILL');
      child.stdout?.destroy();
      fail(why, detail);
    };
    const late = (): void => end('timeout', `${program} did not end within ${String(timeoutMs)} ms`);
    child.on('error', (error: NodeJS.ErrnoException) => {
      fail(
        error.code === 'ENOENT'
          ? 'missing'
          : error.code === 'EACCES' || error.code === 'EPERM'
            ? 'not_permitted'
            : 'failed',
        error.message,
      );
    });
    const timer = setTimeout(late, Math.max(1, timeoutMs));
    const { pid } = child;
    // No limit of the kernel's: a program that is refused memory may print a part and end well.
    const weighing =
      maxMemory === undefined || pid === undefined
        ? undefined
        : setInterval(() => {
            void residentBytes(pid).then((bytes) => {
              const most = `${String(Math.round(maxMemory / 1e6))} MB`;
              if (bytes > maxMemory) end('too_large', `${program} needs more than ${most} of memory`);
            });
          }, WEIGH_MS);
    if (signal?.aborted === true) late();
    else signal?.addEventListener('abort', late, { once: true });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      bytes += text.length;
      if (ended === null && (bytes > maxBytes || !onText(text))) end('too_large', `${program} prints too much`);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < MAX_STDERR) said += text;
    });
    child.stdin?.on('error', () => undefined).end(input ?? '');
    child.on('close', (code) => {
      if (code === 0) finish(null);
      else if (/not permitted|permission denied|must be root/i.test(said)) fail('not_permitted', said);
      else fail('failed', said || `${program} ended with ${String(code)}`);
    });
  });
}
