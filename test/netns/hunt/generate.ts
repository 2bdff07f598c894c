/** Networks from a seed: the same seed and number give the same network, so that each miss can be played again. */
import type { Outcome } from '../../../src/model/prediction.js';
import type { Leg } from '../../../src/model/route.js';
import type { Expectation, LabCase } from '../harness/case.js';
import {
  CONDITIONS,
  FAULTS,
  isFrom,
  ROUTES,
  VERSIONS,
  type Condition,
  type Fault,
  type Part,
  type Plan,
  type Resource,
  type RouteKind,
} from './parts.js';

export interface Hunted {
  readonly labCase: LabCase;
  readonly route: RouteKind;
  /** What stops this version. */
  readonly faults: readonly FaultOfVersion[];
  readonly conditions: readonly Condition[];
}

/** As one version meets it. */
export type FaultOfVersion = Omit<Fault, 'stops'> & { readonly stops: readonly Leg[] };

/** mulberry32. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const ROUTE_KINDS: readonly RouteKind[] = ['direct', 'direct', 'direct', 'squid', 'tinyproxy', 'socks'];

export function hunted(seed: number, index: number): Hunted {
  const next = random(seed * 1_000_003 + index);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const route = pick(ROUTE_KINDS);
  const taken = new Set<Resource>();
  const take = <T extends Part>(list: readonly T[], wanted: number): T[] => {
    const chosen: T[] = [];
    for (let tries = 0; chosen.length < wanted && tries < 20; tries += 1) {
      const part = pick(list);
      if (part.routes !== undefined && !part.routes.includes(route)) continue;
      if (part.uses.some((resource) => taken.has(resource))) continue;
      for (const resource of part.uses) taken.add(resource);
      chosen.push(part);
    }
    return chosen;
  };
  const share = next();
  const versions = VERSIONS.filter((one) => route !== 'socks' || isFrom(one, '2.10.0'));
  const version = pick(versions);
  const injected = take(FAULTS, share < 0.35 ? 0 : share < 0.8 ? 1 : 2);
  const conditions = take(CONDITIONS, Math.floor(next() * 4));
  const parts = [...injected, ...conditions];
  const met = injected.map(({ stops, ...fault }): FaultOfVersion => ({
    ...fault,
    stops: typeof stops === 'function' ? stops(version) : stops,
  }));
  const faults = met.filter(({ stops }) => stops.length > 0);
  const harmless = met.filter(({ stops }) => stops.length === 0);
  const plan = parts.map((part) => part.plan).reduce(merge, ROUTES[route]);
  const names = [...faults.map(({ id }) => `!${id}`), ...[...harmless, ...conditions].map(({ id }) => id)];
  const labCase: LabCase = {
    ...plan,
    id: `hunt-${String(seed)}-${String(index)}`,
    title: `${route}, v${version}: ${names.length === 0 ? 'nothing special' : names.join(', ')}`,
    version,
    expect: expectationOf(faults, [
      ...conditions,
      // What one release minds may be worth a word to the next.
      ...harmless.map(({ id, uses, plan: own, silent, causes, connectMs }): Condition => ({
        id,
        uses,
        plan: own,
        mayRisk: causes,
        ...(silent === true ? { slow: true } : {}),
        ...(connectMs === undefined ? {} : { connectMs }),
      })),
    ]),
  };
  return { labCase, route, faults, conditions };
}

function merge(one: Plan, other: Plan): Plan {
  const list = <K extends 'gateway' | 'local' | 'peer' | 'hosts' | 'needs'>(key: K): Pick<Plan, K> | object => {
    const both = [...(one[key] ?? []), ...(other[key] ?? [])];
    return both.length === 0 ? {} : { [key]: both };
  };
  const [first, second] = [one.also, other.also];
  return {
    ...one,
    ...other,
    ...list('gateway'),
    ...list('local'),
    ...list('peer'),
    ...list('hosts'),
    ...list('needs'),
    ...(one.dns === undefined && other.dns === undefined
      ? {}
      : {
          dns: {
            ...one.dns,
            ...other.dns,
            records: { ...one.dns?.records, ...other.dns?.records },
            bad: { ...one.dns?.bad, ...other.dns?.bad },
          },
        }),
    ...(one.host === undefined && other.host === undefined ? {} : { host: { ...one.host, ...other.host } }),
    ...(first === undefined || second === undefined
      ? {}
      : {
          also: async (lab) => {
            await first(lab);
            await second(lab);
          },
        }),
  };
}

const TIGHT: readonly Outcome[] = ['will_work', 'at_risk', 'will_fail'];

/** What was injected, replayed: a leg fails when a fault stops it; behind a failed /env nobody knows of auth and link. */
function expectationOf(faults: readonly FaultOfVersion[], conditions: readonly Condition[]): Expectation {
  const stopped = new Set(faults.flatMap(({ stops }) => stops));
  const unsure = conditions.some(({ slow }) => slow === true);
  const dead = new Set(faults.flatMap(({ stops, silent }) => (silent === true && unsure ? [] : stops)));
  const fate = (legs: readonly Leg[]): Outcome | readonly Outcome[] =>
    legs.some((leg) => dead.has(leg))
      ? 'will_fail'
      : legs.some((leg) => stopped.has(leg))
        ? ['will_fail', 'at_risk', 'unknown']
        : 'will_work';
  // Two of them take four fifths of what the claim has for a connection: that it works is not sure.
  const isTight = [...conditions, ...faults].reduce((sum, { connectMs = 0 }) => sum + connectMs, 0) >= 4000;
  const claim = fate(['claim']);
  const mayRisk = [...conditions, ...faults].flatMap((part) => ('mayRisk' in part ? (part.mayRisk ?? []) : []));
  if (isTight) mayRisk.push('tls.stalled', 'proxy.no_answer');
  const causes = faults.flatMap((fault) => fault.causes);
  const [cause = null, ...orCause] = causes;
  const sure = dead.size > 0;
  return {
    claim: isTight && claim === 'will_work' ? TIGHT : claim,
    link: fate(['env', 'auth', 'link']),
    legs: {
      claim: isTight && claim === 'will_work' ? TIGHT : claim,
      env: fate(['env']),
      auth: stopped.has('env') ? null : fate(['auth']),
      link: stopped.has('env') ? null : fate(['link']),
    },
    cause,
    orCause,
    mayRisk,
    exit: faults.length === 0 ? (isTight ? [0, 3] : 0) : sure ? 1 : [0, 1, 3],
  };
}
