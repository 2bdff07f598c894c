/** Verbs that this program calls itself by: in no help, for no person. */

/** Waits beside `rules apply` and takes the change back (dead-man.ts). */
export const DEAD_MAN = 'dead-man';
