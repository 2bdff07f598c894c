/**
 * The shapes of ClientHello that are sent. None offers ALPN (docs/reference/agent.md#tls), none holds CA certificates:
 * the chain is judged after the handshake, and an empty context keeps Node from filling the chain in from a local store
 * (it also costs 2 ms instead of 18).
 */
import { randomBytes } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { TlsHandshakeObservation } from '../model/observation.js';

export type HelloVariant = TlsHandshakeObservation['helloVariant'];

type ContextOptions = NonNullable<Parameters<typeof createSecureContext>[0]>;

/** Groups are pinned: newer OpenSSL adds post-quantum shares by itself, and a variant must be what its name says. */
const CLASSIC_GROUPS = 'X25519:P-256:X448:P-521:P-384';
const TLS13_SUITES = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';

const OPTIONS: Readonly<Record<HelloVariant, ContextOptions>> = {
  // OpenSSL's own default list, as the Agent leaves it. TLS 1.0 and 1.1, which its HTTPS client admits, need security
  // level 0 in OpenSSL 3 and are therefore out of its reach too.
  agent: { ciphers: `${TLS13_SUITES}:DEFAULT`, ecdhCurve: CLASSIC_GROUPS, minVersion: 'TLSv1.2' },
  // P-256 is named for servers that hold a P-256 certificate against the groups, but only X25519 gets a key share.
  small: {
    ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
    ecdhCurve: 'X25519:P-256',
    sigalgs: 'ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:RSA+SHA384',
    minVersion: 'TLSv1.2',
  },
  large: { ciphers: `${TLS13_SUITES}:DEFAULT`, ecdhCurve: CLASSIC_GROUPS, minVersion: 'TLSv1.2' },
  legacy: { ciphers: 'DEFAULT:@SECLEVEL=0', minVersion: 'TLSv1', maxVersion: 'TLSv1.2' },
  // Suites without encryption: a sane server answers with one alert record of 7 bytes.
  provoke_alert: { ciphers: 'NULL-SHA256:NULL-SHA:@SECLEVEL=0', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
};

const contexts = new Map<HelloVariant, SecureContext>();

/** One shared context per variant. */
export function contextFor(variant: HelloVariant): SecureContext {
  let context = contexts.get(variant);
  if (context === undefined) {
    context = createSecureContext({ ca: [], ...OPTIONS[variant] });
    contexts.set(variant, context);
  }
  return context;
}

/** About what a hybrid post-quantum key share adds (X25519MLKEM768: 1216 bytes), with some room. */
const PADDING_BYTES = 1480;

/**
 * Makes a ClientHello large without changing what it means: a TLS 1.2 session ticket that no server knows. RFC 5077
 * §3.4 has servers fall back to a full handshake. (OpenSSL 3.0 has no post-quantum groups, and a long ALPN list could
 * be refused.) The session is in OpenSSL's own ASN.1 form.
 */
export function paddingSession(): Buffer {
  const octets = (bytes: Buffer): Buffer => tlv(0x04, bytes);
  return tlv(
    0x30,
    Buffer.concat([
      Buffer.from([0x02, 0x01, 0x01]), // structure version 1
      Buffer.from([0x02, 0x02, 0x03, 0x03]), // TLS 1.2
      octets(Buffer.from([0xc0, 0x2f])), // ECDHE-RSA-AES128-GCM-SHA256
      octets(Buffer.alloc(0)), // session id
      octets(randomBytes(48)), // master key
      tlv(0xaa, octets(randomBytes(PADDING_BYTES))), // [10] ticket
    ]),
  );
}

function tlv(tag: number, body: Buffer): Buffer {
  const length = body.length;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), body]);
}
