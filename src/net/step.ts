/** What every step has in common: an id, a start, one deadline, one saved observation. */
import { setMaxListeners } from 'node:events';
import type { Failure, NetworkOperation } from '../model/failure.js';
import type { Observation, ObservationBase } from '../model/observation.js';
import type { NetContext, StepLabel } from './context.js';
import { failureOf } from './classify.js';

/** Below this, the run's budget was spent before the step began: it was not tried, so it has not timed out. */
const NOTHING_LEFT_MS = 2;

export class StepClock<O extends NetworkOperation> {
  readonly operation: O;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly #ctx: NetContext;
  readonly #label: StepLabel;
  readonly #id: string;
  readonly #t0Ms: number;

  constructor(ctx: NetContext, label: StepLabel, operation: O) {
    this.#ctx = ctx;
    this.#label = label;
    this.operation = operation;
    this.signal = ctx.signal;
    allowListeners(ctx.signal);
    this.timeoutMs = ctx.stepTimeoutMs(operation);
    this.#id = ctx.nextId(operation);
    this.#t0Ms = ctx.now();
  }

  /** Monotonic ms since the run's zero. */
  now(): number {
    return this.#ctx.now();
  }

  /** ms until the step's deadline, never negative. */
  left(): number {
    return Math.max(0, this.#t0Ms + this.timeoutMs - this.#ctx.now());
  }

  /** Why the step must not even begin, or null. */
  blocked(): Failure | null {
    if (this.signal.aborted) return this.interrupted();
    if (this.timeoutMs < NOTHING_LEFT_MS) {
      return failureOf('interrupted', this.operation, null, 'not tried: the time of the whole run was spent');
    }
    return null;
  }

  interrupted(): Failure {
    return failureOf('interrupted', this.operation, null, 'interrupted before it ended');
  }

  /** Our own timer: it only says "not within this time". */
  timedOut(waitedFor: string): Failure {
    const seconds = (Math.min(this.timeoutMs, this.#ctx.now() - this.#t0Ms) / 1000).toFixed(1);
    return failureOf('generic_timeout_error', this.operation, null, `no ${waitedFor} within ${seconds} s`);
  }

  /** The fields common to all observations; the end time is now. */
  base(address: string | null, failure: Failure | null): ObservationBase<O> {
    return {
      id: this.#id,
      operation: this.operation,
      transactionId: this.#label.transactionId,
      targetId: this.#label.targetId,
      leg: this.#label.leg,
      routeId: this.#label.routeId,
      role: this.#label.role,
      address,
      t0Ms: this.#t0Ms,
      tMs: Math.max(this.#t0Ms, this.#ctx.now()),
      failure,
    };
  }

  /** Saves the one observation of this step and returns it. */
  save<T extends Observation>(observation: T): T {
    this.#ctx.save(observation);
    return observation;
  }
}

/** Dozens of steps listen at once, and each takes its listener away again: no leak to warn of. */
function allowListeners(signal: AbortSignal): void {
  setMaxListeners(0, signal);
}

/** Waits for a place among the open sockets; null when the run was interrupted first (the place is given back). */
export async function socketPlace(ctx: NetContext): Promise<(() => void) | null> {
  allowListeners(ctx.signal);
  const place = ctx.acquireSocket();
  if (ctx.signal.aborted) {
    void place.then((release) => release());
    return null;
  }
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<null>((resolve) => {
    onAbort = () => resolve(null);
    ctx.signal.addEventListener('abort', onAbort, { once: true });
  });
  const won = await Promise.race([place, aborted]);
  ctx.signal.removeEventListener('abort', onAbort);
  if (won === null) void place.then((release) => release());
  return won;
}
