/** Reading certificate chains: whose they are, and who would accept them. */
import type { TlsHandshakeObservation, X509Error } from '../model/observation.js';
import type { LegSettings } from '../model/agent.js';

/** The store whose word on "publicly trusted" counts, best first. */
const REFERENCE_STORES = ['mozilla', 'system', 'link', 'claim'];

/** Handshake done and a chain was read. */
export function hasChain(tls: TlsHandshakeObservation | null): tls is TlsHandshakeObservation {
  return tls !== null && tls.failure === null && tls.chain.length > 0;
}

export function trustedBy(tls: TlsHandshakeObservation, storeId: string): boolean | null {
  return tls.judgements.find((judged) => judged.storeId === storeId)?.trusted ?? null;
}

/** What the reference store (Mozilla's roots if they were consulted) says of the chain; null = nobody was asked. */
export function publiclyTrusted(tls: TlsHandshakeObservation): boolean | null {
  for (const store of REFERENCE_STORES) {
    const word = trustedBy(tls, store);
    if (word !== null) return word;
  }
  return null;
}

/** A valid certificate for the name, from a publicly trusted issuer: the peer is who it says it is. */
export function isGenuine(tls: TlsHandshakeObservation | null): boolean {
  return hasChain(tls) && tls.nameMatches === true && publiclyTrusted(tls) === true;
}

/** The same by the one store that the leg uses: what a private cloud with its own CA is judged by. */
export function isGoodFor(tls: TlsHandshakeObservation, settings: LegSettings): boolean {
  return tls.nameMatches === true && trustedBy(tls, settings.trustStoreId) === true;
}

/** Whether a leg goes on with this peer: by its own store and, where it looks, the name; null = nobody judged that. */
export function acceptedBy(
  tls: TlsHandshakeObservation,
  { insecure, trustStoreId, checksName }: Pick<LegSettings, 'insecure' | 'trustStoreId' | 'checksName'>,
): boolean | null {
  if (insecure) return true;
  const trusted = trustedBy(tls, trustStoreId);
  return trusted === true && checksName ? tls.nameMatches : trusted;
}

/** A valid certificate for the name by every store that the Agent's legs use: a cloud with a CA of its own is one, too. */
export function isAcceptedByAll(tls: TlsHandshakeObservation | null, legs: readonly LegSettings[]): boolean {
  return hasChain(tls) && legs.every((settings) => isGoodFor(tls, settings));
}

/** The errors that the leg's store raises; falls back to whoever judged. */
export function errorsFor(tls: TlsHandshakeObservation, storeId: string | null): readonly X509Error[] {
  const own = tls.judgements.find((judged) => judged.storeId === storeId) ?? referenceJudgement(tls);
  return own?.errors ?? [];
}

function referenceJudgement(tls: TlsHandshakeObservation) {
  for (const store of REFERENCE_STORES) {
    const found = tls.judgements.find((judged) => judged.storeId === store);
    if (found !== undefined) return found;
  }
  return tls.judgements[0];
}

const TIME_ERRORS: readonly X509Error[] = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];

/** True if nothing but the dates is wrong, by at least one store. */
export function onlyDatesWrong(tls: TlsHandshakeObservation): boolean {
  return tls.judgements.some(
    ({ trusted, errors }) => !trusted && errors.length > 0 && errors.every((error) => TIME_ERRORS.includes(error)),
  );
}

/** Stores that accept the chain. */
export function storesTrusting(tls: TlsHandshakeObservation): readonly string[] {
  return tls.judgements.filter(({ trusted }) => trusted).map(({ storeId }) => storeId);
}

/** Names in issuer and subject of every certificate above the leaf, and of the leaf's issuer: where an inspector signs. */
export function issuerNames(tls: TlsHandshakeObservation): readonly string[] {
  const [leaf, ...above] = tls.chain;
  return [...new Set([...(leaf ? [leaf.issuer] : []), ...above.flatMap(({ subject, issuer }) => [subject, issuer])])];
}
