/**
 * From round to round: what is remembered, what has changed, what is to be warned of. Pure; the state is plain data, so
 * that it can be written down and read again.
 */
import { LEGS, type Leg } from '../model/route.js';
import { warningKey, type Change, type Warning } from './change.js';
import { organizationOf } from '../report/outside.js';
import { byLeg, STEPS, type RoundFacts } from './facts.js';

export interface Memory {
  /** Of the last round; null = none yet. */
  readonly facts: RoundFacts | null;
  /** When an address of a name was last seen, ms since the epoch, by name and address. */
  readonly seen: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Median of the last rounds when the last change of latency was told, ms. */
  readonly latency: Readonly<Partial<Record<Leg, number>>>;
  /** Of the last rounds, ms. */
  readonly recent: Readonly<Record<Leg, readonly number[]>>;
  /** When the Agent's own status changed, ms since the epoch. */
  readonly statusChanges: readonly number[];
  readonly warnings: readonly Warning[];
  /** What a closer look made of a failure, as long as it stays the same. */
  readonly look: Look | null;
}

export interface Look {
  readonly signature: string;
  readonly atMs: number;
  /** How often it was looked at. */
  readonly times: number;
  readonly verdict: Pick<RoundFacts, 'claim' | 'link' | 'legs' | 'cause' | 'silentFirst'>;
}

export const NOTHING: Memory = {
  facts: null,
  seen: {},
  latency: {},
  recent: byLeg(() => []),
  statusChanges: [],
  warnings: [],
  look: null,
};

export interface Context {
  /** ms since the epoch. */
  readonly nowMs: number;
  /** Addresses that rules of ours on this host hold, by name; null = there are none, or they were not read. */
  readonly held: ((host: string, address: string) => boolean) | null;
}

/** An address is gone when its name resolved for this long without it: names that rotate give a few at a time. */
export const GONE_AFTER_MS = 3_600_000;
/** Addresses of one name that are remembered. */
const MAX_REMEMBERED = 128;
const ROUNDS = 5;
/** Less than this is noise, ms. */
const LEAST_MS = 50;
const FLAPS = 4;
const FLAPPING_WITHIN_MS = 3_600_000;
/** Warned of from 14 days on, and not taken back by a clock that is off by a little. */
export const EXPIRES_WITHIN_MS = 14 * 86_400_000;

export interface Tracked {
  readonly memory: Memory;
  readonly changes: readonly Change[];
}

export function track(before: Memory, facts: RoundFacts, context: Context): Tracked {
  const { nowMs } = context;
  const last = before.facts;
  const changes: Change[] = [...verdicts(last, facts)];
  const names = addresses(before, facts, nowMs);
  changes.push(...names.changes);
  if (last !== null) changes.push(...settings(last, facts), ...signers(last, facts));
  const speed = latency(before, facts);
  changes.push(...speed.changes);
  // A name that was not asked for this time, and a peer that showed nothing, is remembered as it was.
  const kept: RoundFacts = {
    ...facts,
    addresses: { ...last?.addresses, ...facts.addresses },
    signers: { ...last?.signers, ...facts.signers },
    egress: facts.egress ?? last?.egress ?? null,
    agentStatus: facts.agentStatus ?? last?.agentStatus ?? null,
  };
  const flipped = changes.some(({ kind }) => kind === 'agent_status');
  const statusChanges = [...before.statusChanges, ...(flipped ? [nowMs] : [])]
    .filter((at) => at <= nowMs && nowMs - at < FLAPPING_WITHIN_MS)
    .slice(-FLAPS * 2);
  const warnings = warningsOf(kept, statusChanges.length, context, before.warnings);
  changes.push(...warningChanges(before.warnings, warnings));
  return {
    memory: {
      facts: kept,
      seen: names.seen,
      latency: speed.latency,
      recent: speed.recent,
      statusChanges,
      warnings,
      look: before.look,
    },
    changes,
  };
}

function verdicts(last: RoundFacts | null, facts: RoundFacts): readonly Change[] {
  const changed = (['claim', 'link'] as const).filter((what) => last?.[what] !== facts[what]);
  if (changed.length > 0) {
    return changed.map((what) => ({
      kind: 'verdict',
      what,
      before: last?.[what] ?? null,
      after: facts[what],
      cause: facts[what] === 'will_work' ? null : facts.cause,
    }));
  }
  return last === null || last.cause === facts.cause ? [] : [{ kind: 'cause', before: last.cause, after: facts.cause }];
}

