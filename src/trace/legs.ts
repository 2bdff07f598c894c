/** Whose a step is: a leg's own, or that of every leg which goes the same way. */
import type { LegSettings } from '../model/agent.js';
import type { Observation } from '../model/observation.js';
import { type Leg, LEGS } from '../model/route.js';
import type { Target } from '../model/target.js';

/** Where a leg goes, and along which route. */
export interface Way {
  readonly leg: Leg;
  readonly routeId: string;
  readonly host: string;
  readonly port: number;
}

/** Host names are compared without regard to case (RFC 4343). */
export function sameHost(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Whether a step goes to the end of this way; a step without a target goes wherever its connection goes. */
export function isToward(seen: Observation, way: Way, targets: readonly Target[]): boolean {
  if (seen.targetId === null) return true;
  const target = targets.find(({ id }) => id === seen.targetId);
  // A target that /env replaced is gone, what was seen of it is not.
  if (target === undefined)
    return seen.targetId.toLowerCase().endsWith(`:${way.host.toLowerCase()}:${String(way.port)}`);
  return sameHost(target.host, way.host) && target.port === way.port;
}

/** A step of the Agent's own path that this leg takes, or that was taken for whoever goes this way. */
export function isOn(seen: Observation, way: Way, targets: readonly Target[]): boolean {
  return (
    seen.role.kind === 'path' &&
    seen.routeId === way.routeId &&
    (seen.leg === way.leg || seen.leg === null) &&
    isToward(seen, way, targets)
  );
}

/** Legs that a connection speaks for: its own, or all that go where it went. */
export function legsOn(
  { leg, host, port, routeId }: Omit<Way, 'leg'> & { readonly leg: Leg | null },
  settings: Readonly<Record<Leg, LegSettings>>,
): readonly Leg[] {
  if (leg !== null) return [leg];
  return LEGS.filter((one) => {
    const own = settings[one];
    return own.host === host && own.port === port && own.routeId === routeId;
  });
}
