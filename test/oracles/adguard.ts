/** Reads what `targets/adguard.ts` writes, and nothing else. */
import { linesOf } from './grammar.js';

export const adguard = linesOf([/^@@\|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\^\$important$/], /\.adguard\.txt$/, '!');
