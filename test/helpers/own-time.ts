/**
 * Time that stands still while this process does not run. Deadlines of what runs in one process, both ends of its
 * connections, are then missed for a reason of the test's own and never because a busy machine let others run.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { TimerOptions } from 'node:timers';
import type * as timers from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';

/** The loop turns at least this often, ms; a turn that took longer counts for no more than the second. */
const TURN_MS = 1;
const MOST_MS = 3;

const real = { setTimeout, setInterval, clearTimeout, clearInterval };
const promised = createRequire(import.meta.url)('node:timers/promises') as {
  setTimeout: typeof timers.setTimeout;
};
const sleep = promised.setTimeout;
const realNow = performance.now.bind(performance);

class Clock {
  #last = realNow();
  #own = this.#last;

  now(): number {
    return this.#own + Math.min(MOST_MS, realNow() - this.#last);
  }

  turn(): void {
    this.#own = this.now();
    this.#last = realNow();
  }
}

/** A timer by that clock: rings early by the real one as often as it must. */
class Timer {
  #handle: NodeJS.Timeout;
  #due: number;
  #counts = true;
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #again: boolean;
  readonly #ring: () => void;

  constructor(clock: Clock, ring: () => void, ms: number, again: boolean) {
    this.#clock = clock;
    this.#ring = ring;
    this.#ms = Math.max(1, ms);
    this.#again = again;
    this.#due = clock.now() + this.#ms;
    this.#handle = this.#arm();
  }

  #arm(): NodeJS.Timeout {
    const handle = real.setTimeout(() => this.#look(), Math.max(1, this.#due - this.#clock.now()));
    return this.#counts ? handle : handle.unref();
  }

  #look(): void {
    // Timers of Node may ring up to a millisecond early.
    const late = this.#clock.now() - this.#due;
    if (late >= -1 && this.#again) this.#due += this.#ms;
    if (late < -1 || this.#again) this.#handle = this.#arm();
    if (late >= -1) this.#ring();
  }

  clear(): void {
    real.clearTimeout(this.#handle);
  }

  refresh(): this {
    this.clear();
    this.#due = this.#clock.now() + this.#ms;
    this.#handle = this.#arm();
    return this;
  }

  ref(): this {
    this.#counts = true;
    this.#handle.ref();
    return this;
  }

  unref(): this {
    this.#counts = false;
    this.#handle.unref();
    return this;
  }

  hasRef(): boolean {
    return this.#counts;
  }
}

function install(): () => void {
  const clock = new Clock();
  const turns = real.setInterval(() => clock.turn(), TURN_MS);
  const timer =
    (again: boolean) =>
    (ring: (...args: unknown[]) => void, ms = 1, ...args: unknown[]): Timer =>
      new Timer(clock, () => ring(...args), ms, again);
  const clear = (handle: unknown): void => {
    if (handle instanceof Timer) handle.clear();
    else real.clearTimeout(handle as NodeJS.Timeout);
  };
  Object.assign(globalThis, {
    setTimeout: timer(false),
    setInterval: timer(true),
    clearTimeout: clear,
    clearInterval: clear,
  });
  performance.now = () => clock.now();
  promised.setTimeout = <T>(ms?: number, value?: T, options: TimerOptions = {}) =>
    new Promise<T>((resolve, reject) => {
      const { signal, ref } = options;
      const abort = (): void => {
        waiting.clear();
        reject(Object.assign(new Error('The operation was aborted'), { name: 'AbortError', code: 'ABORT_ERR' }));
      };
      const waiting = new Timer(
        clock,
        () => {
          signal?.removeEventListener('abort', abort);
          resolve(value as T);
        },
        ms ?? 1,
        false,
      );
      if (ref === false) waiting.unref();
      if (signal?.aborted === true) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  syncBuiltinESMExports();
  return () => {
    Object.assign(globalThis, real);
    performance.now = realNow;
    promised.setTimeout = sleep;
    syncBuiltinESMExports();
    real.clearInterval(turns);
  };
}

/** For all tests of a file. Its tests still end by vitest's own clock. */
export function useOwnTime(): void {
  let restore = (): void => undefined;
  beforeAll(() => {
    restore = install();
  });
  afterAll(() => restore());
}
