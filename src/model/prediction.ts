import type { Described } from './schema/build.js';
import type { prediction } from './schema/judgement.js';

export type Outcome = 'will_work' | 'will_fail' | 'at_risk' | 'unknown';

/** What the Agent would experience on one leg, by its own rules over the observations. */
export type Prediction = Described<typeof prediction>;
