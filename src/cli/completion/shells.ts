/** What `completion` prints. `man` is the manual page, from the same registry. */
export const SHELLS = ['bash', 'zsh', 'fish', 'man'] as const;
export type Shell = (typeof SHELLS)[number];
