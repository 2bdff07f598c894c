/** Verbs that this program calls itself by: in no help, for no person. */

/** Waits beside `rules apply` and takes the change back (dead-man.ts). */
export const DEAD_MAN = 'dead-man';

/** Reads files for `report merge` on a thread (report/merge/worker.ts). */
export const MERGE_WORKER = 'merge-worker';
