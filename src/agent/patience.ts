/**
 * How long the Agent itself waits, by leg, step and version (docs/reference/agent.md, versions.md). What we did not wait
 * for as long is no failure. Pure.
 */
import type { Operation } from '../model/failure.js';
import type { Observation } from '../model/observation.js';
import type { Leg } from '../model/route.js';
import { rulesFor } from './versions.js';

/** Steps that a leg waits in. */
export type PatientStep = Extract<
  Operation,
  'resolve' | 'connect' | 'proxy_connect' | 'tls_handshake' | 'http_round_trip' | 'websocket_upgrade' | 'mqtt_connect'
>;

/** The claim: 5 s for everything up to TLS, 10 s in all. */
const CLAIM_CONNECT_SECONDS = 5;
const CLAIM_SECONDS = 10;
/** One HTTPS request of the link, from the first byte of TLS on. */
const REQUEST_SECONDS = 30;
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
  if (step === 'proxy_connect') return onLink ? rules.connectSecondsOnLink : rules.connectSecondsOnHttps;
  return onLink ? connackSeconds(version) : REQUEST_SECONDS;
}

/** curl as the claim script of 1.x calls it; it has no limit for the answer. */
const SCRIPT_CONNECT_SECONDS = 30;

/** Seconds from TLS to CONNACK; null = for ever. */
export function connackSeconds(version: string): number | null {
  return rulesFor(version).connackBudget ? CONNACK_SECONDS : null;
}

/**
 * A SYN is repeated after 1 and 3 s: a path that is alive answers one of the first three. Waiting as long as the Agent
 * would tell nothing more.
 */
const TELLING_CONNECT_MS = 3000;
/** Timers fire a little early or late. */
const TOLERANCE_MS = 250;

/** Nothing came back in time. */
function isSilent({ failure, operation }: Observation): boolean {
  return failure?.kind === 'generic_timeout_error' || (failure?.kind === 'timed_out' && operation !== 'connect');
}

const STEPS = new Set<Operation>([
  'resolve',
  'connect',
  'proxy_connect',
  'tls_handshake',
  'http_round_trip',
  'websocket_upgrade',
  'mqtt_connect',
]);

export interface Patience {
  readonly waitedSeconds: number;
  /** null = the Agent has no limit of its own. */
  readonly agentSeconds: number | null;
}

/**
 * Was this silence as long as the Agent would wait? Null where it was, and where the question does not arise: the step
 * was answered, failed otherwise, or a TCP connect whose repeated SYNs were all lost.
 */
export function cutShort(seen: Observation, leg: Leg, version: string): Patience | null {
  if (!isSilent(seen) || !STEPS.has(seen.operation)) return null;
  const waitedMs = Math.max(0, seen.tMs - seen.t0Ms - (seen.stalledMs ?? 0));
  if (seen.operation === 'connect' && waitedMs >= TELLING_CONNECT_MS - TOLERANCE_MS) return null;
  const agentSeconds = patienceSeconds(leg, seen.operation as PatientStep, version);
  if (agentSeconds !== null && waitedMs >= agentSeconds * 1000 - TOLERANCE_MS) return null;
  return { waitedSeconds: waitedMs / 1000, agentSeconds };
}
