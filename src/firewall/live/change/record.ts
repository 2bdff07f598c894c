/** What is kept of confirmed changes: the history, a snapshot of each revision, and what refreshing remembers. */
import { join } from 'node:path';
import type { AllowList } from '../../../model/allow-list.js';
import { UsageError } from '../../../model/errors.js';
import { chain, parseHistory, type HistoryEntry } from '../refresh/history.js';
import { EMPTY_STATE, mergeAnswers, parseState, type RefreshState } from '../refresh/state.js';
import { namesIn } from '../../../host/own-files.js';
import { appendDurably, makeStateDir, readIfThere, removeIfThere, writeDurably } from '../store.js';

const KEEP_SNAPSHOTS = 50;

const paths = {
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

/** Written for what was verified, and for nothing else. */
export interface Recorded {
  /** What is in force after the change. */
  readonly list: AllowList;
  readonly action: HistoryEntry['action'];
  readonly target: string;
  /** `-` when nothing is in force any more. */
  readonly revision: string;
  /** Our words. */
  readonly why: string;
}

interface Where {
  readonly stateDir: string;
  /** ISO 8601 UTC. */
  readonly now: string;
  /** Called between any two steps: tests end the process here. */
  readonly step?: ((name: 'snapshot saved' | 'recorded') => void) | undefined;
}

/** The one writer of the history: what came and what went is told against the revision before. */
export async function record({ stateDir, now, step }: Where, change: Recorded): Promise<HistoryEntry> {
  const { entries } = await loadHistory(stateDir);
  const last = entries.at(-1);
  const before = pairs(last === undefined ? null : await loadSnapshot(stateDir, last.number).catch(() => null));
  const after = pairs(change.list);
  const entry = chain(entries, {
    at: now,
    action: change.action,
    target: change.target,
    revision: change.revision,
    added: after.filter((row) => !before.includes(row)),
    removed: before.filter((row) => !after.includes(row)),
    total: after.length,
    why: change.why,
  });
  await makeStateDir(join(stateDir, 'snapshots'));
  await writeDurably(paths.snapshot(stateDir, entry.number), `${JSON.stringify(change.list)}\n`);
  step?.('snapshot saved');
  await appendDurably(paths.history(stateDir), JSON.stringify(entry));
  step?.('recorded');
  prune(stateDir, entry.number);
  return entry;
}

function prune(stateDir: string, newest: number): void {
  const directory = join(stateDir, 'snapshots');
  for (const name of namesIn(directory))
    if (/^\d+\.json$/.test(name) && Number.parseInt(name, 10) <= newest - KEEP_SNAPSHOTS)
      removeIfThere(join(directory, name));
}

export async function saveState(stateDir: string, state: RefreshState): Promise<void> {
  await writeDurably(paths.state(stateDir), `${JSON.stringify(state, null, 1)}\n`);
}

/** What was applied is where refreshing starts from; a pin of an earlier rollback ends with it. */
export async function rememberApplied(stateDir: string, list: AllowList, now: string): Promise<void> {
  const names = list.hosts.map((host) => ({
    fqdn: host.fqdn,
    good: host.addresses.length > 0,
    failures: [],
    answers: host.addresses.map((row) => ({ ...row, fqdn: host.fqdn, address: row.cidr.replace(/\/(?:32|128)$/, '') })),
  }));
  const merged = mergeAnswers({ state: await loadState(stateDir), hosts: list.hosts, names, inUse: [], now });
  await saveState(stateDir, { ...merged.state, pinned: null });
}
