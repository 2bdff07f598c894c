import { refused, type Refused } from './result.js';

export type FrameRule =
  | 'ws.frame_fragmented'
  | 'ws.frame_reserved_bits'
  | 'ws.frame_opcode_unknown'
  | 'ws.frame_masked'
  | 'ws.frame_ping_too_long'
  | 'ws.frame_close_length'
  | 'ws.frame_too_big';

/** One WebSocket frame header (RFC 6455 §5.2). `rsv`: the three reserved bits as a number. */
export interface FrameHeader {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly masked: boolean;
  readonly length: number;
}

/** `payload`: binary payloads joined, as far as received. `closeCode`: null without a close frame, 1005 without a code. */
export type Frames =
  | {
      readonly ok: true;
      readonly frames: readonly FrameHeader[];
      readonly payload: string;
      readonly closeCode: number | null;
    }
  | Refused<FrameRule>;

const CONTROL_MAX = 125;
/** The Agent's inbound MQTT buffer grows to this (docs/reference/agent.md#websocket). */
const MESSAGE_MAX = 16 * 1024 * 1024;
const NO_CLOSE_CODE = 1005;

/** What the Agent makes of one frame header (docs/reference/agent.md#websocket): null = takes or skips it. */
export function judgeFrame(frame: FrameHeader): FrameRule | null {
  if (frame.opcode === 0 && frame.rsv === 0) return 'ws.frame_fragmented';
  if (frame.rsv !== 0) return 'ws.frame_reserved_bits';
  if (![1, 2, 8, 9, 10].includes(frame.opcode)) return 'ws.frame_opcode_unknown';
  if (frame.masked) return 'ws.frame_masked';
  if (frame.opcode === 9 && frame.length > CONTROL_MAX) return 'ws.frame_ping_too_long';
  if (frame.opcode === 8 && (frame.length > CONTROL_MAX || frame.length === 1)) return 'ws.frame_close_length';
  return frame.opcode === 2 && frame.length > MESSAGE_MAX ? 'ws.frame_too_big' : null;
}

/** Reads the bytes behind a 101 as the Agent does. An unfinished last frame is not an error. */
export function parseFrames(raw: string): Frames {
  const frames: FrameHeader[] = [];
  let payload = '';
  let at = 0;
  while (at < raw.length) {
    const header = readHeader(raw, at);
    if (header === null) break;
    const rule = judgeFrame(header.frame);
    if (rule !== null) return refused(rule, describe(header.frame));
    frames.push(header.frame);
    const body = raw.slice(header.end, header.end + header.frame.length);
    if (header.frame.opcode === 2) payload += body;
    if (header.frame.opcode === 8) {
      const code = body.length >= 2 ? body.charCodeAt(0) * 256 + body.charCodeAt(1) : NO_CLOSE_CODE;
      return { ok: true, frames, payload, closeCode: code };
    }
    at = header.end + header.frame.length;
  }
  return { ok: true, frames, payload, closeCode: null };
}

/** Reads `fin,rsv,opcode,masked,length` as observations spell it; null when it is not of that form. */
export function readFrameText(text: string): FrameHeader | null {
  const parts = text.split(',').map((part) => (part === 'true' ? 1 : part === 'false' ? 0 : Number(part)));
  const [fin, rsv, opcode, masked, length] = parts;
  if (parts.length !== 5 || parts.some((part) => !Number.isInteger(part) || part < 0)) return null;
  return { fin: fin === 1, rsv: rsv ?? 0, opcode: opcode ?? 0, masked: masked === 1, length: length ?? 0 };
}

function readHeader(raw: string, at: number): { frame: FrameHeader; end: number } | null {
  if (raw.length < at + 2) return null;
  const first = raw.charCodeAt(at);
  const second = raw.charCodeAt(at + 1);
  const short = second & 0x7f;
  const extra = short === 127 ? 8 : short === 126 ? 2 : 0;
  const end = at + 2 + extra;
  const frame = { fin: first >= 0x80, rsv: (first >> 4) & 7, opcode: first & 15, masked: second >= 0x80 };
  // The first two bytes are judged before the rest is there.
  if (judgeFrame({ ...frame, length: 0 }) !== null) return { frame: { ...frame, length: 0 }, end };
  if (raw.length < end) return null;
  let length = extra === 0 ? short : 0;
  for (let i = at + 2; i < end; i += 1) length = length * 256 + raw.charCodeAt(i);
  return { frame: { ...frame, length }, end };
}

function describe(frame: FrameHeader): string {
  return `fin=${frame.fin ? 1 : 0} rsv=${String(frame.rsv)} opcode=${String(frame.opcode)} masked=${frame.masked ? 1 : 0} length=${String(frame.length)}`;
}
