/** What every network step gets: clock, deadlines, cancellation, and where observations go. */
import type { NetworkOperation } from '../model/failure.js';
import type { Observation, ObservationId, Role } from '../model/observation.js';
import type { Leg } from '../model/route.js';

export interface NetContext {
  /** Monotonic ms since the run's zero. */
  now(): number;
  /** Wall clock, for HTTP Date comparisons. */
  wallClock(): Date;
  /** Aborted on Ctrl-C and when the run budget is spent. */
  readonly signal: AbortSignal;
  /** Deadline of one step in ms, already cut to what is left of the run budget. */
  stepTimeoutMs(operation: NetworkOperation): number;
  /** Next unique observation id for an operation: `connect-3`. */
  nextId(operation: NetworkOperation): ObservationId;
  /** Every step saves its observation exactly once, also when it fails. */
  save(observation: Observation): void;
  /** Lab only: where a published address really listens; observations keep the published one. */
  translate?(address: string): string;
  /** Bounds the number of sockets open at once. */
  acquireSocket(): Promise<() => void>;
}

/** What a step is taken for; copied into its observation. */
export interface StepLabel {
  readonly transactionId: string;
  readonly targetId: string | null;
  readonly leg: Leg | null;
  readonly routeId: string | null;
  readonly role: Role;
}

/** What a step saw, and what it holds: the handle is null exactly when the step cannot be built upon. */
export interface Step<O extends Observation, H> {
  readonly observation: O;
  readonly handle: H | null;
}
