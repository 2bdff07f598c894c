/**
 * One refresh: ask, judge, merge, guard, save, apply, verify, record. What was learnt is durable before a rule
 * changes, and a record is written only for what was verified; so after a crash at any point the next run finds
 * its way. Source: docs/reference/firewall.md#refresh.
 */
import { mkdir, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { AllowList } from '../../model/allow-list.js';
import { UsageError } from '../../model/errors.js';
import { buildAllowList, type WantedHost } from '../allow-list.js';
import { checkAllowList } from '../render.js';
import { judgeAnswers, type LookupResult } from '../refresh/answers.js';
import { guard } from '../refresh/guards.js';
import { chain, parseHistory, type HistoryEntry } from '../refresh/history.js';
import {
  EMPTY_STATE,
  mergeAnswers,
  parseState,
  stateAnswers,
  type Merged,
  type RefreshState,
} from '../refresh/state.js';
import type { CheckedAllowList } from '../target.js';
import { LiveError } from './applier.js';
import type { Sink } from './sink.js';
import { appendDurably, makeStateDir, readIfThere, takeLock, writeDurably } from './store.js';

export interface RefreshConfig {
  readonly hosts: readonly WantedHost[];
  /** For the DNS rule. */
  readonly resolvers: readonly string[];
  readonly accepted: readonly string[];
  readonly provenOnly: boolean;
}

export interface RefreshDeps {
  readonly stateDir: string;
  readonly sink: Sink;
  lookup(names: readonly string[]): Promise<readonly LookupResult[]>;
  inUse(): Promise<readonly string[]>;
  /** ISO 8601 UTC. */
  now(): string;
  /** Called between any two steps: tests end the process here. */
  step?(name: string): void;
}

export interface RefreshPlan {
  readonly added: readonly { readonly fqdn: string; readonly address: string; readonly why: string }[];
  readonly removed: readonly { readonly fqdn: string; readonly address: string; readonly why: string }[];
  /** Names that kept their addresses because their resolvers failed. */
  readonly kept: readonly { readonly fqdn: string; readonly why: string }[];
  readonly rejected: readonly { readonly fqdn: string; readonly address: string; readonly reason: string }[];
  /** Why nothing is done although something should. */
  readonly stops: readonly string[];
}

export type RefreshOutcome = 'unchanged' | 'applied' | 'stopped' | 'pinned' | 'planned';

export interface RefreshResult {
  readonly outcome: RefreshOutcome;
  readonly plan: RefreshPlan;
  readonly entry: HistoryEntry | null;
  /** What was wrong with the live rules before; only for outcome `applied`. */
  readonly repaired: readonly string[];
}

const KEEP_SNAPSHOTS = 50;

export const paths = {
  state: (dir: string): string => join(dir, 'refresh.json'),
  history: (dir: string): string => join(dir, 'history.jsonl'),
  snapshot: (dir: string, number: number): string => join(dir, 'snapshots', `${String(number)}.json`),
};

export async function loadState(stateDir: string): Promise<RefreshState> {
  const text = await readIfThere(paths.state(stateDir));
  return text === null ? EMPTY_STATE : parseState(text, paths.state(stateDir));
}

export async function loadHistory(stateDir: string): Promise<ReturnType<typeof parseHistory>> {
  return parseHistory((await readIfThere(paths.history(stateDir))) ?? '');
}

/** Throws UsageError when the revision was never recorded or its snapshot is gone. */
export async function loadSnapshot(stateDir: string, number: number): Promise<AllowList> {
  const text = await readIfThere(paths.snapshot(stateDir, number));
  if (text === null)
    throw new UsageError(
      `there is no snapshot of revision ${String(number)} (the last ${String(KEEP_SNAPSHOTS)} are kept)`,
    );
  return JSON.parse(text) as AllowList;
}

function pairs(list: AllowList | null): string[] {
  return (list?.hosts ?? []).flatMap((host) => host.addresses.map((row) => `${host.fqdn} ${row.cidr}`));
}

function planOf(
  before: RefreshState,
  merged: Merged,
  rejected: RefreshPlan['rejected'],
  stops: readonly string[],
): RefreshPlan {
  const had = new Set(before.seen.map((row) => `${row.fqdn} ${row.address}`));
  return {
    added: merged.state.seen
      .filter((row) => !had.has(`${row.fqdn} ${row.address}`))
      .map((row) => ({
        fqdn: row.fqdn,
        address: row.address,
        why: `${row.resolvers.join(', ')}${row.ttl === null ? '' : `, ttl ${String(row.ttl)}`}${row.proven ? ', proven' : ''}`,
      })),
    removed: merged.removed.map((row) => ({ fqdn: row.address.fqdn, address: row.address.address, why: row.reason })),
    kept: merged.keptNames,
    rejected,
    stops,
  };
}

async function record(
  deps: RefreshDeps,
  list: CheckedAllowList,
  action: HistoryEntry['action'],
  why: string,
): Promise<HistoryEntry> {
  const { entries } = await loadHistory(deps.stateDir);
  const last = entries.at(-1);
  const before = pairs(last === undefined ? null : await loadSnapshot(deps.stateDir, last.number).catch(() => null));
  const after = pairs(list);
  const entry = chain(entries, {
    at: deps.now(),
    action,
    target: deps.sink.target,
    revision: deps.sink.revision(list),
    added: after.filter((row) => !before.includes(row)),
    removed: before.filter((row) => !after.includes(row)),
    total: after.length,
    why,
  });
  await mkdir(join(deps.stateDir, 'snapshots'), { recursive: true, mode: 0o700 });
  await writeDurably(paths.snapshot(deps.stateDir, entry.number), `${JSON.stringify(list)}\n`);
  deps.step?.('snapshot saved');
  await appendDurably(paths.history(deps.stateDir), JSON.stringify(entry));
  deps.step?.('recorded');
  await prune(deps.stateDir, entry.number);
  return entry;
}

async function prune(stateDir: string, newest: number): Promise<void> {
  for (const name of await readdir(join(stateDir, 'snapshots')).catch(() => []))
    if (/^\d+\.json$/.test(name) && Number.parseInt(name, 10) <= newest - KEEP_SNAPSHOTS)
      await unlink(join(stateDir, 'snapshots', name)).catch(() => undefined);
}

/** Apply, read back, and put everything back when the result is not what was wanted. */
export async function applyVerified(deps: RefreshDeps, list: CheckedAllowList): Promise<void> {
  const captured = await deps.sink.capture();
  deps.step?.('captured');
  const undo = async (why: string): Promise<never> => {
    await deps.sink.restore(captured);
    throw new LiveError(`${why}; the state before was put back`);
  };
  try {
    await deps.sink.apply(list);
  } catch (error) {
    if (error instanceof LiveError) await undo(error.message);
    throw error;
  }
  deps.step?.('applied');
  const bad = (await deps.sink.drift(list, deps.now())).filter(
    (drift) => drift.kind === 'missing' || drift.kind === 'extra',
  );
  if (bad.length > 0) await undo(`after applying, ${bad[0]?.text ?? 'the rules'} (${String(bad.length)} differences)`);
  deps.step?.('verified');
}

export function listOf(config: RefreshConfig, state: RefreshState, now: string): CheckedAllowList {
  const answers = stateAnswers(state);
  return checkAllowList(buildAllowList({ ...config, now, answers }), config.accepted);
}

/** Throws UsageError (locked, damaged state) and LiveError (firewall program failed; put back). */
export async function refreshOnce(
  deps: RefreshDeps,
  config: RefreshConfig,
  options: { readonly planOnly?: boolean; readonly acceptChange?: boolean } = {},
): Promise<RefreshResult> {
  await makeStateDir(deps.stateDir);
  const unlock = await takeLock(deps.stateDir);
  try {
    const before = await loadState(deps.stateDir);
    const now = deps.now();
    const results = await deps.lookup(config.hosts.map((host) => host.fqdn));
    deps.step?.('asked');
    const judged = judgeAnswers(config.hosts, results, config);
    const merged = mergeAnswers({
      state: before,
      hosts: config.hosts,
      names: judged.names,
      inUse: await deps.inUse(),
      now,
    });
    const { entries } = await loadHistory(deps.stateDir);
    const stops = guard({
      before: before.seen,
      after: merged.state,
      hosts: config.hosts,
      first: entries.length === 0,
      acceptChange: options.acceptChange ?? false,
      needsAddresses: deps.sink.needsAddresses,
    });
    const plan = planOf(before, merged, judged.rejected, stops);
    const result = (outcome: RefreshOutcome): RefreshResult => ({ outcome, plan, entry: null, repaired: [] });
    if (options.planOnly === true) return result('planned');
    if (stops.length > 0) return result('stopped');
    if (before.pinned !== null && options.acceptChange !== true) return result('pinned');
    const state = { ...merged.state, pinned: null };
    await writeDurably(paths.state(deps.stateDir), `${JSON.stringify(state, null, 1)}\n`);
    deps.step?.('state saved');
    const list = listOf(config, state, now);
    const drifts = await deps.sink.drift(list, now);
    const revision = deps.sink.revision(list);
    const inForce = drifts.length === 0;
    if (inForce && deps.sink.rearm) await applyVerified(deps, list);
    if (inForce && entries.at(-1)?.revision === revision) return result('unchanged');
    if (!inForce) await applyVerified(deps, list);
    const changed = plan.added.length + plan.removed.length > 0;
    const why = changed ? 'answers changed' : inForce ? 'found in force, not yet recorded' : 'live rules differed';
    const entry = await record(deps, list, 'refresh', why);
    return { outcome: 'applied', plan, entry, repaired: changed ? [] : drifts.map((drift) => drift.text) };
  } finally {
    await unlock();
  }
}

/** Puts the addresses of a recorded revision in force and pins them: refreshes stop until a change is accepted. */
export async function rollbackTo(deps: RefreshDeps, config: RefreshConfig, number: number): Promise<HistoryEntry> {
  await makeStateDir(deps.stateDir);
  const unlock = await takeLock(deps.stateDir);
  try {
    const snapshot = checkAllowList(await loadSnapshot(deps.stateDir, number), config.accepted);
    await applyVerified(deps, snapshot);
    const state = await loadState(deps.stateDir);
    await writeDurably(paths.state(deps.stateDir), `${JSON.stringify({ ...state, pinned: number }, null, 1)}\n`);
    return await record(deps, snapshot, 'rollback', `back to revision ${String(number)}`);
  } finally {
    await unlock();
  }
}
