/**
 * Did the held links end because they were idle? Beside them one link is kept busy with WebSocket pings. What ends that
 * one after the same time is not an idle timer: the broker ends connections that never log in, or something limits the
 * life of every connection. Pure; used for predictions and for findings.
 */
import type { HoldObservation, Observation } from '../../model/observation.js';

/**
 * The longest that an idle Agent is silent: its first keep-alive leaves after 45 s, give or take one
 * (docs/reference/agent.md#mqtt, #idle-time).
 */
export const LONGEST_SILENCE_MS = 46_000;

export interface IdleCut {
  /** The held link that ended first, by somebody else's doing. */
  readonly cut: HoldObservation;
  /** The longest that an idle link was seen to last before that, ms. */
  readonly survived: HoldObservation | null;
  /** The link that was kept busy; null = there was none to compare with. */
  readonly busy: HoldObservation | null;
  /**
   * `idle`: the busy link lived on. `unproven`: nothing to compare with. `any`: the busy link ended alike.
   * `mute`: the peer answers no pings, so silence proves nothing.
   */
  readonly because: 'idle' | 'unproven' | 'any' | 'mute';
}

/** Two ends of one timer lie this close together: a share of the time for timers that tick, and a second at least. */
const SHARE = 0.15;
const LEAST_MS = 1000;

/** Null when nothing was held, or when we ended every link ourselves. */
export function idleCutOf(idle: readonly HoldObservation[], busy: HoldObservation | null): IdleCut | null {
  const held = idle.filter(isTold);
  const cuts = held.filter(({ endedBy }) => endedBy !== 'us');
  const [one, ...more] = cuts;
  if (one === undefined) return null;
  // The shortest life tells most; a link held longer dies of the same timer.
  const cut = more.reduce((a, b) => (b.heldMs < a.heldMs ? b : a), one);
  const survivors = held.filter(({ endedBy, heldMs }) => endedBy === 'us' && heldMs < cut.heldMs);
  const survived = survivors.reduce<HoldObservation | null>(
    (a, b) => (a === null || b.heldMs > a.heldMs ? b : a),
    null,
  );
  const other = busy !== null && isTold(busy) ? busy : null;
  return { cut, survived, busy: other, because: other === null ? 'unproven' : compare(cut, other) };
}

function compare(cut: HoldObservation, busy: HoldObservation): 'idle' | 'any' | 'mute' {
  if (cut.endedBy === 'silence' && (busy.pongs ?? 0) === 0) return 'mute';
  if (busy.endedBy === 'us' && busy.heldMs >= cut.heldMs) return 'idle';
  return busy.heldMs > cut.heldMs + Math.max(LEAST_MS, cut.heldMs * SHARE) ? 'idle' : 'any';
}

function isTold({ failure }: HoldObservation): boolean {
  return failure?.kind !== 'interrupted';
}

/** The link that was kept busy for comparison, on this route to this host. */
export function isBusyLink(seen: Observation): seen is HoldObservation {
  return seen.operation === 'hold' && seen.role.kind === 'control' && seen.role.control === 'busy_link';
}
