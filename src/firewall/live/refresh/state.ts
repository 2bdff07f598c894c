/**
 * What refreshing remembers: every address seen for every name. Adding is immediate, removing is late, and a
 * name whose resolvers fail keeps what it had. Pure. Source: docs/reference/firewall.md#refresh.
 */
import type { Answer, WantedHost } from '../../core/allow-list.js';
import { UsageError } from '../../../model/errors.js';
import { holdSeconds } from '../../core/views.js';

export interface SeenAddress {
  readonly fqdn: string;
  /** Address, RFC 5952. */
  readonly address: string;
  /** Seconds, the longest seen lately; null = not from DNS, never removed by age. */
  readonly ttl: number | null;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Resolvers that gave it, sorted. */
  readonly resolvers: readonly string[];
  /** How many refreshes saw it. */
  readonly hits: number;
  readonly proven: boolean;
}

export interface RefreshState {
  readonly schema: 'netdata-egress/refresh-state';
  readonly version: 1;
  /** Sorted by name, then address. */
  readonly seen: readonly SeenAddress[];
  /** Last time each name had a good answer, ISO 8601 UTC. */
  readonly lastGood: Readonly<Record<string, string>>;
  /** After a rollback: nothing is changed until the operator says so. */
  readonly pinned: number | null;
}

export const EMPTY_STATE: RefreshState = {
  schema: 'netdata-egress/refresh-state',
  version: 1,
  seen: [],
  lastGood: {},
  pinned: null,
};

/** Outcome of all resolvers for one name. */
export interface NameAnswer {
  readonly fqdn: string;
  /** At least one resolver gave a complete answer (both families asked, none failed). */
  readonly good: boolean;
  /** What went wrong, one entry a resolver: `192.0.2.53: servfail`. */
  readonly failures: readonly string[];
  /** Accepted answers only: no bogons, and proven where proof is asked for. */
  readonly answers: readonly Answer[];
}

export interface MergeInput {
  readonly state: RefreshState;
  readonly hosts: readonly WantedHost[];
  readonly names: readonly NameAnswer[];
  /** Addresses with an established connection to one of the ports. */
  readonly inUse: readonly string[];
  /** ISO 8601 UTC. */
  readonly now: string;
}

interface Removal {
  readonly address: SeenAddress;
  /** Our words: `not seen for 6h`, `no longer wanted`. */
  readonly reason: string;
}

export interface Merged {
  readonly state: RefreshState;
  readonly removed: readonly Removal[];
  /** Names that had addresses and got none now: kept as they were. */
  readonly keptNames: readonly { readonly fqdn: string; readonly why: string }[];
}

function keyOf(row: { readonly fqdn: string; readonly address: string }): string {
  return `${row.fqdn} ${row.address}`;
}

function laterOf(a: string, b: string): string {
  return a > b ? a : b;
}

/** What does not count seconds is no TTL: the address then stays until a resolver says otherwise. */
function longerTtl(known: number | null, ttl: number | null): number | null {
  if (ttl === null || !Number.isFinite(ttl)) return null;
  return known === null ? ttl : Math.max(known, ttl);
}

function see(known: SeenAddress | undefined, answer: Answer): SeenAddress {
  return {
    fqdn: answer.fqdn,
    address: answer.address,
    ttl: longerTtl(known?.ttl ?? null, answer.ttl),
    firstSeen: known?.firstSeen ?? answer.firstSeen,
    lastSeen: laterOf(known?.lastSeen ?? '', answer.lastSeen),
    resolvers: [...new Set([...(known?.resolvers ?? []), answer.source])].sort(),
    hits: (known?.hits ?? 0) + 1,
    proven: (known?.proven ?? false) || answer.proven,
  };
}

/** `90` → `90s`, `7200` → `2h`. */
function spell(seconds: number): string {
  if (seconds < 120) return `${String(Math.round(seconds))}s`;
  if (seconds < 7200) return `${String(Math.round(seconds / 60))}m`;
  return seconds < 172_800 ? `${String(Math.round(seconds / 3600))}h` : `${String(Math.round(seconds / 86_400))}d`;
}

/** How long ago; never negative: a clock that was set back must not remove anything. */
function ageSeconds(lastSeen: string, now: string): number {
  return Math.max(0, (Date.parse(now) - Date.parse(lastSeen)) / 1000);
}

