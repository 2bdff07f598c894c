import type { FindingId } from '../finding-id.js';
import { own, type Schema } from './build.js';

/** A plain string in a document: a saved run of another version may name causes that this one does not know. */
export function findingId(description: string): Schema<FindingId> {
  return own(description) as unknown as Schema<FindingId>;
}
