/** WebSocket frames by hand (RFC 6455 §5.2): for the shapes that a library rightly refuses to send. */

export const OPCODE = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

export interface FrameOptions {
  readonly opcode?: number;
  readonly fin?: boolean;
  /** RSV1 is what permessage-deflate sets (RFC 7692). */
  readonly rsv1?: boolean;
  /** Servers must not mask; some middleboxes do. */
  readonly mask?: Buffer;
  /** Announced length, if it is to differ from the payload's. */
  readonly announcedLength?: number;
}

export function encodeFrame(payload: Buffer, options: FrameOptions = {}): Buffer {
  const { opcode = OPCODE.BINARY, fin = true, rsv1 = false, mask, announcedLength = payload.length } = options;
  const first = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode;
  const maskBit = mask ? 0x80 : 0;
  const head =
    announcedLength < 126
      ? Buffer.from([first, maskBit | announcedLength])
      : announcedLength < 65_536
        ? Buffer.from([first, maskBit | 126, announcedLength >> 8, announcedLength & 0xff])
        : Buffer.concat([Buffer.from([first, maskBit | 127]), wideLength(announcedLength)]);
  if (!mask) return Buffer.concat([head, payload]);
  const masked = Buffer.from(payload.map((byte, index) => byte ^ (mask[index & 3] ?? 0)));
  return Buffer.concat([head, mask, masked]);
}

function wideLength(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}
