/**
 * Cases in which the doctor is known to say something else than the truth, each with the reason. The lab expects them to
 * come out wrong: one that comes out right fails until it is taken off, so this list can only shrink.
 */
export const KNOWN_WRONG: Readonly<Record<string, string>> = {};
