import type { Described } from './schema/build.js';
import type { legVerdict, verdict } from './schema/judgement.js';

/** A verdict that claims to know must name its evidence: only `unknown` may come without. */
export type LegVerdict = Described<typeof legVerdict>;

export type Verdict = Described<typeof verdict>;
