import type { ObservationId } from './observation.js';
import type { Leg } from './route.js';

export type Outcome = 'will_work' | 'will_fail' | 'at_risk' | 'unknown';

/** What the Agent would experience on one leg, by its own rules over the observations. */
export interface Prediction {
  readonly leg: Leg;
  /** RouteEntry.id of the route this leg takes. */
  readonly routeId: string;
  readonly outcome: Outcome;
  /** The observation that stops the leg, or null. */
  readonly stops: ObservationId | null;
  /** The observations this prediction rests on, in the order the Agent would meet them. */
  readonly evidence: readonly ObservationId[];
  /** Which rule decided: a short stable id such as `tcp.timeout_ends_loop`, `http.header_value_too_long`. */
  readonly rule: string;
  /** One sentence in our words; of a failing claim a second one, how often it is tried. */
  readonly why: string;
  /** The Agent's fixed status string (docs/reference/agent.md#reason-texts) and the log line to look for, or null. */
  readonly agentWouldSay: { readonly status: string | null; readonly log: string | null };
  /** Seconds the Agent needs until this leg works or fails for the first time; null = unknown or endless. */
  readonly agentSeconds: number | null;
  /** Which attempt is the first to work (1 = at once); null = none, or unknown. */
  readonly worksAtAttempt: number | null;
}
