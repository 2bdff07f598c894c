/**
 * How long something may take, for everything that is not a network step: those have a clock of their own. One
 * deadline covers a whole run from the start of the process on; who gets a part of it takes an earlier one.
 */
import { setMaxListeners } from 'node:events';

export interface Deadline {
  /** ms that are left, never negative. */
  leftMs(): number;
  /** Aborted when the time is up, and at once on Ctrl-C. */
  readonly signal: AbortSignal;
  /** The same, but over `ms` before this one is. */
  endingEarlier(ms: number): Deadline;
  /** What `work` gives, or `otherwise` as soon as the time is up; the work itself is left to its own devices. */
  orElse<T>(work: Promise<T>, otherwise: T): Promise<T>;
}

/** What a timer takes at most. */
const LONGEST_MS = 2 ** 31 - 1;

/** Aborted in `ms` (any number: fractions count up, less than nothing is now), and at once on `interrupt`. */
export function abortedIn(ms: number, interrupt: AbortSignal): AbortSignal {
  // AbortSignal.any() holds its sources weakly: in Node 20 a collected AbortSignal.timeout() never fires.
  const controller = new AbortController();
  const { signal } = controller;
  const stop = (): void => controller.abort(interrupt.reason);
  // It keeps no process alive.
  const timer = setTimeout(
    () => {
      interrupt.removeEventListener('abort', stop);
      controller.abort(new DOMException('The time is up', 'TimeoutError'));
    },
    Math.min(LONGEST_MS, Math.max(0, Math.ceil(ms))),
  ).unref();
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  if (interrupt.aborted) stop();
  else interrupt.addEventListener('abort', stop, { once: true });
  return signal;
}

/**
 * @param atMs when it is over, on `performance.now()`'s clock
 * @param interrupt Ctrl-C
 */
export function deadlineAt(atMs: number, interrupt: AbortSignal): Deadline {
  const leftMs = (): number => Math.max(0, atMs - performance.now());
  const signal = abortedIn(leftMs(), interrupt);
  // Everything under way listens, and takes its listener away again.
  setMaxListeners(0, signal);
  return {
    leftMs,
    signal,
    endingEarlier: (ms) => deadlineAt(atMs - ms, interrupt),
    async orElse(work, otherwise) {
      let stop: () => void = () => undefined;
      const over = new Promise<void>((resolve) => {
        stop = resolve;
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', stop, { once: true });
      });
      work.catch(() => undefined);
      try {
        return await Promise.race([work, over.then(() => otherwise)]);
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
  };
}
