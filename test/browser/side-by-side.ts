import { availableParallelism } from 'node:os';

/** Tests that run at once, and pages that wait for them: one for each core, within reason. */
export const SIDE_BY_SIDE = Math.min(4, availableParallelism());
