/**
 * One refresh: ask, judge, merge, guard, save, apply, verify, record. What was learnt is durable before a rule
 * changes, and a record is written only for what was verified; so after a crash at any point the next run finds
 * its way. Source: docs/reference/firewall.md#refresh.
 */
import { buildAllowList, type WantedHost } from '../../core/allow-list.js';
import { checkAllowList } from '../../render.js';
import type { CheckedAllowList } from '../../core/target.js';
import { guardedChange, UNATTENDED } from '../change/change.js';
import { loadHistory, loadSnapshot, loadState, record, saveState } from '../change/record.js';
import { openState } from '../store.js';
import { judgeAnswers, type LookupResult } from './answers.js';
import { guard } from './guards.js';
import type { HistoryEntry } from './history.js';
import type { Sink } from './sink.js';
import { mergeAnswers, stateAnswers, type Merged, type RefreshState } from './state.js';

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

interface RefreshPlan {
  readonly added: readonly { readonly fqdn: string; readonly address: string; readonly why: string }[];
  readonly removed: readonly { readonly fqdn: string; readonly address: string; readonly why: string }[];
  /** Names that kept their addresses because their resolvers failed. */
  readonly kept: readonly { readonly fqdn: string; readonly why: string }[];
  readonly rejected: readonly { readonly fqdn: string; readonly address: string; readonly reason: string }[];
  /** Why nothing is done although something should. */
  readonly stops: readonly string[];
}

type RefreshOutcome = 'unchanged' | 'applied' | 'stopped' | 'pinned' | 'planned';

export interface RefreshResult {
  readonly outcome: RefreshOutcome;
  readonly plan: RefreshPlan;
  readonly entry: HistoryEntry | null;
  /** What was wrong with the live rules before; only for outcome `applied`. */
  readonly repaired: readonly string[];
  /** No resolver gave a usable answer for any name: nothing is known to be right or wrong. */
  readonly unanswered: boolean;
  /** The manager does not run: what is stored waits for it, and nothing of it is in force. */
  readonly stored: boolean;
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

/** Throws LiveError when the rules did not become what was wanted; the state before is back then. */
async function applyVerified(deps: RefreshDeps, list: CheckedAllowList): Promise<void> {
  const { sink } = deps;
  const work = {
    capture: () => sink.capture(),
    restore: (captured: unknown) => sink.restore(captured),
    apply: () => sink.apply(list),
    prove: () => sink.drift(list, deps.now()),
  };
  await guardedChange(work, UNATTENDED, (name) => deps.step?.(name));
}

function recordOf(
  deps: RefreshDeps,
  list: CheckedAllowList,
  action: HistoryEntry['action'],
  why: string,
): Promise<HistoryEntry> {
  const { stateDir, sink } = deps;
  return record(
    { stateDir, now: deps.now(), step: (name) => deps.step?.(name) },
    { list, action, why, target: sink.target, revision: sink.revision(list) },
  );
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
  const unlock = await openState(deps.stateDir);
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
    const unanswered = results.length > 0 && judged.names.every((name) => !name.good);
    let stored = false;
    const result = (outcome: RefreshOutcome): RefreshResult => ({
      outcome,
      plan,
      entry: null,
      repaired: [],
      unanswered,
      stored,
    });
    if (options.planOnly === true) return result('planned');
    if (stops.length > 0) return result('stopped');
    if (before.pinned !== null && options.acceptChange !== true) return result('pinned');
    const state = { ...merged.state, pinned: null };
    await saveState(deps.stateDir, state);
    deps.step?.('state saved');
    const list = listOf(config, state, now);
    const found = await deps.sink.drift(list, now);
    // Told, not put right: starting the manager is the operator's.
    stored = found.some((drift) => drift.kind === 'stored_only');
    const drifts = found.filter((drift) => drift.kind !== 'stored_only');
    const revision = deps.sink.revision(list);
    const inForce = drifts.length === 0;
    if (inForce && deps.sink.rearm) await applyVerified(deps, list);
    if (inForce && entries.at(-1)?.revision === revision) return result('unchanged');
    if (!inForce) await applyVerified(deps, list);
    const changed = plan.added.length + plan.removed.length > 0;
    const why = changed ? 'answers changed' : inForce ? 'found in force, not yet recorded' : 'live rules differed';
    const entry = await recordOf(deps, list, 'refresh', why);
    return { ...result('applied'), entry, repaired: changed ? [] : drifts.map((drift) => drift.text) };
  } finally {
    await unlock();
  }
}

/** Puts the addresses of a recorded revision in force and pins them: refreshes stop until a change is accepted. */
export async function rollbackTo(deps: RefreshDeps, config: RefreshConfig, number: number): Promise<HistoryEntry> {
  const unlock = await openState(deps.stateDir);
  try {
    const snapshot = checkAllowList(await loadSnapshot(deps.stateDir, number), config.accepted);
    await applyVerified(deps, snapshot);
    const state = await loadState(deps.stateDir);
    await saveState(deps.stateDir, { ...state, pinned: number });
    return await recordOf(deps, snapshot, 'rollback', `back to revision ${String(number)}`);
  } finally {
    await unlock();
  }
}
