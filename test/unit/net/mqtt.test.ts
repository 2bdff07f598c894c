import mqttPacket from 'mqtt-packet';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { connectMqtt } from '../../../src/net/mqtt.js';
import { decodeFrame } from '../../../src/net/ws-frame.js';
import type { RawWebSocket } from '../../../src/net/websocket.js';
import { LABEL, observed, testContext } from '../../helpers/net/context.js';
import { frame, upgraded } from '../../helpers/net/websocket.js';

const connack = (reasonCode: number): Buffer =>
  mqttPacket.generate(
    { cmd: 'connack', reasonCode, sessionPresent: false },
    {
      protocolVersion: 5,
    },
  );

async function connect(ws: RawWebSocket, deadlineMs = 300, keepOpen = false) {
  const ctx = testContext(deadlineMs);
  return observed(ctx, deadlineMs, () => connectMqtt(ctx, LABEL, { ws, keepOpen }));
}

const answering = (bytes: Buffer): Promise<RawWebSocket> => upgraded((socket) => socket.write(bytes));

describe('connectMqtt', () => {
  it('sends one masked binary frame with a CONNECT, then says goodbye', async () => {
    const got: Buffer[] = [];
    const ws = await upgraded((socket, bytes) => {
      if (got.length === 0) socket.write(frame(2, connack(0)));
      got.push(bytes);
    });
    const seen = await connect(ws);
    expect(seen).toMatchObject({
      failure: null,
      reasonCode: 0,
      endedBy: 'open',
      closeCode: null,
      frames: ['1,0,2,0,5'],
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    let rest = Buffer.concat(got);
    const sent: { opcode: number; masked: boolean; payload: Buffer }[] = [];
    while (rest.length > 0) {
      const decoded = decodeFrame(rest);
      if (decoded.state !== 'frame') throw new Error('broken frame');
      sent.push(decoded.frame);
      rest = rest.subarray(decoded.size);
    }
    expect(sent.map(({ opcode, masked }) => [opcode, masked])).toEqual([
      [2, true],
      [2, true],
      [8, true],
    ]);
    expect(sent[0]?.payload[0]).toBe(0x10);
    expect(sent[0]?.payload.includes(Buffer.from(seen.clientId))).toBe(true);
    expect(sent[1]?.payload.toString('hex')).toBe('e000');
    expect(sent[2]?.payload.toString('hex')).toBe('03e8');
  });

  it.each([134, 135, 133])('reason code %i refuses throw-away credentials: the path is proven', async (code) => {
    expect(await connect(await answering(frame(2, connack(code))))).toMatchObject({ reasonCode: code, failure: null });
  });

  it.each([128, 132, 136, 137, 149])('reason code %i is a refusal of another kind', async (code) => {
    expect(await connect(await answering(frame(2, connack(code))))).toMatchObject({
      reasonCode: code,
      failure: { kind: 'mqtt_connack_refused', rawCode: String(code) },
    });
  });

  it('reads a CONNACK that is spread over frames and segments, past pings and text', async () => {
    const packet = connack(0);
    const all = Buffer.concat([
      frame(9, Buffer.from('are you there')),
      frame(1, Buffer.from('chatter')),
      frame(2, packet.subarray(0, 2)),
      frame(2, packet.subarray(2)),
    ]);
    const got: Buffer[] = [];
    const ws = await upgraded((socket, bytes) => {
      got.push(bytes);
      if (got.length === 1) for (const byte of all) socket.write(Buffer.from([byte]));
    });
    const seen = await connect(ws, 600);
    expect(seen).toMatchObject({ reasonCode: 0, frames: ['1,0,9,0,13', '1,0,1,0,7', '1,0,2,0,2', '1,0,2,0,3'] });
    expect(seen.rawFirstBytes).toBe(all.toString('latin1'));
  });

  it('keeps what the Agent would refuse: fragments, RSV bits, masked frames', async () => {
    const packet = connack(0);
    const masked = Buffer.concat([Buffer.from([0x82, 0x80 | packet.length, 0, 0, 0, 0]), packet]);
    expect((await connect(await answering(masked))).frames).toEqual(['1,0,2,1,5']);
    expect((await connect(await answering(frame(2, packet, 0xc0)))).frames).toEqual(['1,4,2,0,5']);
    const fragments = Buffer.concat([frame(2, packet.subarray(0, 1), 0), frame(0, packet.subarray(1))]);
    expect(await connect(await answering(fragments))).toMatchObject({
      reasonCode: 0,
      frames: ['0,0,2,0,1', '1,0,0,0,4'],
    });
  });

  it.each([
    ['silence', () => undefined, 'generic_timeout_error', 'silence'],
    ['an orderly close', (socket: Socket) => socket.end(), 'eof_error', 'fin'],
    ['a reset', (socket: Socket) => socket.resetAndDestroy(), 'connection_reset', 'reset'],
    [
      'a WebSocket close',
      (socket: Socket) => socket.write(frame(8, Buffer.from([0x03, 0xf0]))),
      'websocket_closed',
      'ws_close',
    ],
    ['another packet', (socket: Socket) => socket.write(frame(2, Buffer.from([0xe0, 0]))), 'mqtt_malformed', 'open'],
    [
      'text in a binary frame',
      (socket: Socket) => socket.write(frame(2, Buffer.from('\x00nonsense'))),
      'mqtt_malformed',
      'open',
    ],
    [
      'a giant frame',
      (socket: Socket) => socket.write(Buffer.from([0x82, 127, 0, 0, 0, 64, 0, 0, 0, 0])),
      'response_too_large',
      'open',
    ],
    [
      'half a CONNACK',
      (socket: Socket) => socket.write(frame(2, Buffer.from([0x20, 3, 0]))),
      'generic_timeout_error',
      'silence',
    ],
  ] as const)('%s is a typed failure in time', async (_what, act, kind, endedBy) => {
    const seen = await connect(await upgraded((socket) => act(socket)), 250);
    expect(seen).toMatchObject({ reasonCode: null, failure: { kind }, endedBy });
  });

  it('keeps the close code', async () => {
    const close = Buffer.concat([Buffer.from([0x03, 0xf3]), Buffer.from('going')]);
    expect(await connect(await answering(frame(8, close)))).toMatchObject({
      closeCode: 1011,
      failure: { rawCode: '1011' },
    });
    expect(await connect(await answering(frame(8, Buffer.alloc(0))))).toMatchObject({ closeCode: 1005 });
  });

  it('a flood of empty frames ends', async () => {
    const ws = await upgraded((socket) => {
      const flood = Buffer.alloc(64 * 1024).fill(Buffer.from([0x81, 0]));
      const pour = (): void => {
        while (!socket.destroyed && socket.write(flood));
      };
      socket.on('drain', pour);
      pour();
    });
    const seen = await connect(ws, 1000);
    expect(seen.failure?.kind).toBe('response_too_large');
    expect(seen.frames.length).toBeLessThanOrEqual(64);
    ws.socket.destroy();
  });

  it('never sends the same identity twice', async () => {
    const first = await connect(await answering(frame(2, connack(0))));
    const second = await connect(await answering(frame(2, connack(0))));
    expect(first.clientId).not.toBe(second.clientId);
  });

  it('leaves an accepted connection open when it is to be held', async () => {
    const ws = await answering(frame(2, connack(0)));
    await connect(ws, 300, true);
    expect(ws.socket.writable).toBe(true);
  });
});
