/** A name of ours that nobody knows, and what may have been meant: for targets, findings, scenarios and faults alike. */
import { UsageError } from './errors.js';

export interface Known {
  readonly id: string;
  /** A word of it is as good as the id. */
  readonly title?: string;
}

const MOST = 8;

/** Edits between two words, a swap of neighbours being one (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      }
      next.push(best);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

const wordsOf = (text: string): readonly string[] => text.toLowerCase().split(/[^a-z0-9]+/);

/** How far off: 0 = the same but for upper case; null = something else. */
function farness(typed: string, { id, title = '' }: Known): number | null {
  const edits = distance(typed, id);
  if (edits <= Math.max(1, Math.floor(typed.length / 6))) return edits;
  if (typed.length < 3) return null;
  if (id.includes(typed) || typed.startsWith(id)) return 10;
  return wordsOf(title).includes(typed) ? 20 : null;
}

/** The one word of a closed list that was probably meant: a slip of the fingers away, and no other; null = none. */
export function slipOf(typed: string, words: readonly string[]): string | null {
  if (typed.length < 3 || words.includes(typed)) return null;
  const most = typed.length < 6 ? 1 : 2;
  const [near, ...others] = words.filter((word) => distance(typed.slice(0, 60), word) <= most);
  return near === undefined || others.length > 0 ? null : near;
}

/** How many words of what was typed a name has; `ws_reset` has one of `tls_reset`. */
function shared(typed: string, id: string): number {
  const has = new Set(wordsOf(id));
  return wordsOf(typed).filter((word) => word.length >= 3 && has.has(word)).length;
}

/** Nearest first; those with a word in common only where none is nearer. Of equally near ones, the order in which they are known. */
export function nearest(typed: string, known: readonly Known[]): readonly string[] {
  const wanted = typed.trim().toLowerCase().slice(0, 60);
  const by = (far: (one: Known) => number | null): readonly string[] =>
    known
      .flatMap((one) => {
        const found = far(one);
        return found === null ? [] : [{ id: one.id, found }];
      })
      .sort((a, b) => a.found - b.found)
      .slice(0, MOST)
      .map(({ id }) => id);
  const near = by((one) => farness(wanted, one));
  return near.length > 0 ? near : by(({ id }) => -shared(wanted, id) || null);
}

/** `kind` completes "there is no …"; `all` says how to see them all. */
export function unknownName(kind: string, typed: string, known: readonly Known[], all: string): UsageError {
  const near = nearest(typed, known);
  const hint = near.length > 0 ? `; did you mean ${near.join(', ')}?` : '';
  return new UsageError(`there is no ${kind} ${JSON.stringify(typed.slice(0, 60))}${hint} (${all} shows all)`);
}
