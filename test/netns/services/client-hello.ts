/** Server name of a TLS ClientHello (RFC 8446 §4.1.2, RFC 6066 §3) in the first bytes of a connection. */

export type Peeked =
  { readonly kind: 'tls'; readonly name: string | null } | { readonly kind: 'more' } | { readonly kind: 'not_tls' };

export function peekClientHello(bytes: Buffer): Peeked {
  if (bytes.length < 1) return { kind: 'more' };
  if (bytes[0] !== 22) return { kind: 'not_tls' };
  if (bytes.length < 5 || bytes.length < 5 + bytes.readUInt16BE(3)) return { kind: 'more' };
  return { kind: 'tls', name: serverName(bytes.subarray(5, 5 + bytes.readUInt16BE(3))) };
}

function serverName(hello: Buffer): string | null {
  try {
    let at = 4 + 2 + 32;
    at += 1 + hello.readUInt8(at);
    at += 2 + hello.readUInt16BE(at);
    at += 1 + hello.readUInt8(at);
    const end = at + 2 + hello.readUInt16BE(at);
    at += 2;
    while (at + 4 <= end) {
      const type = hello.readUInt16BE(at);
      const length = hello.readUInt16BE(at + 2);
      if (type === 0) return hello.toString('latin1', at + 9, at + 9 + hello.readUInt16BE(at + 7));
      at += 4 + length;
    }
  } catch {
    // Cut short: as good as no name.
  }
  return null;
}
