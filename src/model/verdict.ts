import type { FindingId } from './finding.js';
import type { ObservationId } from './observation.js';
import type { Leg } from './route.js';

/** A verdict that claims to know must name its evidence: only `unknown` may come without. */
export type LegVerdict =
  | {
      readonly outcome: 'will_work' | 'will_fail' | 'at_risk';
      readonly cause: FindingId | null;
      readonly note: string;
      readonly evidence: readonly [ObservationId, ...ObservationId[]];
    }
  | {
      readonly outcome: 'unknown';
      readonly cause: FindingId | null;
      readonly note: string;
      readonly evidence: readonly ObservationId[];
    };

export interface Verdict {
  readonly claim: LegVerdict;
  /** env, auth and link together: an Agent restarted since it was claimed. */
  readonly link: LegVerdict;
  readonly legs: Readonly<Record<Leg, LegVerdict>>;
}
