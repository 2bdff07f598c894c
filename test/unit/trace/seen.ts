/** Observations with the few fields that the trace looks at. */
import type { Failure, FailureKind, Operation } from '../../../src/model/failure.js';
import type { ObservationOf } from '../../../src/model/observation.js';

export function failure(kind: FailureKind): Failure {
  return { kind, operation: 'connect', rawCode: null, detail: '' };
}

let last = 0;

export function observation<O extends Operation>(operation: O, over: Partial<ObservationOf<O>>): ObservationOf<O> {
  last += 1;
  return {
    operation,
    id: `o${String(last)}`,
    transactionId: `t${String(last)}`,
    targetId: null,
    leg: null,
    routeId: 'direct',
    role: { kind: 'path' },
    address: null,
    t0Ms: 0,
    tMs: 1,
    failure: null,
    ...over,
  } as unknown as ObservationOf<O>;
}
