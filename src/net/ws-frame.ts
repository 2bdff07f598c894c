/**
 * WebSocket frames (RFC 6455 §5.2) with their header bits kept: the Agent refuses fragments, RSV bits and masked server
 * frames (docs/reference/agent.md#websocket), so a library that repairs or rejects them silently would hide what must
 * be reported.
 */
import { randomBytes } from 'node:crypto';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly fin: boolean;
  /** RSV1..3 as one number. */
  readonly rsv: number;
  readonly opcode: number;
  readonly masked: boolean;
  readonly length: number;
  readonly payload: Buffer;
}

/** Frames announced larger than this are not read: nothing that answers an MQTT CONNECT comes near. */
const MAX_PAYLOAD = 64 * 1024;

export type Decoded =
  | { readonly state: 'frame'; readonly frame: Frame; readonly size: number }
  | { readonly state: 'partial' }
  | { readonly state: 'too_large'; readonly header: string };

/** One frame from the front of `bytes`. */
export function decodeFrame(bytes: Buffer): Decoded {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return { state: 'partial' };
  const masked = (second & 0x80) !== 0;
  let length = second & 0x7f;
  let at = 2;
  if (length === 126) {
    if (bytes.length < 4) return { state: 'partial' };
    length = bytes.readUInt16BE(2);
    at = 4;
  } else if (length === 127) {
    if (bytes.length < 10) return { state: 'partial' };
    length = Number(bytes.readBigUInt64BE(2));
    at = 10;
  }
  const head = { fin: (first & 0x80) !== 0, rsv: (first >> 4) & 7, opcode: first & 0x0f, masked, length };
  if (length > MAX_PAYLOAD) return { state: 'too_large', header: frameHeader(head) };
  const mask = masked ? bytes.subarray(at, at + 4) : null;
  if (masked) at += 4;
  if (bytes.length < at + length) return { state: 'partial' };
  const payload = Buffer.from(bytes.subarray(at, at + length));
  if (mask !== null) applyMask(payload, mask);
  return { state: 'frame', frame: { ...head, payload }, size: at + length };
}

/** `fin,rsv,opcode,masked,length`, bits as 0 and 1. */
export function frameHeader(frame: Omit<Frame, 'payload'>): string {
  return [Number(frame.fin), frame.rsv, frame.opcode, Number(frame.masked), frame.length].join(',');
}

/** A client frame: FIN set, masked (RFC 6455 §5.3), as ACLK sends them. */
export function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const length = payload.length;
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | length])
      : length < 0x10000
        ? Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 0xff])
        : Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | 127]), bigEndian64(length)]);
  const mask = randomBytes(4);
  const body = Buffer.from(payload);
  applyMask(body, mask);
  return Buffer.concat([head, mask, body]);
}

function applyMask(payload: Buffer, mask: Buffer): void {
  for (let i = 0; i < payload.length; i += 1) payload[i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0);
}

function bigEndian64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
