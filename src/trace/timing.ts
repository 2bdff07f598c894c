/** Where a refusal came from, by how soon it came. */
import type { Family, Observation } from '../model/observation.js';
import { isControl } from './attempts.js';
import { tookMs } from './silence.js';

export interface Timing {
  /** Fastest SYN round trip to a cloud address that accepted, ms, by family; null = none accepted. */
  rtt(family: Family): number | null;
  /** Fastest answer of the default gateway to a SYN, ms; null = not measured or silent. */
  readonly gatewayMs: number | null;
  /** Silence after this SYN that excludes a path which is only slow or lossy, ms; 0 = rules of this host stop it. */
  tellingMs(seen: Observation): number;
}

/** `host`: sooner than a packet to the gateway and back. `near`: this host or its first hop. `far`: as late as the peer itself. */
export type Origin = 'host' | 'near' | 'between' | 'far' | 'unknown';

const ACCURACY_MS = 1;
/** A SYN is repeated after 1 and 3 s (RFC 6298): a path that is alive and quick answers one of the first three. */
const TELLING_MS = 3000;
/** The fourth leaves after 7 s: where SYNs get lost, one of four gets through. */
const TELLING_LOSSY_MS = 7500;
/** When a SYN is repeated: a connection that took as long, and the little that the path takes, had its SYN lost. */
const SYN_REPEATED_MS = [1000, 3000, 7000] as const;
const EARLY_MS = 50;
const LATE_MS = 250;
const SLOW_PATH_MS = 500;
const ROUND_TRIPS = 5;

/** @param took ms of each connection that was accepted outside this network */
export function tellingConnectMs(took: readonly number[]): number {
  if (took.length === 0) return TELLING_MS;
  const fastest = Math.min(...took);
  if (fastest >= SLOW_PATH_MS) return Math.max(TELLING_MS, fastest * ROUND_TRIPS);
  const isRepeated = (ms: number): boolean =>
    SYN_REPEATED_MS.some((at) => ms >= at - EARLY_MS && ms <= at + 2 * fastest + LATE_MS);
  return took.some(isRepeated) ? TELLING_LOSSY_MS : TELLING_MS;
}

export function buildTiming(observations: readonly Observation[]): Timing {
  const best = new Map<Family, number>();
  let gatewayMs: number | null = null;
  const took: number[] = [];
  for (const seen of observations) {
    if (seen.operation !== 'connect' || seen.peer !== 'target') continue;
    const ms = tookMs(seen);
    if (isControl(seen.role, 'gateway')) {
      const answered = seen.failure === null || seen.failure.kind === 'connection_refused';
      if (answered) gatewayMs = Math.min(gatewayMs ?? ms, ms);
      continue;
    }
    if (seen.failure === null) took.push(ms);
    if (seen.failure === null) best.set(seen.family, Math.min(best.get(seen.family) ?? ms, ms));
  }
  const ownMs = tellingConnectMs(took);
  const stopped = stoppedHere(observations);
  return {
    rtt: (family) => best.get(family) ?? null,
    gatewayMs,
    tellingMs: (seen) =>
      seen.operation === 'connect' && stopped.has(`${String(seen.address)} ${String(seen.port)}`) ? 0 : ownMs,
  };
}

/** Addresses with ports to which rules of this host let no connection of ours. */
function stoppedHere(observations: readonly Observation[]): ReadonlySet<string> {
  return new Set(
    observations
      .flatMap((seen) => (seen.operation === 'read_local_firewall' ? seen.rules : []))
      .filter(({ matches, action }) => matches === true && (action === 'drop' || action === 'policy_drop'))
      .flatMap(({ flows }) => flows ?? [])
      .filter(({ protocol }) => protocol === 'tcp')
      .map(({ address, port }) => `${address} ${String(port)}`),
  );
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
