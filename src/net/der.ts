/**
 * The few certificate fields that path building needs and node:crypto does not expose (RFC 5280 §4.1, §4.2): names as
 * DER, signature algorithm, key identifiers, basic constraints, key usage. Reads, never writes; anything out of bounds
 * or out of shape yields null. Also far cheaper than parsing a whole store of certificates with OpenSSL.
 */

export interface CertificateParts {
  /** True for X.509 v1 (no version field). */
  readonly v1: boolean;
  /** Comparable forms of the names: case-folded, white space collapsed, string types ignored (RFC 5280 §7.1). */
  readonly subject: string;
  readonly issuer: string;
  /** Object identifier bytes of the signature algorithm, hex. */
  readonly signatureOid: string;
  readonly subjectKeyId: string | null;
  readonly authorityKeyId: string | null;
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | null } | null;
  /** First two octets of the bit string, big-endian (bit 5 = keyCertSign -> 0x0400); null = not present. */
  readonly keyUsage: number | null;
  /** Object identifiers as hex; null = not present. */
  readonly extendedKeyUsage: readonly string[] | null;
}

interface Element {
  readonly tag: number;
  /** Body without tag and length. */
  readonly body: Buffer;
  /** Offset behind the element. */
  readonly end: number;
}

const OID_SUBJECT_KEY_ID = '551d0e';
const OID_KEY_USAGE = '551d0f';
const OID_BASIC_CONSTRAINTS = '551d13';
const OID_AUTHORITY_KEY_ID = '551d23';
const OID_EXTENDED_KEY_USAGE = '551d25';

class DerError extends Error {}

function element(bytes: Buffer, offset: number): Element {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) throw new DerError('truncated');
  let length = first;
  let start = offset + 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new DerError('length');
    length = 0;
    for (let i = 0; i < count; i += 1) length = length * 256 + (bytes[start + i] ?? 0);
    start += count;
  }
  if (start + length > bytes.length) throw new DerError('truncated');
  return { tag, body: bytes.subarray(start, start + length), end: start + length };
}

function children(bytes: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const child = element(bytes, at);
    found.push(child);
    at = child.end;
  }
  return found;
}

/** Reads a DER certificate; null when it is not one. */
export function certificateParts(der: Buffer): CertificateParts | null {
  try {
    const outer = children(element(der, 0).body);
    const tbs = children(body(outer[0]));
    const versioned = tbs[0]?.tag === 0xa0;
    const fields = versioned ? tbs.slice(1) : tbs;
    // serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo
    const extensions = fields.find((field) => field.tag === 0xa3);
    return {
      v1: !versioned,
      issuer: comparableName(body(fields[2])),
      subject: comparableName(body(fields[4])),
      signatureOid: body(children(body(outer[1]))[0]).toString('hex'),
      ...readExtensions(extensions === undefined ? [] : children(element(extensions.body, 0).body)),
    };
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

/**
 * Only the subject, in its comparable form: a whole store is indexed by it, and of its certificates few are ever used.
 * null when this is no certificate.
 */
export function subjectOf(der: Buffer): string | null {
  try {
    const tbs = element(element(der, 0).body, 0).body;
    let at = 0;
    // [0] version, serialNumber, signature, issuer, validity come before it.
    for (let skip = tbs[0] === 0xa0 ? 5 : 4; skip > 0; skip -= 1) at = element(tbs, at).end;
    return comparableName(element(tbs, at).body);
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

function body(found: Element | undefined): Buffer {
  if (found === undefined) throw new DerError('missing');
  return found.body;
}

type Extensions = Pick<
  CertificateParts,
  'subjectKeyId' | 'authorityKeyId' | 'basicConstraints' | 'keyUsage' | 'extendedKeyUsage'
>;

function readExtensions(list: readonly Element[]): Extensions {
  const values = new Map<string, Buffer>();
  for (const extension of list) {
    // extnID, critical DEFAULT FALSE, extnValue
    const parts = children(extension.body);
    values.set(body(parts[0]).toString('hex'), body(parts.at(-1)));
  }
  const subjectKeyId = values.get(OID_SUBJECT_KEY_ID);
  const authorityKeyId = values.get(OID_AUTHORITY_KEY_ID);
  const constraints = values.get(OID_BASIC_CONSTRAINTS);
  const usage = values.get(OID_KEY_USAGE);
  const extended = values.get(OID_EXTENDED_KEY_USAGE);
  return {
    subjectKeyId: subjectKeyId === undefined ? null : element(subjectKeyId, 0).body.toString('hex'),
    authorityKeyId:
      authorityKeyId === undefined
        ? null
        : (children(element(authorityKeyId, 0).body)
            .find((part) => part.tag === 0x80)
            ?.body.toString('hex') ?? null),
    basicConstraints: constraints === undefined ? null : readConstraints(children(element(constraints, 0).body)),
    keyUsage: usage === undefined ? null : readBits(element(usage, 0).body),
    extendedKeyUsage:
      extended === undefined ? null : children(element(extended, 0).body).map((oid) => oid.body.toString('hex')),
  };
}

function readConstraints(parts: readonly Element[]): { ca: boolean; pathLength: number | null } {
  const ca = parts.find((part) => part.tag === 0x01);
  const length = parts.find((part) => part.tag === 0x02);
  return {
    ca: ca !== undefined && ca.body[0] !== 0,
    pathLength: length === undefined ? null : length.body.reduce((sum, byte) => sum * 256 + byte, 0),
  };
}

/** First octet of a BIT STRING counts unused bits. */
function readBits(bits: Buffer): number {
  return ((bits[1] ?? 0) << 8) | (bits[2] ?? 0);
}

/** RDNSequence -> text in which equal names are equal. */
function comparableName(name: Buffer): string {
  return children(name)
    .map((rdn) =>
      children(rdn.body)
        .map((pair) => {
          const [type, value] = children(pair.body);
          return `${body(type).toString('hex')}=${comparableValue(value)}`;
        })
        .join('+'),
    )
    .join(',');
}

function comparableValue(value: Element | undefined): string {
  if (value === undefined) throw new DerError('missing');
  switch (value.tag) {
    case 0x0c: // UTF8String
    case 0x13: // PrintableString
    case 0x16: // IA5String
    case 0x1a: // VisibleString
      return fold(value.body.toString('utf8'));
    case 0x14: // T61String, read as Latin-1 by OpenSSL too
      return fold(value.body.toString('latin1'));
    case 0x1e: // BMPString
      return fold(
        Buffer.from(value.body.subarray(0, value.body.length & ~1))
          .swap16()
          .toString('utf16le'),
      );
    default:
      return `#${String(value.tag)}:${value.body.toString('hex')}`;
  }
}

function fold(text: string): string {
  return JSON.stringify(
    text
      .replace(/[A-Z]+/g, (upper) => upper.toLowerCase())
      .replace(/[ \t\n\v\f\r]+/g, ' ')
      .trim(),
  );
}
