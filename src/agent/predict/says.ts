import type { Prediction } from '../../model/prediction.js';
import type { Leg } from '../../model/route.js';
import { claimSays } from './claim-says.js';
import { httpsSays } from './https-says.js';
import { linkSays } from './link-says.js';
import type { PredictRule } from './rule-ids.js';
import { predictRules } from './rules.js';

/** What belongs to the words besides the rule; everything has a default. */
export interface SaysContext {
  /** HTTP status that was seen, or null. */
  readonly status?: number | null;
  /** Whether a proxy is used. */
  readonly byProxy?: boolean;
  /** Whether the resolver took longer than the claim waits. */
  readonly late?: boolean;
  /** Whether a leg ahead timed out before. */
  readonly afterTimeout?: boolean;
}

/**
 * The Agent's fixed status text and the log line to look for when this rule stops this leg
 * (docs/reference/agent.md#claim-results, #reason-texts, #logs; docs/reference/agent.md#seen-12, #seen-13). Nothing is
 * said about a leg that works.
 *
 * @param version of the Agent, without leading v
 */
export function agentSays(
  rule: PredictRule,
  leg: Leg,
  version: string,
  context: SaysContext = {},
): Prediction['agentWouldSay'] {
  if (rule.startsWith('works') || rule.startsWith('unknown.')) return { status: null, log: null };
  const status = context.status ?? null;
  const rules = predictRules(version);
  if (leg === 'claim') return claimSays(rule, status, { ...context, claimsByItself: rules.claimsByItself });
  return leg === 'link'
    ? linkSays(rule, rules, context.afterTimeout ?? false, status)
    : httpsSays(rule, leg, rules, status);
}
