/**
 * Steps that were answered, and later than the claim waits (5 s to connect, 10 s in all:
 * docs/reference/agent.md#claim-request), or a request of the link (30 s in all: docs/reference/agent.md#https-limits).
 */
import { tookMs } from '../../trace/silence.js';
import type { Observation } from '../../model/observation.js';
import type { Attempt } from '../../trace/attempts.js';
import type { Evidence } from '../evidence.js';

export interface SlowStep {
  readonly attempt: Attempt;
  readonly step: Observation;
  readonly tookMs: number;
}

const BUDGETS = new Set([
  'agent:claim.connect_budget',
  'agent:claim.total_budget',
  'agent:proxy.no_reply',
  'agent:socks.no_reply',
  'agent:http.no_answer',
]);

/** Ids of the steps without failure at which a leg runs out of time, or nearly so. */
export function outOfTimeAt(ev: Evidence): ReadonlySet<string> {
  return new Set(
    ev.predictions.flatMap(({ rule, stops }) =>
      stops !== null && BUDGETS.has(rule) && isLate(ev.byId.get(stops)) ? [stops] : [],
    ),
  );
}

/** Answered after all; a look-up may still have been under way when we stopped waiting. */
function isLate(step: Observation | undefined): boolean {
  return step !== undefined && (step.failure === null || step.operation === 'resolve');
}

/** Steps of connections on the Agent's own path that are too slow for a leg, and not for the distance alone. */
export function slowSteps(ev: Evidence, operation: Observation['operation']): readonly SlowStep[] {
  return stepsOutOfTime(ev).filter(({ step, attempt }) => step.operation === operation && !isFar(step, attempt, ev));
}

/** A step that takes too long because each round trip does. */
export interface FarStep extends SlowStep {
  readonly roundTripMs: number;
}

/** Steps that are too slow for a leg although nobody on the way is slower than the way itself. */
export function farSteps(ev: Evidence): readonly FarStep[] {
  return stepsOutOfTime(ev).flatMap((slow) => {
    const roundTripMs = isFar(slow.step, slow.attempt, ev) ? roundTripTo(slow.attempt, ev) : null;
    return roundTripMs === null ? [] : [{ ...slow, roundTripMs }];
  });
}

function stepsOutOfTime(ev: Evidence): readonly SlowStep[] {
  const ids = outOfTimeAt(ev);
  if (ids.size === 0) return [];
  return ev.path.flatMap((attempt) =>
    attempt.steps.filter(({ id }) => ids.has(id)).map((step) => ({ attempt, step, tookMs: tookMs(step) })),
  );
}

/** A way is called slow from here on, ms for a round trip. */
const FAR_MS = 500;
/** Round trips that a step takes at most: TLS 1.2 needs two, and one segment may be lost. */
const ROUND_TRIPS_OF_A_STEP = 3;

function isFar(step: Observation, attempt: Attempt, ev: Evidence): boolean {
  const roundTripMs = roundTripTo(attempt, ev);
  return roundTripMs !== null && tookMs(step) <= ROUND_TRIPS_OF_A_STEP * roundTripMs;
}

/**
 * The quickest of several connects to the very address, ms; null where it is quick, or was measured once: a SYN that was
 * lost is answered late, too (RFC 6298).
 */
function roundTripTo({ connect }: Attempt, ev: Evidence): number | null {
  if (connect === null || connect.peer !== 'target') return null;
  const took = ev.attempts.flatMap(({ connect: other }) =>
    other !== null && other.failure === null && other.address === connect.address && other.port === connect.port
      ? [tookMs(other)]
      : [],
  );
  const quickest = Math.min(...took);
  return took.length >= 2 && quickest >= FAR_MS ? quickest : null;
}

const CLAIM_WORDS = 'The claim gives up after 5 s without a connection, or 10 s without an answer';

/** What the Agent makes of the delay. */
export const SLOW_WORDS = `${CLAIM_WORDS}; the link waits longer and gets through.`;

/** The same where it uses up the time of a request of the link. */
export const TOO_LATE_WORDS =
  'The link gives a request 30 s for everything, with the look-up, addresses that stay silent and the proxy, and those are over.';

/**
 * The same of a proxy: how long the MQTT step waits for it depends on the version.
 *
 * @param linkSeconds that the MQTT step waits for a proxy
 */
export function slowProxyWords(afterMs: number, linkSeconds: number): string {
  if (afterMs < linkSeconds * 1000) return SLOW_WORDS;
  return `${CLAIM_WORDS}. The HTTPS steps of the link wait longer; its MQTT step gives up after ${String(linkSeconds)} s without a byte.`;
}
