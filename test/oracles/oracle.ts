import type { RenderedFile } from '../../src/model/allow-list.js';

/** Judges the files of one target as something that knows the format and nothing of our code: complaints, empty = fine. */
export interface Oracle {
  (files: readonly RenderedFile[]): readonly string[];
  /** What they let through: `NAME-OR-PREFIX PORT`. */
  readonly flows?: (files: readonly RenderedFile[]) => readonly string[];
}
