/** When the next round is due. Pure: every clock comes in. */

export const DEFAULT_EVERY_MS = 300_000;
/** The longest pause that a service can ask for. */
export const MAX_PAUSE_MS = 6 * 3_600_000;
/** A pause that doubles goes no further than this. */
const MAX_BACKOFF_MS = 3_600_000;
/** So long the first round waits at most: hosts that are started together do not ask together. */
const MAX_FIRST_MS = 30_000;

export interface Pace {
  /** ms between two rounds. */
  readonly everyMs: number;
  /** Where in the interval this host has its turn, 0 ≤ share < 1. */
  readonly share: number;
}

/** Rounds in a row in which the service asked for patience. */
export interface Patience {
  readonly asked: number;
  readonly retryAfterMs: number | null;
}

/** From the first 32 bits of a hash of the machine's id: evenly spread over hosts, always the same on one host. */
export function shareOf(digest: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = digest;
  return (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** 32;
}

export function firstPauseMs({ everyMs, share }: Pace): number {
  return Math.floor(share * Math.min(everyMs / 10, MAX_FIRST_MS));
}

/**
 * ms until the host's next turn, on the wall clock's grid so that hosts stay apart, and never sooner than half an
 * interval. A service that asks for patience gets what it asks for, at least a pause that doubles each time.
 */
export function pauseMs({ everyMs, share }: Pace, wallMs: number, { asked, retryAfterMs }: Patience): number {
  if (asked > 0) {
    const doubled = Math.min(MAX_BACKOFF_MS, everyMs * 2 ** Math.min(asked, 12));
    const wanted = Math.min(MAX_PAUSE_MS, retryAfterMs ?? 0);
    // Everybody was told the same time: not everybody comes back at it.
    return Math.ceil(Math.max(everyMs, doubled, wanted) + share * everyMs);
  }
  const turn = share * everyMs;
  const since = (((wallMs - turn) % everyMs) + everyMs) % everyMs;
  const left = everyMs - since;
  return Math.ceil(left < everyMs / 2 ? left + everyMs : left);
}

/** A failure that stays the same is looked at closely again after this: 15 minutes, doubling to 6 hours. */
export function closerLookAfterMs(times: number): number {
  return Math.min(MAX_PAUSE_MS, 900_000 * 2 ** Math.min(Math.max(0, times - 1), 10));
}
