/**
 * Steps that were answered, and later than the claim waits (5 s to connect, 10 s in all:
 * docs/reference/agent.md#claim-request).
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

const BUDGETS = new Set(['claim.connect_budget', 'claim.total_budget', 'proxy.no_reply', 'socks.no_reply']);

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

/** Steps of connections on the Agent's own path that are too slow for a leg. */
export function slowSteps(ev: Evidence, operation: Observation['operation']): readonly SlowStep[] {
  const ids = outOfTimeAt(ev);
  if (ids.size === 0) return [];
  return ev.path.flatMap((attempt) =>
    attempt.steps
      .filter((step) => step.operation === operation && ids.has(step.id))
      .map((step) => ({ attempt, step, tookMs: tookMs(step) })),
  );
}

/** For titles: what the Agent makes of the delay. */
export const SLOW_WORDS =
  'The claim gives up when it is not connected after 5 s, or not answered after 10 s; the link is more patient and gets through.';
