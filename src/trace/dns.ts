/** What the names resolved to: by the OS, and by every resolver on the wire. */
import type {
  DnsQueryObservation,
  Observation,
  ReadHostNetworkObservation,
  ResolveObservation,
} from '../model/observation.js';
import { isControl } from './attempts.js';
import { isSilent } from './silence.js';

export type AnswerKind =
  'addresses' | 'nxdomain' | 'no_data' | 'servfail' | 'refused' | 'other_rcode' | 'silent' | 'unreachable';

/** What one resolver says about one name, A and AAAA together. */
export interface ResolverAnswer {
  readonly resolver: string;
  readonly name: string;
  readonly kind: AnswerKind;
  readonly addresses: readonly string[];
  readonly queries: readonly DnsQueryObservation[];
}

export interface DnsView {
  /** Resolvers of this host, in the order the OS asks them. */
  readonly resolvers: readonly string[];
  /** What the OS's own resolver gave, by name. */
  readonly resolved: ReadonlyMap<string, ResolveObservation>;
  /** Every question to it, also repeated ones. */
  readonly lookups: readonly ResolveObservation[];
  /** By name: one entry per configured resolver, in the OS's order. */
  readonly answers: ReadonlyMap<string, readonly ResolverAnswer[]>;
  /** The same from resolvers that were asked as controls. */
  readonly publicAnswers: ReadonlyMap<string, readonly ResolverAnswer[]>;
  /** Whether a resolver sent any valid reply at all; undefined = it was not asked. */
  readonly alive: ReadonlyMap<string, boolean>;
  /** Liveness questions and their fate, by resolver. */
  readonly liveness: ReadonlyMap<string, readonly DnsQueryObservation[]>;
}

/** How a resolver is called in findings: its address, with `#port` where that is not 53. */
export function resolverName(address: string, port: number): string {
  return port === 53 ? address : `${address}#${String(port)}`;
}

function nameOf({ resolver, resolverPort }: DnsQueryObservation): string {
  return resolverName(resolver, resolverPort);
}

export function buildDns(observations: readonly Observation[], host: ReadHostNetworkObservation | null): DnsView {
  const resolved = new Map<string, ResolveObservation>();
  const lookups: ResolveObservation[] = [];
  const path: DnsQueryObservation[] = [];
  const control: DnsQueryObservation[] = [];
  const liveness = new Map<string, DnsQueryObservation[]>();
  for (const seen of observations) {
    if (seen.operation === 'resolve' && seen.role.kind !== 'control') {
      lookups.push(seen);
      if (!resolved.has(seen.hostname)) resolved.set(seen.hostname, seen);
    }
    if (seen.operation !== 'dns_query') continue;
    if (isControl(seen.role, 'resolver_liveness')) append(liveness, nameOf(seen), seen);
    else if (isControl(seen.role, 'public_resolver')) control.push(seen);
    else if (seen.role.kind === 'path') path.push(seen);
  }
  const asked = [...new Set(path.map(nameOf))];
  const listed = host?.resolvers.map(({ address, port }) => resolverName(address, port)) ?? [];
  const resolvers = [...new Set([...listed, ...asked])];
  const alive = new Map<string, boolean>();
  for (const query of [...path, ...[...liveness.values()].flat()]) {
    alive.set(nameOf(query), (alive.get(nameOf(query)) ?? false) || query.rcode !== null || query.truncated);
  }
  return {
    resolvers,
    resolved,
    lookups,
    answers: byName(path, resolvers),
    publicAnswers: byName(control, [...new Set(control.map(nameOf))]),
    alive,
    liveness,
  };
}

function byName(
  queries: readonly DnsQueryObservation[],
  resolvers: readonly string[],
): ReadonlyMap<string, readonly ResolverAnswer[]> {
  const grouped = new Map<string, Map<string, DnsQueryObservation[]>>();
  for (const query of queries) {
    const mine = grouped.get(query.name) ?? new Map<string, DnsQueryObservation[]>();
    grouped.set(query.name, mine);
    append(mine, nameOf(query), query);
  }
  return new Map(
    [...grouped].map(([name, mine]) => [
      name,
      resolvers.flatMap((resolver) => {
        const own = mine.get(resolver);
        return own === undefined ? [] : [answerOf(resolver, name, own)];
      }),
    ]),
  );
}

function answerOf(resolver: string, name: string, queries: readonly DnsQueryObservation[]): ResolverAnswer {
  const addresses = [...new Set(queries.flatMap((query) => query.addresses))];
  return { resolver, name, queries, addresses, kind: kindOf(queries, addresses) };
}

/** A name has two questions (A, AAAA); the better answer counts, as it does for getaddrinfo. */
function kindOf(queries: readonly DnsQueryObservation[], addresses: readonly string[]): AnswerKind {
  if (addresses.length > 0) return 'addresses';
  const rcodes = queries.flatMap(({ rcode }) => (rcode === null ? [] : [rcode]));
  if (rcodes.includes('NXDOMAIN')) return 'nxdomain';
  if (rcodes.includes('SERVFAIL')) return 'servfail';
  if (rcodes.includes('REFUSED')) return 'refused';
  if (rcodes.some((rcode) => rcode !== 'NOERROR')) return 'other_rcode';
  if (rcodes.length > 0) {
    // One question answered "nothing", the other not at all: what is missing may be the whole answer.
    return rcodes.length === queries.length ? 'no_data' : 'silent';
  }
  const silent = queries.every((query) => query.failure === null || isSilent(query));
  return silent ? 'silent' : 'unreachable';
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
