/** Reads what `targets/edl.ts` writes, and nothing else. */
import { lintNames, lintPrefixes } from './list-lint.js';
import type { Oracle } from './oracle.js';

export const edl: Oracle = (files) =>
  files
    .filter((file) => file.role !== 'note')
    .flatMap((file) => (file.name.includes('edl-url') ? lintNames(file, '/') : lintPrefixes(file, null)));
