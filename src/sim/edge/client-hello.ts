/** Reads a ClientHello (RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301) without answering it. */
import type { ClientHello } from '../faults/fault.js';

export type HelloReading =
  | { readonly state: 'incomplete' }
  | { readonly state: 'not_tls' }
  | { readonly state: 'hello'; readonly hello: ClientHello };

const HANDSHAKE_RECORD = 0x16;
const CLIENT_HELLO = 1;
const EXTENSION_SERVER_NAME = 0;
const EXTENSION_ALPN = 16;

/** `bytes`: everything received so far. Never throws; what is no TLS is `not_tls`. */
export function readClientHello(bytes: Buffer): HelloReading {
  const fragments: Buffer[] = [];
  let offset = 0;
  for (;;) {
    if (offset < bytes.length && bytes[offset] !== HANDSHAKE_RECORD) return { state: 'not_tls' };
    if (offset + 5 > bytes.length) return { state: 'incomplete' };
    if (bytes[offset + 1] !== 3) return { state: 'not_tls' };
    const length = bytes.readUInt16BE(offset + 3);
    if (offset + 5 + length > bytes.length) return { state: 'incomplete' };
    fragments.push(bytes.subarray(offset + 5, offset + 5 + length));
    offset += 5 + length;
    const message = Buffer.concat(fragments);
    if (message.length >= 4) {
      if (message[0] !== CLIENT_HELLO) return { state: 'not_tls' };
      const wanted = 4 + message.readUIntBE(1, 3);
      if (message.length >= wanted) {
        const names = parseExtensions(message.subarray(4, wanted));
        return names === null ? { state: 'not_tls' } : { state: 'hello', hello: { ...names, bytes: offset } };
      }
    }
  }
}

function parseExtensions(body: Buffer): Omit<ClientHello, 'bytes'> | null {
  try {
    let at = 2 + 32;
    at += 1 + body.readUInt8(at);
    at += 2 + body.readUInt16BE(at);
    at += 1 + body.readUInt8(at);
    let sni: string | null = null;
    let alpn: readonly string[] = [];
    if (at === body.length) return { sni, alpn };
    const end = at + 2 + body.readUInt16BE(at);
    at += 2;
    while (at < end) {
      const type = body.readUInt16BE(at);
      const data = body.subarray(at + 4, at + 4 + body.readUInt16BE(at + 2));
      at += 4 + data.length;
      if (type === EXTENSION_SERVER_NAME) sni = parseServerName(data);
      if (type === EXTENSION_ALPN) alpn = parseAlpn(data);
    }
    return { sni, alpn };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function parseServerName(data: Buffer): string | null {
  if (data.length < 5 || data[2] !== 0) return null;
  return data
    .subarray(5, 5 + data.readUInt16BE(3))
    .toString('latin1')
    .toLowerCase();
}

function parseAlpn(data: Buffer): readonly string[] {
  const protocols: string[] = [];
  for (let at = 2; at < data.length;) {
    const length = data.readUInt8(at);
    protocols.push(data.subarray(at + 1, at + 1 + length).toString('latin1'));
    at += 1 + length;
  }
  return protocols;
}
