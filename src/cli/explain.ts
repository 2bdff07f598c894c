/** Pages of causes, read from the package's own documentation. */
import { RULES } from '../diagnose/registry.js';
import { InvariantError, UsageError } from '../model/errors.js';
import { asset } from './assets.js';

/**
 * The page of one cause, or the list of all (null).
 *
 * @throws UsageError for an id that no page has, naming the nearest ones
 */
export function explain(id: string | null): string {
  if (id === null) return list();
  const wanted = id.trim().toLowerCase();
  if (!RULES.some(({ id }) => id === wanted)) throw new UsageError(unknown(id));
  try {
    return asset(`docs/findings/${wanted}.md`);
  } catch (cause) {
    throw new InvariantError(`the page of ${wanted} is missing from this package`, { cause });
  }
}

function list(): string {
  const width = Math.max(...RULES.map(({ id }) => id.length));
  return RULES.map(({ id, title }) => `${id.padEnd(width)}  ${title}\n`).join('');
}

function unknown(id: string): string {
  const near = nearest(id.trim().toLowerCase());
  const hint = near.length === 0 ? 'netdata-egress explain lists them all' : `did you mean ${near.join(', ')}?`;
  return `no finding is called "${id.slice(0, 60)}": ${hint}`;
}

/** Ids that share a word with what was typed, or are a few letters away; best first, at most four. */
function nearest(wanted: string): readonly string[] {
  const words = wanted.split(/[._\s-]+/u).filter((word) => word.length > 2);
  const scored = RULES.map(({ id }) => {
    const shared = words.filter((word) => id.includes(word)).length;
    return { id, score: distance(wanted.slice(0, 60), id) - 8 * shared };
  });
  return scored
    .filter(({ score }) => score <= 6)
    .sort((a, b) => a.score - b.score)
    .slice(0, 4)
    .map(({ id }) => id);
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
