/**
 * Holds a chain against a trust store as OpenSSL's X509_verify_cert does (3.x, trusted certificates first), for a TLS
 * server, without the name check. Node can verify only while shaking hands and only against one store; the doctor has
 * to judge one chain against several stores, at a given time, and say every error that OpenSSL would raise, in its
 * order. Not covered: revocation, name constraints, policies, auxiliary trust settings of `TRUSTED CERTIFICATE` blocks.
 */
import type { X509Certificate } from 'node:crypto';
import type { X509Error, TrustJudgement } from '../model/observation.js';
import type { LoadedTrustStore } from '../model/planned.js';
import { bySubject, Certificate } from './trust-store.js';

export interface JudgeOptions {
  /**
   * A trusted certificate that is not self-signed ends the chain too (X509_V_FLAG_PARTIAL_CHAIN). OpenSSL's default is
   * no; libcurl sets it since 7.68.
   */
  readonly partialChain?: boolean;
  /** OpenSSL security level: 1 is its compiled default before 3.2, 2 that of distributions and of 3.2 on. */
  readonly securityLevel?: 0 | 1 | 2;
}

const MAX_DEPTH = 100;
const KEY_CERT_SIGN = 0x0400;
/** digitalSignature, keyEncipherment, keyAgreement. */
const TLS_KEY_USAGE = 0x8000 | 0x2000 | 0x0800;
const SERVER_AUTH = new Set(['2b06010505070301', '6086480186f8420401', '2b0601040182370a0303']);
/** Signature algorithms on MD5 and SHA-1, fewer than 80 bits: too weak from security level 1 on. */
const WEAK_SIGNATURES = new Set([
  '2a864886f70d010104',
  '2a864886f70d010105',
  '2b0e03021d',
  '2a8648ce3d0401',
  '2a8648ce380403',
]);

interface Path {
  readonly certificates: readonly Certificate[];
  /** How many of them came from the peer. */
  readonly untrusted: number;
  readonly trusted: boolean;
}

type Report = (error: X509Error, depth: number) => void;

export function judgeChain(
  chain: readonly X509Certificate[],
  store: LoadedTrustStore,
  at: Date,
  options: JudgeOptions = {},
): TrustJudgement {
  const errors: X509Error[] = [];
  let depth: number | null = null;
  const report: Report = (error, where) => {
    depth ??= where;
    if (!errors.includes(error)) errors.push(error);
  };
  const sent = chain.map((certificate) => Certificate.of(certificate)).filter((found) => found !== null);
  const leaf = sent[0];
  if (leaf === undefined) {
    report('OTHER', 0);
  } else {
    try {
      verify(leaf, sent.slice(1), store, at, options, report);
    } catch {
      // OpenSSL could not parse a certificate or a key that it was about to use.
      report('OTHER', 0);
    }
  }
  return { storeId: store.facts.id, trusted: errors.length === 0, errors, depth };
}

function verify(
  leaf: Certificate,
  extra: readonly Certificate[],
  store: LoadedTrustStore,
  at: Date,
  options: JudgeOptions,
  report: Report,
): void {
  const level = options.securityLevel ?? 2;
  const partial = options.partialChain ?? false;
  if (!keyIsStrong(leaf, level)) report('EE_KEY_TOO_SMALL', 0);
  const path = buildPath(leaf, extra, store, at, partial);
  const { certificates } = path;
  const top = certificates.length - 1;
  if (!path.trusted) report(...untrustedBecause(path));
  checkExtensions(certificates, report);
  for (const [depth, certificate] of certificates.entries()) {
    if (depth > 0 && !keyIsStrong(certificate, level)) report('CA_KEY_TOO_SMALL', depth);
    if (depth < top && level > 0 && WEAK_SIGNATURES.has(certificate.parts.signatureOid)) {
      report('CA_MD_TOO_WEAK', depth);
    }
  }
  checkSignaturesAndTimes(certificates, at, partial, report);
}

/** At each step the store is asked first, then the peer's own certificates; once in the store, never back. */
function buildPath(
  leaf: Certificate,
  extra: readonly Certificate[],
  store: LoadedTrustStore,
  at: Date,
  partial: boolean,
): Path {
  const certificates = [leaf];
  const pool = [...extra];
  let untrusted = 1;
  for (;;) {
    const last = certificates.at(-1) ?? leaf;
    // Trusted certificates that issued each other would go on for ever.
    if (certificates.length > MAX_DEPTH + 1) return { certificates, untrusted, trusted: false };
    const known = bestIssuer(bySubject(store, last.parts.issuer), last, at);
    if (known !== null && !last.selfSigned) {
      certificates.push(known);
      if (known.selfSigned || partial) return { certificates, untrusted, trusted: true };
      continue;
    }
    // A self-signed certificate of the peer must be the very one in the store: same name is not enough.
    if (last.selfSigned && untrusted === certificates.length) {
      if (contains(bySubject(store, last.parts.subject), last)) {
        return { certificates, untrusted: untrusted - 1, trusted: true };
      }
    }
    const next = last.selfSigned || untrusted < certificates.length ? null : bestIssuer(pool, last, at, certificates);
    if (next === null) break;
    pool.splice(pool.indexOf(next), 1);
    certificates.push(next);
    untrusted += 1;
  }
  const direct = partial && contains(bySubject(store, leaf.parts.subject), leaf);
  return direct ? { certificates: [leaf], untrusted: 0, trusted: true } : { certificates, untrusted, trusted: false };
}

