/** Append-only history of applied revisions: one JSON line each, chained by hashes. Pure. */
import { createHash } from 'node:crypto';

export interface HistoryEntry {
  /** Counts from 1. */
  readonly number: number;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly action: 'apply' | 'refresh' | 'rollback' | 'uninstall';
  readonly target: string;
  /** Revision of the rules (header.ts). */
  readonly revision: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Destinations after the change. */
  readonly total: number;
  /** Our words. */
  readonly why: string;
  /** SHA-256 of the previous line's hash and this entry; the first one has 64 zeros before it. */
  readonly hash: string;
}

const GENESIS = '0'.repeat(64);

function hashOf(previous: string, entry: Omit<HistoryEntry, 'hash'>): string {
  const { number, at, action, target, revision, added, removed, total, why } = entry;
  const body = JSON.stringify([number, at, action, target, revision, added, removed, total, why]);
  return createHash('sha256').update(previous).update(body).digest('hex');
}

export function chain(history: readonly HistoryEntry[], entry: Omit<HistoryEntry, 'hash' | 'number'>): HistoryEntry {
  const last = history.at(-1);
  const numbered = { ...entry, number: (last?.number ?? 0) + 1 };
  return { ...numbered, hash: hashOf(last?.hash ?? GENESIS, numbered) };
}

export interface ReadHistory {
  readonly entries: readonly HistoryEntry[];
  /** Line of the first entry that does not fit its chain (edited or lost), or null. */
  readonly brokenAt: number | null;
}

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === 'string');

function isEntry(value: unknown): value is HistoryEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { number, at, action, target, revision, added, removed, total, why, hash } = value as Partial<HistoryEntry>;
  return (
    [number, total].every((one) => typeof one === 'number') &&
    [at, action, target, revision, why, hash].every((one) => typeof one === 'string') &&
    isTexts(added) &&
    isTexts(removed)
  );
}

/** A torn last line (crash while appending) is no entry and no breach. */
export function parseHistory(text: string): ReadHistory {
  const lines = text.split('\n');
  lines.pop();
  const entries: HistoryEntry[] = [];
  let previous = GENESIS;
  let brokenAt: number | null = null;
  for (const [index, line] of lines.entries()) {
    let entry: unknown = null;
    try {
      entry = JSON.parse(line);
    } catch {
      // Falls through to the breach below.
    }
    if (!isEntry(entry)) {
      brokenAt ??= index + 1;
      continue;
    }
    if (hashOf(previous, entry) !== entry.hash) brokenAt ??= index + 1;
    entries.push(entry);
    previous = entry.hash;
  }
  return { entries, brokenAt };
}
