import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeFrame, parseFrames, readFrameText } from '../../../../src/agent/parse/frames.js';
import { bytes } from './arbitrary.js';

const frame = (first: number, payload = '', mask = false) => {
  const length = payload.length;
  const header =
    length < 126
      ? String.fromCharCode(first, length | (mask ? 0x80 : 0))
      : String.fromCharCode(first, 126 | (mask ? 0x80 : 0), length >> 8, length & 255);
  return header + payload;
};

// docs/reference/agent.md#websocket
const CASES: readonly (readonly [string, string, string])[] = [
  ['a binary frame', frame(0x82, 'abc'), 'ok abc'],
  ['FIN is not examined', frame(0x02, 'abc'), 'ok abc'],
  ['two binary frames', frame(0x82, 'ab') + frame(0x82, 'c'), 'ok abc'],
  ['a continuation', frame(0x02, 'ab') + frame(0x80, 'c'), 'ws.frame_fragmented'],
  ['a continuation without FIN', frame(0x00, 'c'), 'ws.frame_fragmented'],
  ['RSV1 (compression)', frame(0xc2, 'abc'), 'ws.frame_reserved_bits'],
  ['RSV3', frame(0x92, 'abc'), 'ws.frame_reserved_bits'],
  ['an unknown opcode', frame(0x83, 'abc'), 'ws.frame_opcode_unknown'],
  ['a masked frame', frame(0x82, 'abc', true), 'ws.frame_masked'],
  ['a text frame is skipped', frame(0x81, 'xyz') + frame(0x82, 'abc'), 'ok abc'],
  ['a pong is skipped', frame(0x8a, 'xyz') + frame(0x82, 'abc'), 'ok abc'],
  ['a ping of 125 bytes', frame(0x89, 'p'.repeat(125)) + frame(0x82, 'abc'), 'ok abc'],
  ['a ping of 126 bytes', frame(0x89, 'p'.repeat(126)), 'ws.frame_ping_too_long'],
  ['a close of 1 byte', frame(0x88, 'x'), 'ws.frame_close_length'],
  ['a close of 126 bytes', frame(0x88, 'x'.repeat(126)), 'ws.frame_close_length'],
  ['a close with a code', frame(0x88, '\x03\xe9'), 'ok  closed 1001'],
  ['a close without a code', frame(0x88), 'ok  closed 1005'],
  ['a frame of 300 bytes', frame(0x82, 'x'.repeat(300)), `ok ${'x'.repeat(300)}`],
  ['a frame of more than 16 MiB', '\x82\x7f\0\0\0\0\x01\0\0\x01', 'ws.frame_too_big'],
  ['an unfinished frame', frame(0x82, 'abcdef').slice(0, 5), 'ok abc'],
  ['an unfinished header', '\x82', 'ok '],
  ['nothing', '', 'ok '],
];

const read = (raw: string) => {
  const result = parseFrames(raw);
  if (!result.ok) return result.rule;
  return `ok ${result.payload}${result.closeCode === null ? '' : ` closed ${String(result.closeCode)}`}`;
};

describe('WebSocket frames', () => {
  it.each(CASES)('%s', (_what, raw, expected) => {
    expect(read(raw)).toBe(expected);
  });

  it('reads frame headers as observations spell them', () => {
    expect(readFrameText('1,0,2,0,5')).toEqual({ fin: true, rsv: 0, opcode: 2, masked: false, length: 5 });
    expect(readFrameText('true,4,1,true,0')).toEqual({ fin: true, rsv: 4, opcode: 1, masked: true, length: 0 });
    for (const text of ['', '1,0,2,0', 'a,b,c,d,e', '1,0,2,0,-5', '1,0,2,0,5,6'])
      expect(readFrameText(text)).toBeNull();
  });

  it('judges the header in an observation as it judges the bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.boolean(), fc.nat({ max: 125 }), (first, masked, length) => {
        const result = parseFrames(String.fromCharCode(first, length | (masked ? 0x80 : 0)) + 'x'.repeat(length));
        const header = { fin: first > 127, rsv: (first >> 4) & 7, opcode: first & 15, masked, length };
        expect(result.ok ? null : result.rule).toBe(judgeFrame(header));
      }),
    );
  });

  it('is total, and a refusal stands however the bytes arrive', () => {
    fc.assert(
      fc.property(bytes(), fc.nat({ max: 64 }), (raw, at) => {
        const early = parseFrames(raw.slice(0, at));
        const whole = parseFrames(raw);
        if (!early.ok) expect(whole).toEqual(early);
        else if (whole.ok) expect(whole.payload.startsWith(early.payload)).toBe(true);
      }),
    );
  });
});
