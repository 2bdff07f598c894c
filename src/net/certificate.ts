/** What the peer presented, as facts; and whether a certificate is for a name. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { CertificateFacts } from '../model/observation.js';

/** Longer chains are cut: OpenSSL itself stops at 100. */
const MAX_CHAIN = 16;

/**
 * The certificates sent, leaf first. Node links them by issuer; the context of the handshake holds no CA certificates,
 * so nothing is filled in from a local store. Extra certificates that no other one was issued by are not visible here.
 * QUIRK: the walk may end in a self-reference, in null, in an empty object or (hostile) in a longer loop.
 */
export function sentChain(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  const seen = new Set<string>();
  let current: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (current?.raw !== undefined && chain.length < MAX_CHAIN) {
    let certificate: X509Certificate;
    try {
      certificate = new X509Certificate(current.raw);
    } catch {
      break;
    }
    if (seen.has(certificate.fingerprint256)) break;
    seen.add(certificate.fingerprint256);
    chain.push(certificate);
    current = current.issuerCertificate as DetailedPeerCertificate | undefined;
  }
  return chain;
}

/**
 * As OpenSSL compares names: subjectAltName first, the subject only when there is no DNS name in it. The dot that ends
 * a fully qualified name is no part of it: libcurl leaves it out as well.
 */
export function matchesName(certificate: X509Certificate, fullName: string): boolean {
  const name = fullName.replace(/\.$/, '');
  try {
    return isIP(name) === 0 ? certificate.checkHost(name) !== undefined : certificate.checkIP(name) !== undefined;
  } catch {
    return false;
  }
}

export function factsOf(certificate: X509Certificate): CertificateFacts {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    subjectAltName: certificate.subjectAltName ?? '',
    notBefore: isoDate(certificate.validFrom),
    notAfter: isoDate(certificate.validTo),
    serialNumber: certificate.serialNumber,
    fingerprint256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    isCa: certificate.ca,
    publicKey: keyOf(certificate),
  };
}

/** Node writes one attribute per line. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

/** `Jan  1 00:00:00 2020 GMT` -> ISO 8601; empty when the date is beyond what Date can hold. */
function isoDate(text: string): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? '' : new Date(at).toISOString();
}

function keyOf(certificate: X509Certificate): string {
  try {
    const key = certificate.publicKey;
    const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
    return [key.asymmetricKeyType ?? 'unknown', modulusLength ?? namedCurve].filter(Boolean).join(' ');
  } catch {
    return 'unreadable';
  }
}
