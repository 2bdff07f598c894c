/** Pages of causes, read from the package's own documentation. */
import { RULES } from '../diagnose/registry.js';
import { InvariantError } from '../model/errors.js';
import { unknownName } from '../model/unknown-name.js';
import { asset } from './assets.js';

/**
 * The page of one cause, or the list of all (null).
 *
 * @throws UsageError for an id that no page has, naming the nearest ones
 */
export function explain(id: string | null): string {
  if (id === null) return list();
  const wanted = id.trim().toLowerCase();
  if (!RULES.some(({ id }) => id === wanted)) throw unknownName('finding', id, RULES, 'explain');
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
