/** Reads what `targets/fortigate.ts` writes, and nothing else. */
import { lineOracle } from './reader.js';
import { GRAMMARS } from './fortigate-reader.js';
import type { Oracle } from './oracle.js';

export const fortigate: Oracle = lineOracle((file) => GRAMMARS[file.role ?? ''] ?? null);
