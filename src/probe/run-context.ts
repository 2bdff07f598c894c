/**
 * The clock, the budget and the memory of one run. Every probe works on a NetContext made here; a control gets one
 * with an earlier deadline, so that a silent network costs one step deadline, not a sum of them.
 */
import { setMaxListeners } from 'node:events';
import type { NetworkOperation, Operation } from '../model/failure.js';
import type { Observation } from '../model/observation.js';
import type { NetContext } from '../net/context.js';

export interface RunOptions {
  /** Budget of the whole run, ms. */
  readonly runMs: number;
  /** Deadline of one step, ms. */
  readonly stepMs: number;
  /** Sockets open at once. */
  readonly maxSockets: number;
  /** Aborted on Ctrl-C. */
  readonly interrupt: AbortSignal;
  readonly now?: () => number;
  readonly wallClock?: () => Date;
  /** Called for every saved observation (progress). */
  readonly onSave?: (observation: Observation) => void;
  /** Lab only: where a published address really listens. */
  readonly translate?: (address: string) => string;
  /** Observation ids handed out before this run (host facts). */
  readonly ids?: IdSource;
}

/** Hands out ids like `connect-3`, unique within a report. */
export class IdSource {
  readonly #counts = new Map<Operation, number>();
  next(operation: Operation): string {
    const n = (this.#counts.get(operation) ?? 0) + 1;
    this.#counts.set(operation, n);
    return `${operation}-${String(n)}`;
  }
}

export class Run {
  readonly observations: Observation[] = [];
  readonly ids: IdSource;
  readonly signal: AbortSignal;
  readonly #options: RunOptions;
  readonly #zero: number;
  readonly #clock: () => number;
  readonly #budget = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #transactions = 0;
  #openSockets = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: RunOptions) {
    this.#options = options;
    this.#clock = options.now ?? (() => performance.now());
    this.#zero = this.#clock();
    this.ids = options.ids ?? new IdSource();
    // Steps end by their own deadlines, which are cut to the budget; the signal is the belt to those braces.
    this.#timer = setTimeout(() => this.#budget.abort(), options.runMs + 250);
    this.#timer.unref();
    this.signal = AbortSignal.any([options.interrupt, this.#budget.signal]);
    // Every step under way listens; their number is bounded by the sockets, not by Node's default of ten.
    setMaxListeners(0, this.signal);
  }

  now(): number {
    return Math.round((this.#clock() - this.#zero) * 1000) / 1000;
  }

  get interrupted(): boolean {
    return this.#options.interrupt.aborted;
  }

  nextTransaction(): string {
    this.#transactions += 1;
    return `t${String(this.#transactions)}`;
  }

  /** A context whose steps end by `deadlineAt` (ms since the run's zero) at the latest. */
  context(deadlineAt = Number.POSITIVE_INFINITY): NetContext {
    return {
      now: () => this.now(),
      wallClock: this.#options.wallClock ?? (() => new Date()),
      signal: this.signal,
      stepTimeoutMs: () => {
        const left = Math.min(this.#options.runMs, deadlineAt) - this.now();
        return Math.max(1, Math.min(this.#options.stepMs, left));
      },
      nextId: (operation: NetworkOperation) => this.ids.next(operation),
      save: (observation: Observation) => {
        this.observations.push(observation);
        this.#options.onSave?.(observation);
      },
      acquireSocket: () => this.#acquire(),
      ...(this.#options.translate ? { translate: this.#options.translate } : {}),
    };
  }

  budgetLeftMs(): number {
    return Math.max(1, this.#options.runMs - this.now());
  }

  get stepMs(): number {
    return this.#options.stepMs;
  }

  /** Ends the run's timers; observations stay. */
  close(): void {
    clearTimeout(this.#timer);
  }

  async #acquire(): Promise<() => void> {
    if (this.#openSockets >= this.#options.maxSockets) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#openSockets += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#openSockets -= 1;
      this.#waiting.shift()?.();
    };
  }
}
