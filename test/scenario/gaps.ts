/** Scenarios whose expectation is the truth and whose verdict is not there yet. A gap that closes must leave this list. */
export const KNOWN_GAPS: Readonly<Record<string, string>> = {};