/** Among those that may have issued it, the first that is valid now, else the one that was valid for longest. */
function bestIssuer(
  candidates: readonly Certificate[],
  subject: Certificate,
  at: Date,
  exclude: readonly Certificate[] = [],
): Certificate | null {
  let best: Certificate | null = null;
  for (const candidate of candidates) {
    if (!subject.mayBeIssuedBy(candidate) || contains(exclude, candidate)) continue;
    if (candidate.notBefore <= at.getTime() && at.getTime() <= candidate.notAfter) return candidate;
    if (best === null || candidate.notAfter > best.notAfter) best = candidate;
  }
  return best;
}

function contains(list: readonly Certificate[], wanted: Certificate): boolean {
  return list.some((certificate) => certificate.der.equals(wanted.der));
}

function untrustedBecause(path: Path): [X509Error, number] {
  const { certificates, untrusted } = path;
  const top = certificates.length - 1;
  if (certificates.length > MAX_DEPTH + 1) return ['CERT_CHAIN_TOO_LONG', top];
  if (certificates[top]?.selfSigned === true) {
    return [top === 0 ? 'DEPTH_ZERO_SELF_SIGNED_CERT' : 'SELF_SIGNED_CERT_IN_CHAIN', top];
  }
  return [untrusted < certificates.length ? 'UNABLE_TO_GET_ISSUER_CERT' : 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', top];
}

function checkExtensions(certificates: readonly Certificate[], report: Report): void {
  let pathLength = 0;
  for (const [depth, certificate] of certificates.entries()) {
    const { basicConstraints, extendedKeyUsage, keyUsage } = certificate.parts;
    const ca = isAuthority(certificate, depth === certificates.length - 1);
    if (depth > 0 && !ca) report('INVALID_CA', depth);
    const purposeFits =
      (extendedKeyUsage === null || extendedKeyUsage.some((oid) => SERVER_AUTH.has(oid))) &&
      (depth > 0 ? ca : keyUsage === null || (keyUsage & TLS_KEY_USAGE) !== 0);
    if (!purposeFits) report('INVALID_PURPOSE', depth);
    const limit = basicConstraints?.pathLength ?? null;
    if (depth > 1 && limit !== null && pathLength > limit) report('OTHER', depth);
    if (depth > 0 && !certificate.selfIssued) pathLength += 1;
  }
}

/** Basic constraints decide; without them only the topmost one is tolerated: version 1, or allowed to sign. */
function isAuthority(certificate: Certificate, topmost: boolean): boolean {
  const { basicConstraints, keyUsage, v1 } = certificate.parts;
  if (keyUsage !== null && (keyUsage & KEY_CERT_SIGN) === 0) return false;
  if (basicConstraints !== null) return basicConstraints.ca;
  return topmost && (keyUsage !== null || (v1 && certificate.selfSigned));
}

/** From the top down, as OpenSSL does: for each certificate its signature, then its dates. */
function checkSignaturesAndTimes(
  certificates: readonly Certificate[],
  at: Date,
  partial: boolean,
  report: Report,
): void {
  let depth = certificates.length - 1;
  const last = certificates[depth];
  if (last?.selfSigned !== true && !partial) {
    if (depth === 0) {
      report('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 0);
      return;
    }
    // The issuer of the topmost one is missing: nothing can be said of it, it only serves to check the next one.
    depth -= 1;
  }
  for (; depth >= 0; depth -= 1) {
    const subject = certificates[depth];
    if (subject === undefined) return;
    const issuer = certificates[depth + 1];
    if (issuer !== undefined && !signedBy(subject, issuer)) report('CERT_SIGNATURE_FAILURE', depth);
    if (Number.isNaN(subject.notBefore) || Number.isNaN(subject.notAfter)) report('OTHER', depth);
    if (at.getTime() < subject.notBefore) report('CERT_NOT_YET_VALID', depth);
    if (at.getTime() > subject.notAfter) report('CERT_HAS_EXPIRED', depth);
  }
}

function signedBy(subject: Certificate, issuer: Certificate): boolean {
  try {
    return subject.x509.verify(issuer.x509.publicKey);
  } catch {
    return false;
  }
}

/** Bits of security, roughly as EVP_PKEY_get_security_bits: 80 at level 1, 112 at level 2. */
function keyIsStrong(certificate: Certificate, level: 0 | 1 | 2): boolean {
  if (level === 0) return true;
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.x509.publicKey;
  if (asymmetricKeyType === 'rsa' || asymmetricKeyType === 'rsa-pss' || asymmetricKeyType === 'dsa') {
    return (asymmetricKeyDetails?.modulusLength ?? 0) >= (level === 2 ? 2048 : 1024);
  }
  if (asymmetricKeyType === 'ec') {
    const size = Number(/\d{3}/.exec(asymmetricKeyDetails?.namedCurve ?? '')?.[0] ?? 256);
    return size >= (level === 2 ? 224 : 160);
  }
  return true;
}