/** Folds one round of answers into the state. */
export function mergeAnswers(input: MergeInput): Merged {
  const { state, now } = input;
  const wanted = new Set(input.hosts.map((host) => host.fqdn));
  const good = new Map(input.names.map((name) => [name.fqdn, name]));
  const seen = new Map(state.seen.map((row) => [keyOf(row), row]));
  const hit = new Set<string>();
  for (const name of input.names)
    for (const answer of name.answers) {
      const key = keyOf(answer);
      // Several resolvers with the same answer are one hit.
      const row = see(seen.get(key), answer);
      seen.set(key, hit.has(key) ? { ...row, hits: row.hits - 1 } : row);
      hit.add(key);
    }
  const removed: Removal[] = [];
  const keptNames = new Map<string, string>();
  const kept: SeenAddress[] = [];
  for (const row of seen.values()) {
    const answer = good.get(row.fqdn);
    if (!wanted.has(row.fqdn)) {
      removed.push({ address: row, reason: 'the name is no longer asked for' });
      continue;
    }
    if (hit.has(keyOf(row)) || row.ttl === null) {
      kept.push(row);
      continue;
    }
    if (answer === undefined || !answer.good || answer.answers.length === 0) {
      const why = answer === undefined ? 'was not asked' : answer.failures.join(', ') || 'no usable answer';
      keptNames.set(row.fqdn, why);
      kept.push(row);
      continue;
    }
    const age = ageSeconds(row.lastSeen, now);
    if (age <= holdSeconds(row.ttl)) kept.push(row);
    else if (input.inUse.includes(row.address)) kept.push({ ...row, lastSeen: now });
    else removed.push({ address: row, reason: `not seen for ${spell(age)}` });
  }
  const lastGood = Object.fromEntries(
    [...wanted].sort().flatMap((fqdn): [string, string][] => {
      const name = good.get(fqdn);
      const at = name !== undefined && name.good && name.answers.length > 0 ? now : state.lastGood[fqdn];
      return at === undefined ? [] : [[fqdn, at]];
    }),
  );
  kept.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return {
    state: { ...state, seen: kept, lastGood },
    removed,
    keptNames: [...keptNames].map(([fqdn, why]) => ({ fqdn, why })),
  };
}

/** The state as answers again, for the allow-list builder. */
export function stateAnswers(state: RefreshState): Answer[] {
  return state.seen.map((row) => ({
    fqdn: row.fqdn,
    address: row.address,
    ttl: row.ttl,
    source: row.resolvers.join(', '),
    firstSeen: row.firstSeen,
    lastSeen: row.lastSeen,
    proven: row.proven,
  }));
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 1000;
const isTime = (value: unknown): boolean => isText(value) && !Number.isNaN(Date.parse(value));

function isSeen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { fqdn, address, ttl, firstSeen, lastSeen, resolvers, hits, proven } = value as Record<string, unknown>;
  return (
    isText(fqdn) &&
    isText(address) &&
    (ttl === null || (typeof ttl === 'number' && ttl >= 0)) &&
    isTime(firstSeen) &&
    isTime(lastSeen) &&
    Array.isArray(resolvers) &&
    resolvers.every(isText) &&
    typeof hits === 'number' &&
    typeof proven === 'boolean'
  );
}

/** The first part that is not what we write; null = whole. */
function damageOf({ seen, lastGood, pinned }: Readonly<Record<string, unknown>>): string | null {
  if (!Array.isArray(seen)) return 'seen';
  const bad = seen.findIndex((row) => !isSeen(row));
  if (bad >= 0) return `seen[${String(bad)}]`;
  if (typeof lastGood !== 'object' || lastGood === null || !Object.values(lastGood).every(isTime)) return 'lastGood';
  return pinned === null || (typeof pinned === 'number' && Number.isInteger(pinned)) ? null : 'pinned';
}

/** Reads a state file; throws UsageError for one that this version does not understand. */
export function parseState(text: string, file: string): RefreshState {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new UsageError(`${file} is damaged (not JSON); move it away to start anew, the loaded rules stay`);
  }
  const state = document as { readonly schema?: unknown; readonly version?: unknown; readonly seen?: unknown } | null;
  if (typeof state !== 'object' || state?.schema !== EMPTY_STATE.schema || !Array.isArray(state.seen))
    throw new UsageError(`${file} is not a refresh state`);
  if (state.version !== 1)
    throw new UsageError(`${file} has version ${JSON.stringify(state.version)}; this tool reads version 1`);
  const damage = damageOf(document as Readonly<Record<string, unknown>>);
  if (damage !== null)
    throw new UsageError(`${file} is damaged (${damage}); move it away to start anew, the loaded rules stay`);
  return document as RefreshState;
}
