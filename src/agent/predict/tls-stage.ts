import { leavesWaiting } from './view.js';
import type { TlsHandshakeObservation, X509Error } from '../../model/observation.js';
import type { Leg } from '../../model/route.js';
import { fails, unseen, type Stop } from './judged.js';
import type { PredictRule } from './rule-ids.js';

export interface TlsPolicy {
  readonly leg: Leg;
  readonly storeId: string;
  /** Whether the store could be read, so that its judgements count. */
  readonly storeKnown: boolean;
  readonly insecure: boolean;
  readonly checksName: boolean;
  /** Seconds until the Agent gives up on a silent handshake; null = never. */
  readonly silentSeconds: number | null;
}

/** Refused by OpenSSL's own defaults on today's hosts (docs/reference/agent.md#seen-13, #t29). */
const OLD_PROTOCOLS = new Set(['SSLv3', 'TLSv1', 'TLSv1.0', 'TLSv1.1']);

/**
 * What the Agent makes of a handshake (docs/reference/agent.md#claim-trust, #tls): the chain is held against the leg's
 * own store, the name only where this version checks it. `insecure` lets the claim take anything, the link only a bare
 * self-signed leaf (and, where it checks names, another name on the WSS leg).
 */
export function judgeTls(seen: TlsHandshakeObservation, policy: TlsPolicy): Stop | null {
  if (seen.failure !== null && seen.failure.kind !== 'ssl_invalid_certificate') {
    const rule = handshakeRule(seen);
    return fails(rule, seen, rule === 'tls.stalled' ? policy.silentSeconds : 0);
  }
  if (seen.protocol !== null && OLD_PROTOCOLS.has(seen.protocol)) return fails('tls.version_unsupported', seen);
  const { leg, insecure } = policy;
  if (leg === 'claim' && insecure) return null;

  const judgement = seen.judgements.find(({ storeId }) => storeId === policy.storeId);
  if (judgement === undefined) return unseen(seen, 'unknown.not_judged');
  if (!judgement.trusted) {
    const tolerated = insecure && judgement.errors.length > 0 && judgement.errors.every((error) => isBareLeaf(error));
    if (!tolerated && !policy.storeKnown) return unseen(seen, 'unknown.not_judged');
    if (!tolerated) return fails(trustRule(judgement.errors), seen);
  }
  if (!policy.checksName || insecure) return null;
  if (seen.nameMatches === null) return unseen(seen, 'unknown.not_judged');
  return seen.nameMatches ? null : fails('tls.name_mismatch', seen);
}

const isBareLeaf = (error: X509Error): boolean => error === 'DEPTH_ZERO_SELF_SIGNED_CERT';

/** The first error that is about time or name says most; else the issuer is not known. */
function trustRule(errors: readonly X509Error[]): PredictRule {
  if (errors.some((error) => isBareLeaf(error))) return 'tls.self_signed';
  switch (errors[0]) {
    case 'CERT_HAS_EXPIRED':
      return 'tls.expired';
    case 'CERT_NOT_YET_VALID':
      return 'tls.not_yet_valid';
    default:
      return 'tls.untrusted';
  }
}

function handshakeRule(seen: TlsHandshakeObservation): PredictRule {
  if (leavesWaiting(seen)) return 'tls.stalled';
  switch (seen.failure?.kind) {
    case 'connection_reset':
    case 'connection_aborted':
      return 'tls.reset';
    case 'eof_error':
      return 'tls.closed';
    case 'ssl_alert':
      return 'tls.alert';
    case 'ssl_version_unsupported':
      return 'tls.version_unsupported';
    case 'ssl_not_tls':
      return 'tls.not_tls';
    default:
      return 'tls.handshake_failed';
  }
}
