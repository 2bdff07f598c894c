import type { AgentFacts } from '../../model/agent.js';
import type { Observation } from '../../model/observation.js';
import type { RouteEntry } from '../../model/route.js';
import type { Target } from '../../model/target.js';

/** All that a prediction may look at: facts of the configuration and what was seen. A `Report` fits. */
export interface PredictInput {
  readonly facts: AgentFacts;
  readonly routes: readonly RouteEntry[];
  readonly targets: readonly Target[];
  readonly observations: readonly Observation[];
}
