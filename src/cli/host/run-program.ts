/** Runs a program of this host with arguments, never through a shell; bounded in time and output. */
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

export interface StreamOptions {
  readonly timeoutMs: number;
  /** More than this many bytes are not read: the program is ended. */
  readonly maxBytes: number;
  /** Text as it comes; false = enough, the program is ended. */
  readonly onText: (text: string) => boolean;
  readonly input?: string;
  /** Aborted: the program is ended, as if its time were up. */
  readonly signal?: AbortSignal;
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

/** Null when the program ended well. */
export function streamProgram(
  program: string,
  args: readonly string[],
  { timeoutMs, maxBytes, onText, input, signal, asRoot }: StreamOptions,
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
      signal?.removeEventListener('abort', onAbort);
      resolve(failure);
    };
    const fail = (why: ProgramFailure['why'], detail: string): void =>
      finish({ ok: false, why, detail: detail.trim().slice(0, 300) });
    const end = (why: ProgramFailure['why']): void => {
      ended ??= why;
      child.kill('SIGKILL');
      child.stdout?.destroy();
      fail(
        why,
        why === 'timeout' ? `${program} did not end within ${String(timeoutMs)} ms` : `${program} prints too much`,
      );
    };
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
    const timer = setTimeout(() => end('timeout'), Math.max(1, timeoutMs));
    const onAbort = (): void => end('timeout');
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      bytes += text.length;
      if (ended === null && (bytes > maxBytes || !onText(text))) end('too_large');
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
