import { lintPrefixes } from './list-lint.js';
import type { Oracle } from './oracle.js';

export const cidr4: Oracle = (files) => files.slice(0, 1).flatMap((file) => lintPrefixes(file, 4));
export const cidr6: Oracle = (files) => files.slice(0, 1).flatMap((file) => lintPrefixes(file, 6));
