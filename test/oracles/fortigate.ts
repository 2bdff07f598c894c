/** Reads what `targets/fortigate.ts` writes, and nothing else. */
import { readArtefact } from './reader.js';
import { GRAMMARS } from './fortigate-reader.js';
import type { Oracle } from './oracle.js';

export const fortigate: Oracle = (files) => readArtefact(files, (file) => GRAMMARS[file.role ?? ''] ?? null);
