/** What loading rules would change, without loading them. Pure. */
import { revisionOf } from '../../core/header.js';
import type { CheckedAllowList } from '../../core/target.js';
import { compareLive, wantedEntries, type DriftKind } from '../compare.js';
import type { ApplyContext, LiveEntry, LiveState } from '../manager.js';

export interface LoadPlan {
  readonly target: string;
  /** Loading the rules would leave something else than what is there. */
  readonly changes: boolean;
  /** Hash of the rules; null = nothing of ours is loaded, or it does not tell. */
  readonly revision: { readonly live: string | null; readonly wanted: string };
  /** What is let through, in the order of the rules: `203.0.113.7/32 tcp/443`. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Differences that loading takes away; others (rules of somebody else, age) stay as they are. */
const MENDED: ReadonlySet<DriftKind> = new Set(['missing', 'extra', 'not_in_force', 'inconsistent']);

const line = ({ cidr, ports }: LiveEntry): string => `${cidr} tcp/${ports}`;

/** `now`: ISO 8601 UTC. */
export function loadPlan(
  target: string,
  list: CheckedAllowList,
  options: ApplyContext['options'],
  live: LiveState,
  now: string,
): LoadPlan {
  const wanted = revisionOf(list, options);
  const mine = live.present && live.target === target;
  const sameRevision = live.revision === null || live.revision === wanted;
  const mends = compareLive(list, options, live, now).some(({ kind }) => MENDED.has(kind));
  return {
    target,
    changes: !mine || !sameRevision || mends,
    revision: { live: live.present ? live.revision : null, wanted },
    before: live.entries.map(line).sort(),
    after: wantedEntries(list, options).map(line).sort(),
  };
}
