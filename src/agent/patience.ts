/**
 * How long the Agent itself waits, by leg, step and version (docs/reference/agent.md, versions.md). What we did not wait
 * for as long is no failure. Pure.
 */
import type { Operation } from '../model/failure.js';
import type { Observation } from '../model/observation.js';
import type { Leg } from '../model/route.js';
import { isLost, silenceOf } from '../trace/silence.js';
import { rulesFor } from './versions.js';

/** Steps that a leg waits in. */
export type PatientStep = Extract<
  Operation,
  'resolve' | 'connect' | 'proxy_connect' | 'tls_handshake' | 'http_round_trip' | 'websocket_upgrade' | 'mqtt_connect'
>;

/** The claim: 5 s for everything up to TLS, 10 s in all. */
const CLAIM_CONNECT_SECONDS = 5;
const CLAIM_SECONDS = 10;
/**
 * One HTTPS request of the link, from before its look-up on (docs/reference/agent.md#https-limits); an exchange with a
 * proxy may take as long by itself.
 */
export const REQUEST_SECONDS = 30;
/** TLS, upgrade and CONNACK together, where they are limited at all. */
const CONNACK_SECONDS = 120;

/**
 * Seconds that a leg waits in a step that stays silent; null = without limit of its own: look-ups end when the resolver
 * of the system gives up, and up to 2.11.0 the MQTT step waits for ever behind TCP.
 */
export function patienceSeconds(leg: Leg, step: PatientStep, version: string): number | null {
  const rules = rulesFor(version);
  if (leg === 'claim') {
    if (!rules.claimsByItself) return step === 'connect' ? SCRIPT_CONNECT_SECONDS : null;
    return step === 'http_round_trip' ? CLAIM_SECONDS : CLAIM_CONNECT_SECONDS;
  }
  const onLink = leg === 'link';
  if (step === 'resolve') return null;
  if (step === 'connect') return onLink ? rules.silentSecondsOnLink : rules.silentSecondsOnHttps;
  if (!onLink) return REQUEST_SECONDS;
  return step === 'proxy_connect' ? rules.connectSecondsOnLink : connackSeconds(version);
}

/** curl as the claim script of 1.x calls it; it has no limit for the answer. */
const SCRIPT_CONNECT_SECONDS = 30;

/** Seconds from TLS to CONNACK; null = for ever. */
export function connackSeconds(version: string): number | null {
  return rulesFor(version).connackBudget ? CONNACK_SECONDS : null;
}

/** What has no limit of its own, and does not come within two minutes, does not come. */
const ENDLESS_SECONDS = 120;
/** The C library takes no answer that is later than its two tries of 5 s (resolv.conf(5), `timeout`, `attempts`). */
const LOOKUP_SECONDS = 10;
/** Timers fire a little early or late. */
const TOLERANCE_MS = 250;

const STEPS = new Set<Operation>([
  'resolve',
  'connect',
  'proxy_connect',
  'tls_handshake',
  'http_round_trip',
  'websocket_upgrade',
  'mqtt_connect',
]);

export const isPatientStep = (operation: Operation): operation is PatientStep => STEPS.has(operation);

export interface Patience {
  readonly waitedSeconds: number;
  /** null = the Agent has no limit of its own. */
  readonly agentSeconds: number | null;
}

/**
 * Was this silence as long as the Agent would wait? Null where it was, and where the question does not arise: the step
 * was answered or failed otherwise, or what we sent is lost for certain (trace/silence.ts).
 *
 * @param tellingConnectMs silence of a TCP connect that tells as much as the Agent's own wait would, on this path
 */
export function cutShort(seen: Observation, leg: Leg, version: string, tellingConnectMs: number): Patience | null {
  const silence = silenceOf(seen);
  if (silence === null || silence.endedBy === 'kernel' || isLost(seen) || !isPatientStep(seen.operation)) return null;
  const agentSeconds = patienceSeconds(leg, seen.operation, version);
  const patience = { waitedSeconds: silence.ms / 1000, agentSeconds };
  if (seen.operation === 'connect')
    return heardMs(seen, silence.ms) >= tellingConnectMs - TOLERANCE_MS ? null : patience;
  const limit = seen.operation === 'resolve' ? LOOKUP_SECONDS : (agentSeconds ?? ENDLESS_SECONDS);
  return heardMs(seen, silence.ms) >= limit * 1000 - TOLERANCE_MS ? null : patience;
}

/** Of a long wait, a part in which this process did not run. */
const HELD_UP_PART = 1 / 3;

/**
 * How long a peer was silent for: what it sends while this process does not run is read before the deadline counts, so
 * that being held up now and then makes a long silence no shorter. A SYN is repeated by the kernel, whatever we do.
 */
function heardMs({ operation, t0Ms, tMs, stalledMs = 0 }: Observation, silentMs: number): number {
  const wholeMs = tMs - t0Ms;
  if (operation === 'connect') return wholeMs;
  return operation !== 'resolve' && stalledMs <= wholeMs * HELD_UP_PART ? wholeMs : silentMs;
}

/** A look-up of ours on the wire that was not waited for as long as the C library would. */
export function lookupCutShort(seen: Observation): Patience | null {
  const silence = silenceOf(seen);
  if (seen.operation !== 'dns_query' || silence === null) return null;
  if (silence.ms >= LOOKUP_SECONDS * 1000 - TOLERANCE_MS) return null;
  return { waitedSeconds: silence.ms / 1000, agentSeconds: LOOKUP_SECONDS };
}

/** The longest that the Agent waits in a step, ms: what `--patient` gives it. */
export function longestWaitMs(leg: Leg | null, step: PatientStep, version: string): number {
  if (step === 'resolve') return 2 * LOOKUP_SECONDS * 1000;
  return (patienceSeconds(leg ?? 'env', step, version) ?? ENDLESS_SECONDS) * 1000 + TOLERANCE_MS;
}

/**
 * How long an ordinary run waits for a peer that is connected, ms: as long as the Agent where that is limited to what it
 * takes for an answer, and no longer where the Agent waits for minutes.
 */
export function ordinaryWaitMs(leg: Leg | null, step: PatientStep, version: string): number {
  if (leg === null) return 0;
  return Math.min(longestWaitMs(leg, step, version), REQUEST_SECONDS * 1000 + TOLERANCE_MS);
}

/** Time for what comes before and after the legs, ms. */
const AROUND_MS = 5000;

/** The longest that a run lasts which waits as long as the Agent, ms: /env, and then the link's own way. */
export function longestRunMs(version: string): number {
  const way = (leg: Leg): number =>
    longestWaitMs(leg, 'connect', version) + longestWaitMs(leg, 'proxy_connect', version);
  const request = longestWaitMs('env', 'http_round_trip', version);
  const connack = longestWaitMs('link', 'mqtt_connect', version);
  const lookup = longestWaitMs(null, 'resolve', version);
  return Math.max(way('env') + request, way('link') + connack) + lookup + AROUND_MS;
}

/** One wording for what was not waited for: `silent for 5 s; the Agent would wait 30 s: --patient tells`. */
export function patienceWords({ waitedSeconds, agentSeconds }: Patience): string {
  const waited = `silent for ${String(Math.round(waitedSeconds * 10) / 10)} s`;
  return `${waited}; ${agentSeconds === null ? 'the Agent waits without a limit' : `the Agent waits ${String(agentSeconds)} s`}`;
}
