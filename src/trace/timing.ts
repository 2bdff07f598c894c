/** Where a refusal came from, by how soon it came. */
import type { Family, Observation } from '../model/observation.js';
import { isControl } from './attempts.js';
import { tookMs } from './silence.js';

export interface Timing {
  /** Fastest SYN round trip to a cloud address that accepted, ms, by family; null = none accepted. */
  rtt(family: Family): number | null;
  /** Fastest answer of the default gateway to a SYN, ms; null = not measured or silent. */
  readonly gatewayMs: number | null;
}

/** `host`: sooner than a packet to the gateway and back. `near`: this host or its first hop. `far`: as late as the peer itself. */
export type Origin = 'host' | 'near' | 'between' | 'far' | 'unknown';

const ACCURACY_MS = 1;

export function buildTiming(observations: readonly Observation[]): Timing {
  const best = new Map<Family, number>();
  let gatewayMs: number | null = null;
  for (const seen of observations) {
    if (seen.operation !== 'connect' || seen.peer !== 'target') continue;
    const ms = tookMs(seen);
    if (isControl(seen.role, 'gateway')) {
      const answered = seen.failure === null || seen.failure.kind === 'connection_refused';
      if (answered) gatewayMs = Math.min(gatewayMs ?? ms, ms);
      continue;
    }
    if (seen.failure === null) best.set(seen.family, Math.min(best.get(seen.family) ?? ms, ms));
  }
  return { rtt: (family) => best.get(family) ?? null, gatewayMs };
}

/** Timing alone tells little where everything is near: then the answer is `unknown`. */
export function originOf(ms: number, family: Family, timing: Timing): Origin {
  const gateway = timing.gatewayMs;
  if (gateway !== null && gateway >= 2 * ACCURACY_MS && ms < gateway / 2) return 'host';
  const rtt = timing.rtt(family);
  if (rtt === null || rtt < 4 * ACCURACY_MS) return 'unknown';
  if (ms < ACCURACY_MS && ms < rtt / 4) return 'near';
  if (ms < 0.7 * rtt) return 'between';
  return ms < 3 * rtt ? 'far' : 'unknown';
}
