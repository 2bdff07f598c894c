/**
 * What it means that nothing came back. How long the Agent itself would have waited is not decided here: whoever judges
 * compares `ms` with the Agent's own patience (docs/reference/agent.md).
 */
import type { Observation } from '../model/observation.js';

/** Nothing came back until somebody stopped waiting. */
export interface Silence {
  /** How long was waited in vain, ms. */
  readonly ms: number;
  /** Too short to prove anything: the run's budget ended the wait, not the network. */
  readonly cutShort: boolean;
  /**
   * Who stopped waiting: our own deadline, or the kernel that had sent its last SYN (ETIMEDOUT). That error comes to the
   * Agent as soon as to us, and it takes it for a refusal (docs/reference/agent.md#tcp-connect).
   */
  readonly endedBy: 'deadline' | 'kernel';
}

/** A SYN is repeated after 1 s (RFC 6298 section 2.1): a shorter wait may have seen one lost packet. */
const LEAST_TELLING_MS = 900;

/** How long a step took the network, ms: time in which this process did not run is not the network's. */
export function tookMs({ t0Ms, tMs, stalledMs }: Pick<Observation, 't0Ms' | 'tMs' | 'stalledMs'>): number {
  return Math.max(0, tMs - t0Ms - (stalledMs ?? 0));
}

/** The silence that a step met; null = it ended otherwise. */
export function silenceOf(seen: Observation): Silence | null {
  const kind = seen.failure?.kind;
  if (kind !== 'generic_timeout_error' && kind !== 'timed_out') return null;
  const ms = tookMs(seen);
  const endedBy = kind === 'timed_out' && seen.operation === 'connect' ? 'kernel' : 'deadline';
  return { ms, cutShort: endedBy === 'deadline' && ms < LEAST_TELLING_MS, endedBy };
}

export function isSilent(seen: Observation): boolean {
  return silenceOf(seen) !== null;
}

/** So many repeats of the kernel went unanswered: by then ten times the round trip has passed (RFC 6298 section 5). */
const LOST_AFTER_RETRANSMITS = 3;

/** What was sent never arrived, however long one waits: the peer's kernel would have acknowledged it at once. */
export function isLost({ unacknowledged }: Pick<Observation, 'unacknowledged'>): boolean {
  return (
    unacknowledged !== undefined && unacknowledged.bytes > 0 && unacknowledged.retransmits >= LOST_AFTER_RETRANSMITS
  );
}

/** Whether a step tells anything: neither interrupted, nor cut short, nor a failure of our own. */
export function isTelling(seen: Observation): boolean {
  const kind = seen.failure?.kind;
  if (kind === 'interrupted' || (kind === 'unknown_failure' && seen.operation === 'resolve')) return false;
  return silenceOf(seen)?.cutShort !== true;
}

/** A control is begun late: it must have had this long, and some round trips, before its silence says anything. */
const LEAST_CONTROL_MS = 2000;
const CONTROL_ROUND_TRIPS = 4;

/**
 * A control that the budget cut off yields nothing.
 *
 * @param connectMs how long its connection took
 */
export function isCutOff(seen: Observation, connectMs: number): boolean {
  const silence = silenceOf(seen);
  if (seen.role.kind !== 'control' || silence === null || silence.endedBy === 'kernel' || isLost(seen)) return false;
  const ownMs = seen.operation === 'connect' ? 0 : connectMs;
  return silence.ms < Math.max(LEAST_CONTROL_MS, CONTROL_ROUND_TRIPS * ownMs);
}
