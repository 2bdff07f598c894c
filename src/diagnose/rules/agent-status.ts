/** The running Agent's own word beside our evidence. */
import { compareStatus, type Contradiction } from '../../agent/predict.js';
import type { ReadAgentStatusObservation } from '../../model/observation.js';
import type { Evidence } from '../evidence.js';

export interface StatusCase {
  readonly status: ReadAgentStatusObservation;
  readonly contradiction: Contradiction;
}

export function contradictions(ev: Evidence, kind: Contradiction['kind']): readonly StatusCase[] {
  const context = { facts: ev.agent, routes: ev.input.routes, now: new Date(ev.input.startedAt) };
  return ev.agentStatus.flatMap((status) =>
    compareStatus(ev.predictions, status, context)
      .filter((contradiction) => contradiction.kind === kind)
      .map((contradiction) => ({ status, contradiction })),
  );
}
