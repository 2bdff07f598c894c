/** Reads what `targets/domains.ts` writes, and nothing else. */
import { lintNames } from './list-lint.js';
import type { Oracle } from './oracle.js';

export const domains: Oracle = (files) => files.slice(0, 1).flatMap((file) => lintNames(file));
