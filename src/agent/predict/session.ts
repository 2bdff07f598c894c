import type { Leg } from '../../model/route.js';
import { judgeAclkLeg, type AclkJudged } from './aclk-leg.js';
import { silentSeconds } from './aclk-walk.js';
import { outcomeOf, type Judged } from './judged.js';
import type { PredictRules } from './rules.js';
import type { LegView } from './view.js';

export type LinkLeg = Exclude<Leg, 'claim'>;
const LINK_LEGS: readonly LinkLeg[] = ['env', 'auth', 'link'];

export interface SessionResult {
  readonly judged: readonly Judged[];
  /** The attempt that this result belongs to. */
  readonly attempt: 1 | 2;
  /** A leg ahead of this one timed out in the first attempt: that is what the Agent's status says until it changes. */
  readonly afterTimeout?: boolean;
}

/** 20 s on the silent address, then a wait of one to two seconds (docs/reference/agent.md#backoff, #seen-5). */
const lostSeconds = (leg: LinkLeg, rules: PredictRules): number => silentSeconds(leg, rules) + 1;

/**
 * Plays the legs of one connect session. Its legs share one flag: once an IPv6 address has timed out, all later
 * attempts leave IPv6 out, on every leg and host, until a full success (docs/reference/agent.md#tcp-connect). Each leg
 * is judged as if the legs before it had succeeded.
 */
export function playSession(
  views: Readonly<Record<LinkLeg, LegView>>,
  rules: PredictRules,
): Readonly<Record<LinkLeg, SessionResult>> {
  const first = Object.fromEntries(
    LINK_LEGS.map((leg) => [leg, judgeAclkLeg(views[leg], rules, false)]),
  ) as unknown as Record<LinkLeg, readonly AclkJudged[]>;
  const switching = LINK_LEGS.findIndex((leg) => first[leg].some(({ ipv6Timeout }) => ipv6Timeout));
  const result = (leg: LinkLeg, index: number): SessionResult => {
    if (switching < 0) return { judged: first[leg], attempt: 1 };
    const later = judgeAclkLeg(views[leg], rules, true);
    const worksAtOnce = index < switching;
    if (!worksAtOnce)
      return {
        judged: later.map((judged) => delayed(judged, lostSeconds(LINK_LEGS[switching] ?? leg, rules))),
        attempt: 2,
        afterTimeout: index > switching,
      };
    // A leg ahead of the one that times out must work both ways: with IPv6 at first, without it ever after.
    const failsAtOnce = first[leg].some((judged) => outcomeOf(judged) === 'will_fail');
    const failsLater = later.some((judged) => outcomeOf(judged) === 'will_fail');
    return { judged: !failsAtOnce && failsLater ? later : first[leg], attempt: 1 };
  };
  return Object.fromEntries(LINK_LEGS.map((leg, index) => [leg, result(leg, index)])) as Record<LinkLeg, SessionResult>;
}

function delayed(judged: Judged, lost: number): Judged {
  return { ...judged, seconds: judged.seconds === null ? null : judged.seconds + lost };
}
