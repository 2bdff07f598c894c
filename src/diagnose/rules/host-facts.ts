import type { HostOperation } from '../../model/failure.js';
import type { Evidence } from '../evidence.js';

/** Ids of what was read from this host, in the order of the operations named; at most four. */
export function hostFactIds(ev: Evidence, ...operations: readonly HostOperation[]): readonly string[] {
  return operations
    .flatMap((operation) => ev.observations.filter((seen) => seen.operation === operation).map(({ id }) => id))
    .slice(0, 4);
}
