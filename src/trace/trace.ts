/**
 * What the observations of a run add up to before anybody judges: connections put together from their steps, what the
 * names resolved to, what answered and how soon. Derived once for a run; predict, diagnose and report read the same.
 */
import type { Observation, ObservationId, ReadHostNetworkObservation } from '../model/observation.js';
import type { Target } from '../model/target.js';
import { type Attempt, buildAttempts } from './attempts.js';
import { buildConnects, type HostConnects } from './connects.js';
import { buildDns, type DnsView } from './dns.js';
import { isCutOff, isTelling, tookMs } from './silence.js';
import { buildTiming, type Timing } from './timing.js';

export interface Trace {
  /** All of them, in one order: nothing depends on the order in which they were saved. */
  readonly observations: readonly Observation[];
  readonly byId: ReadonlyMap<ObservationId, Observation>;
  /** Every connection, of the steps that tell something. */
  readonly attempts: readonly Attempt[];
  /** Those on the Agent's own path. */
  readonly path: readonly Attempt[];
  readonly dns: DnsView;
  readonly timing: Timing;
  /** Addresses of direct destinations and whether they accept connections. */
  readonly connects: readonly HostConnects[];
  readonly hostNetwork: ReadHostNetworkObservation | null;
}

interface Run {
  readonly observations: readonly Observation[];
  readonly targets: readonly Target[];
}

const DERIVED = new WeakMap<
  readonly Observation[],
  { readonly of: Run; readonly seen: number; readonly trace: Trace }
>();

/** Derived when first asked for; a run that has gone on since, or has other targets, is derived anew. */
export function traceOf(run: Run): Trace {
  const known = DERIVED.get(run.observations);
  if (known?.seen === run.observations.length && known.of.targets === run.targets) return known.trace;
  const trace = derive(run);
  DERIVED.set(run.observations, { of: run, seen: run.observations.length, trace });
  return trace;
}

function derive({ observations: saved, targets }: Run): Trace {
  const observations = [...saved].sort(inTime);
  const connects = new Map(
    observations.flatMap((seen) => (seen.operation === 'connect' ? [[seen.transactionId, tookMs(seen)] as const] : [])),
  );
  const telling = observations.filter(
    (seen) => isTelling(seen) && !isCutOff(seen, connects.get(seen.transactionId) ?? 0),
  );
  const attempts = buildAttempts(telling, new Map(targets.map((target) => [target.id, target])));
  const path = attempts.filter(({ role }) => role.kind === 'path');
  const hostNetwork = observations.find((seen) => seen.operation === 'read_host_network') ?? null;
  return {
    observations,
    byId: new Map(observations.map((seen) => [seen.id, seen])),
    attempts,
    path,
    dns: buildDns(telling, hostNetwork),
    timing: buildTiming(telling),
    connects: buildConnects(path, hostNetwork),
    hostNetwork,
  };
}

function inTime(a: Observation, b: Observation): number {
  return a.t0Ms - b.t0Ms || a.tMs - b.tMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