function addresses(
  before: Memory,
  facts: RoundFacts,
  nowMs: number,
): { readonly seen: Memory['seen']; readonly changes: readonly Change[] } {
  const changes: Change[] = [];
  const seen: Record<string, Readonly<Record<string, number>>> = { ...before.seen };
  for (const [host, list] of Object.entries(facts.addresses)) {
    const known = before.seen[host];
    const mine = new Map(Object.entries(known ?? {}));
    for (const address of list) {
      if (known !== undefined && !mine.has(address)) {
        const { [`${host} ${address}`]: judged = null } = facts.classes;
        changes.push({ kind: 'address_new', host, address, class: judged });
      }
      mine.set(address, nowMs);
    }
    for (const [address, at] of mine) {
      // A clock that was put back must not keep an address for ever.
      if (at > nowMs) mine.set(address, nowMs);
      else if (nowMs - at > GONE_AFTER_MS && list.length > 0) {
        mine.delete(address);
        changes.push({ kind: 'address_gone', host, address });
      }
    }
    seen[host] = Object.fromEntries([...mine].sort((a, b) => b[1] - a[1]).slice(0, MAX_REMEMBERED));
  }
  return { seen, changes };
}

function settings(last: RoundFacts, facts: RoundFacts): readonly Change[] {
  const changes: Change[] = LEGS.flatMap((leg): Change[] =>
    last.routes[leg] === facts.routes[leg]
      ? []
      : [{ kind: 'route', leg, before: last.routes[leg], after: facts.routes[leg] }],
  );
  if (last.resolvers.join(' ') !== facts.resolvers.join(' '))
    changes.push({ kind: 'resolvers', before: last.resolvers, after: facts.resolvers });
  if (last.egress !== null && facts.egress !== null && last.egress !== facts.egress)
    changes.push({ kind: 'egress', before: last.egress, after: facts.egress });
  if (last.agentStatus !== null && facts.agentStatus !== null && last.agentStatus !== facts.agentStatus)
    changes.push({ kind: 'agent_status', before: last.agentStatus, after: facts.agentStatus });
  return changes;
}

function signers(last: RoundFacts, facts: RoundFacts): readonly Change[] {
  return Object.entries(facts.signers).flatMap(([host, now]): Change[] => {
    const then = last.signers[host];
    if (then === undefined) return [];
    if (organizationOf(then.issuer) !== organizationOf(now.issuer) || then.trusted !== now.trusted)
      return [{ kind: 'issuer', host, before: then.issuer, after: now.issuer, trusted: now.trusted }];
    return then.notAfter === now.notAfter
      ? []
      : [{ kind: 'certificate', host, before: then.notAfter, after: now.notAfter }];
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Told when the median of five rounds is twice or half of what was told last, and the difference can be felt. */
function latency(
  before: Memory,
  facts: RoundFacts,
): Pick<Memory, 'latency' | 'recent'> & { readonly changes: readonly Change[] } {
  const told: Partial<Record<Leg, number>> = { ...before.latency };
  const changes: Change[] = [];
  const recent = byLeg((leg) => {
    if (facts.legs[leg] !== 'will_work') return before.recent[leg];
    const total = STEPS.reduce((sum, step) => sum + (facts.steps[leg][step] ?? 0), 0);
    return [...before.recent[leg], total].slice(-ROUNDS);
  });
  for (const leg of LEGS) {
    if (recent[leg].length < ROUNDS) continue;
    const now = median(recent[leg]);
    const { [leg]: then } = before.latency;
    if (then === undefined) told[leg] = now;
    else if (Math.abs(now - then) >= LEAST_MS && (now >= 2 * then || now <= then / 2)) {
      told[leg] = now;
      changes.push({ kind: 'latency', leg, beforeMs: then, afterMs: now });
    }
  }
  return { latency: told, recent, changes };
}

function warningsOf(
  facts: RoundFacts,
  flaps: number,
  { nowMs, held }: Context,
  before: readonly Warning[],
): readonly Warning[] {
  const warnings: Warning[] = [];
  for (const [host, { notAfter }] of Object.entries(facts.signers)) {
    // What has expired is no early warning: that is the verdict's.
    const left = Date.parse(notAfter) - nowMs;
    if (left > 0 && left < EXPIRES_WITHIN_MS) warnings.push({ kind: 'certificate_expires', host, notAfter });
  }
  if (held !== null) {
    for (const [host, list] of Object.entries(facts.addresses))
      for (const address of list)
        if (!held(host, address)) warnings.push({ kind: 'address_outside_rules', host, address });
  } else warnings.push(...before.filter(({ kind }) => kind === 'address_outside_rules'));
  for (const silent of facts.silentFirst) warnings.push({ kind: 'first_address_silent', ...silent });
  // Raised at four changes within the hour, taken back below two.
  const flapping = before.some(({ kind }) => kind === 'agent_flapping');
  if (flaps >= (flapping ? 2 : FLAPS)) warnings.push({ kind: 'agent_flapping' });
  return warnings.slice(0, MAX_REMEMBERED);
}

function warningChanges(before: readonly Warning[], after: readonly Warning[]): readonly Change[] {
  const [old, now] = [before, after].map((list) => new Map(list.map((one) => [warningKey(one), one])));
  const told = (
    list: Iterable<[string, Warning]> | undefined,
    other: Map<string, Warning> | undefined,
    raised: boolean,
  ) =>
    [...(list ?? [])].flatMap(([key, warning]): Change[] =>
      other?.has(key) === true ? [] : [{ kind: 'warning', raised, warning }],
    );
  return [...told(now, old, true), ...told(old, now, false)];
}
