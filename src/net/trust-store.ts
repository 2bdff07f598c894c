/** Certificates as path building sees them, and a trust store indexed by subject; both parse as late as possible. */
import { X509Certificate } from 'node:crypto';
import type { LoadedTrustStore } from '../model/planned.js';
import { certificateParts, type CertificateParts } from './der.js';

export class Certificate {
  readonly der: Buffer;
  readonly parts: CertificateParts;
  #x509: X509Certificate | null;

  private constructor(der: Buffer, parts: CertificateParts, x509: X509Certificate | null) {
    this.der = der;
    this.parts = parts;
    this.#x509 = x509;
  }

  /** null when these bytes are no certificate. */
  static of(source: Buffer | X509Certificate): Certificate | null {
    const der = source instanceof X509Certificate ? source.raw : source;
    const parts = certificateParts(der);
    return parts === null ? null : new Certificate(der, parts, source instanceof X509Certificate ? source : null);
  }

  /** @throws when OpenSSL cannot parse what our reader could. */
  get x509(): X509Certificate {
    this.#x509 ??= new X509Certificate(this.der);
    return this.#x509;
  }

  get notBefore(): number {
    return Date.parse(this.x509.validFrom);
  }

  get notAfter(): number {
    return Date.parse(this.x509.validTo);
  }

  /** Subject equals issuer. */
  get selfIssued(): boolean {
    return this.parts.subject === this.parts.issuer;
  }

  /** Self-issued, and its key identifiers do not say otherwise (the signature is not looked at). */
  get selfSigned(): boolean {
    return this.selfIssued && keyIdsAgree(this, this);
  }

  /** Whether `issuer` may have issued this certificate, by names and key identifiers. */
  mayBeIssuedBy(issuer: Certificate): boolean {
    return this.parts.issuer === issuer.parts.subject && keyIdsAgree(this, issuer);
  }
}

function keyIdsAgree(subject: Certificate, issuer: Certificate): boolean {
  const wanted = subject.parts.authorityKeyId;
  const offered = issuer.parts.subjectKeyId;
  return wanted === null || offered === null || wanted === offered;
}

/** DER by PEM text: the system store and Mozilla's mostly hold the same roots. */
const parsed = new Map<string, Certificate | null>();
const indexes = new WeakMap<LoadedTrustStore, ReadonlyMap<string, readonly Certificate[]>>();

/** The store's certificates with that subject. */
export function bySubject(store: LoadedTrustStore, subject: string): readonly Certificate[] {
  let index = indexes.get(store);
  if (index === undefined) {
    index = indexOf(store);
    indexes.set(store, index);
  }
  return index.get(subject) ?? [];
}

function indexOf(store: LoadedTrustStore): ReadonlyMap<string, readonly Certificate[]> {
  const index = new Map<string, Certificate[]>();
  for (const pem of store.certificates) {
    let certificate = parsed.get(pem);
    if (certificate === undefined) {
      certificate = Certificate.of(derOfPem(pem));
      parsed.set(pem, certificate);
    }
    if (certificate === null) continue;
    const same = index.get(certificate.parts.subject);
    if (same === undefined) index.set(certificate.parts.subject, [certificate]);
    else same.push(certificate);
  }
  return index;
}

function derOfPem(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]*-----/g, '').replace(/\s+/g, ''), 'base64');
}
