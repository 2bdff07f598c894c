/** Turns what a walk saw into suspicions. Facts only: whether the Agent would mind is judged elsewhere. */
import type { HttpRoundTripObservation, Observation } from '../model/observation.js';
import type { Phase, Suspicion } from './types.js';

/** A step that has not answered by then is suspected, so that controls run beside it instead of after it. */
export const SLOW_AFTER_MS = 1000;

export function phaseOf(observation: Observation): Phase | null {
  switch (observation.operation) {
    case 'resolve':
      return 'resolve';
    case 'connect':
      return observation.peer === 'proxy' ? 'proxy' : 'connect';
    case 'proxy_connect':
      return 'proxy';
    case 'tls_handshake':
      return 'tls';
    case 'http_round_trip':
      return 'http';
    case 'websocket_upgrade':
      return 'websocket';
    case 'mqtt_connect':
      return 'mqtt';
    default:
      return null;
  }
}

/** Null when there is nothing to suspect. */
export function suspect(
  observation: Observation,
  primaryStoreIds: readonly string[],
): Pick<Suspicion, 'phase' | 'reason'> | null {
  const phase = phaseOf(observation);
  if (phase === null) return null;
  if (observation.failure !== null) return { phase, reason: 'failed' };
  switch (observation.operation) {
    case 'tls_handshake': {
      const distrusted = observation.judgements.some(
        (judged) => primaryStoreIds.includes(judged.storeId) && !judged.trusted,
      );
      return distrusted || observation.nameMatches === false ? { phase, reason: 'odd' } : null;
    }
    case 'http_round_trip':
      return answersLikeAnApi(observation) ? null : { phase, reason: 'odd' };
    case 'websocket_upgrade':
      return observation.acceptedByRfc ? null : { phase, reason: 'failed' };
    case 'mqtt_connect':
      return observation.reasonCode === null ? { phase, reason: 'failed' } : null;
    default:
      return null;
  }
}

/** JSON without a server's error: a page, a redirect or a gateway's error is odd. */
export function answersLikeAnApi(observation: HttpRoundTripObservation): boolean {
  return observation.failure === null && (observation.status ?? 500) < 500 && looksLikeJson(observation.rawBody);
}

/** JSON from beginning to end, as far as one can say without taking chunks apart. */
export function isWholeJson({ rawBody, endedBy }: HttpRoundTripObservation): boolean {
  if (endedBy !== 'length' && endedBy !== 'close') return true;
  try {
    JSON.parse(rawBody);
    return true;
  } catch {
    return false;
  }
}

function looksLikeJson(body: string): boolean {
  return /^[\s0-9a-fA-F;\r\n]*\{/.test(body.slice(0, 200));
}
