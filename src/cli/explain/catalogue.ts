/** Pages of causes, read from the package's own documentation. */
import { RULES } from '../../diagnose/registry.js';
import { InvariantError } from '../../model/errors.js';
import type { FindingId } from '../../model/finding-id.js';
import { asset } from '../assets.js';

export const IDS: ReadonlySet<string> = new Set(RULES.map(({ id }) => id));

export const titleOf = (wanted: FindingId): string => RULES.find(({ id }) => id === wanted)?.title ?? '';

/** The id that was typed, in whatever case; null when no page has it. */
export function idOf(typed: string): FindingId | null {
  const wanted = typed.trim().toLowerCase();
  return RULES.find(({ id }) => id === wanted)?.id ?? null;
}

/** The page of a cause, Markdown. */
export function pageOf(id: FindingId): string {
  try {
    return asset(`docs/findings/${id}.md`);
  } catch (cause) {
    throw new InvariantError(`the page of ${id} is missing from this package`, { cause });
  }
}
