/** Runs the user's command for each change: no shell, the event as JSON on its standard input, a time limit. */
import { startProgram } from '../../host/start.js';
import type { Trouble, WatchEvent } from '../../watch/event.js';

const TIMEOUT_MS = 30_000;
/** Changes that wait for the ones before them; what is more is left out and told. */
const MAX_WAITING = 100;

export interface OnChange {
  tell(event: WatchEvent): void;
  /** Ends what runs. */
  stop(): void;
}

/** One at a time, in order. */
export function onChange(
  [file = '', ...args]: readonly string[],
  trouble: (trouble: Trouble) => void,
  timeoutMs = TIMEOUT_MS,
): OnChange {
  const waiting: WatchEvent[] = [];
  let running: { readonly end: () => void } | null = null;
  let stopped = false;
  const next = (): void => {
    const event = stopped ? undefined : waiting.shift();
    if (event === undefined) {
      running = null;
      return;
    }
    running = start(event);
  };
  const start = (event: WatchEvent): { readonly end: () => void } => {
    // A group of its own: whatever it started ends with it.
    const child = startProgram(file, args, { stdio: ['pipe', 'ignore', 'ignore'], shell: false, detached: true });
    const end = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It is over already.
      }
    };
    let over = false;
    const finished = (bad: Trouble | null): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      if (bad !== null && !stopped) trouble(bad);
      next();
    };
    const timer = setTimeout(() => {
      end();
      finished({ kind: 'on_change_slow', code: `${String(timeoutMs / 1000)} s` });
    }, timeoutMs);
    child.on('error', (error: NodeJS.ErrnoException) => {
      finished({ kind: 'on_change_failed', code: error.code ?? error.name });
    });
    child.on('exit', (code, signal) => {
      finished(code === 0 ? null : { kind: 'on_change_failed', code: signal ?? `exit ${String(code)}` });
    });
    child.stdin?.on('error', () => undefined).end(`${JSON.stringify(event)}\n`);
    return { end };
  };
  return {
    tell(event) {
      if (waiting.length >= MAX_WAITING) {
        trouble({ kind: 'on_change_slow', code: 'a change was left out' });
        return;
      }
      waiting.push(event);
      if (running === null) next();
    },
    stop() {
      stopped = true;
      running?.end();
    },
  };
}
