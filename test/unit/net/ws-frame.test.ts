import * as fc from 'fast-check';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { decodeFrame, encodeFrame, frameHeader, OPCODE } from '../../../src/net/ws-frame.js';

// Exported by ws, but not by its types.
const { Receiver, Sender } = ws as unknown as { readonly Receiver: unknown; readonly Sender: unknown };

type Emitter = { on(event: string, listener: (data: Buffer) => void): void; write(bytes: Buffer): void };

describe('WebSocket frames', () => {
  it('written by us are read by ws as one masked binary message', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 70_000 }), async (payload) => {
        const receiver = new (Receiver as new (options: object) => Emitter)({ isServer: true });
        const message = new Promise<Buffer>((resolve, reject) => {
          receiver.on('message', resolve);
          receiver.on('error', reject as never);
        });
        receiver.write(encodeFrame(OPCODE.binary, Buffer.from(payload)));
        expect((await message).equals(Buffer.from(payload))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('written by ws are read by us with every header bit', async () => {
    for (const mask of [false, true]) {
      for (const [length, fin] of [
        [0, true],
        [125, true],
        [126, false],
        [65535, true],
        [65536, true],
      ] as const) {
        const wire = new PassThrough();
        const sender = new (Sender as new (socket: unknown) => { send(data: Buffer, options: object): void })(wire);
        sender.send(Buffer.alloc(length, 7), { binary: true, mask, fin, compress: false });
        await new Promise((resolve) => setImmediate(resolve));
        const bytes = wire.read() as Buffer;
        const decoded = decodeFrame(bytes);
        expect(decoded).toMatchObject({ state: 'frame', size: bytes.length });
        if (decoded.state !== 'frame') continue;
        expect(frameHeader(decoded.frame)).toBe(`${Number(fin)},0,2,${Number(mask)},${String(length)}`);
        expect(decoded.frame.payload.equals(Buffer.alloc(length, 7))).toBe(true);
      }
    }
  });

  it('keeps RSV bits and reserved opcodes', () => {
    const decoded = decodeFrame(Buffer.from([0xf0 | 0x0b, 0]));
    expect(decoded.state === 'frame' && frameHeader(decoded.frame)).toBe('1,7,11,0,0');
  });

  it('does not wait for a giant payload', () => {
    const giant = Buffer.from([0x82, 127, 0, 0, 0, 64, 0, 0, 0, 0]);
    expect(decodeFrame(giant)).toEqual({ state: 'too_large', header: `1,0,2,0,${String(64 * 2 ** 32)}` });
  });

  it('needs every byte of a frame, and never throws', () => {
    const frame = encodeFrame(OPCODE.binary, Buffer.from('hello'));
    for (let cut = 0; cut < frame.length; cut += 1) expect(decodeFrame(frame.subarray(0, cut)).state).toBe('partial');
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void decodeFrame(Buffer.from(bytes))));
  });
});
