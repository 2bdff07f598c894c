/** Certificates as path building sees them, and a trust store indexed by subject; both parse as late as possible. */
import { X509Certificate } from 'node:crypto';
import type { LoadedTrustStore } from '../model/planned.js';
import { certificateParts, subjectOf, type CertificateParts } from './der.js';

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

/** A certificate of a store before anything asked for more than its subject. */
interface Entry {
  readonly der: Buffer;
  readonly subject: string | null;
  /** undefined = not read yet; null = not readable. */
  certificate: Certificate | null | undefined;
}

/** By PEM text: the system store and Mozilla's mostly hold the same roots. */
const entries = new Map<string, Entry>();
const indexes = new WeakMap<LoadedTrustStore, ReadonlyMap<string, readonly Entry[]>>();

/** The store's certificates with that subject. */
export function bySubject(store: LoadedTrustStore, subject: string): readonly Certificate[] {
  let index = indexes.get(store);
  if (index === undefined) {
    index = indexOf(store);
    indexes.set(store, index);
  }
  return (index.get(subject) ?? []).map(certificateOf).filter((found) => found !== null);
}

function indexOf(store: LoadedTrustStore): ReadonlyMap<string, readonly Entry[]> {
  const index = new Map<string, Entry[]>();
  for (const pem of store.certificates) {
    const entry = entryOf(pem);
    if (entry.subject === null) continue;
    const same = index.get(entry.subject);
    if (same === undefined) index.set(entry.subject, [entry]);
    else same.push(entry);
  }
  return index;
}

function entryOf(pem: string): Entry {
  let entry = entries.get(pem);
  if (entry === undefined) {
    const der = derOfPem(pem);
    entry = { der, subject: subjectOf(der), certificate: undefined };
    entries.set(pem, entry);
  }
  return entry;
}

function certificateOf(entry: Entry): Certificate | null {
  if (entry.certificate === undefined) entry.certificate = Certificate.of(entry.der);
  return entry.certificate;
}

/** Buffer's base64 decoder skips white space by itself. */
function derOfPem(pem: string): Buffer {
  const start = pem.indexOf('\n', pem.indexOf('-----BEGIN'));
  const end = pem.indexOf('-----END');
  return start === -1 || end === -1 ? Buffer.alloc(0) : Buffer.from(pem.slice(start, end), 'base64');
}
