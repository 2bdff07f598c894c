/** Writes down what a capture saw as observations of a run. */
import type { Failure } from '../../model/failure.js';
import type { Observation, ObservationBase, Role } from '../../model/observation.js';
import type { PlannedRoute } from '../../model/planned.js';
import type { Target } from '../../model/target.js';
import type { StepLabel } from '../../net/context.js';
import type { Run } from '../../probe/run-context.js';

/** Which of this run's targets, by which way, a connection of the capture stands for. */
export interface Place {
  readonly target: Target;
  readonly route: PlannedRoute;
  readonly role: Role;
}

export class Recorder {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  get seen(): readonly Observation[] {
    return this.#run.observations;
  }

  base<O extends Observation['operation']>(
    operation: O,
    label: StepLabel,
    address: string | null,
    times: readonly [t0Ms: number, tMs: number],
    failure: Failure | null,
  ): ObservationBase<O> {
    const { transactionId, targetId: id, leg, routeId, role } = label;
    const [t0Ms, tMs] = times;
    const base = { operation, transactionId, targetId: id, leg, routeId, role, address, t0Ms, failure };
    return { ...base, id: this.#run.ids.next(operation), tMs: Math.max(t0Ms, tMs) };
  }

  save(observation: Observation): void {
    this.#run.observations.push(observation);
  }

  bare(): StepLabel {
    const transactionId = this.#run.nextTransaction();
    return { transactionId, targetId: null, leg: null, routeId: null, role: { kind: 'path' } };
  }

  nextId(operation: Observation['operation']): string {
    return this.#run.ids.next(operation);
  }

  label({ target, route }: Place, role: Role): StepLabel {
    return {
      transactionId: this.#run.nextTransaction(),
      targetId: target.id,
      leg: target.leg,
      routeId: route.id,
      role,
    };
  }
}
