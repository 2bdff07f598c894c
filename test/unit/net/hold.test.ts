import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { holdIdle } from '../../../src/net/hold.js';
import { decodeFrame } from '../../../src/net/ws-frame.js';
import type { RawWebSocket } from '../../../src/net/websocket.js';
import { LABEL, lastStep, observed, testContext } from '../../helpers/net/context.js';
import { frame, upgraded } from '../../helpers/net/websocket.js';

async function hold(ws: RawWebSocket, durationMs: number, pingEveryMs?: number, stepMs = 150) {
  const ctx = testContext(stepMs);
  const input = { ws, durationMs, ...(pingEveryMs === undefined ? {} : { pingEveryMs }) };
  return observed(ctx, durationMs + stepMs, () => holdIdle(ctx, LABEL, input));
}

/** Answers pings as a server must. */
const alive = (): Promise<RawWebSocket> =>
  upgraded((socket, bytes) => {
    const decoded = decodeFrame(bytes);
    if (decoded.state === 'frame' && decoded.frame.opcode === 9) socket.write(frame(10, decoded.frame.payload));
  });

describe('holdIdle', () => {
  it('holds for as long as asked and proves that the path still carries', async () => {
    const seen = await hold(await alive(), 150);
    expect(seen).toMatchObject({ failure: null, endedBy: 'us', plannedMs: 150, pings: 1 });
    expect(seen.heldMs).toBeGreaterThanOrEqual(145);
  });

  it('sends pings in between when asked to', async () => {
    const seen = await hold(await alive(), 200, 50);
    expect(seen).toMatchObject({ endedBy: 'us', failure: null });
    expect(seen.pings).toBeGreaterThan(2);
  });

  it('a path that forgot the connection silently is found at the end', async () => {
    const seen = await hold(await upgraded(() => undefined), 100);
    expect(seen).toMatchObject({ endedBy: 'silence', failure: { kind: 'generic_timeout_error' } });
    // Right after its 100 ms, on a machine that may be busy: not after any other deadline.
    expect(seen.heldMs).toBeLessThan(2000 + lastStep.stalledMs);
  });

  it.each([
    ['fin', (ws: Socket) => ws.end(), 'eof_error'],
    ['reset', (ws: Socket) => ws.resetAndDestroy(), 'connection_reset'],
    ['ws_close', (ws: Socket) => ws.write(frame(8, Buffer.from([3, 232]))), 'websocket_closed'],
  ] as const)('a cut by %s is measured', async (endedBy, cut, kind) => {
    const ws = await upgraded(
      () => undefined,
      (socket) => void setTimeout(() => cut(socket), 80),
    );
    const seen = await hold(ws, 1000);
    expect(seen).toMatchObject({ endedBy, failure: { kind } });
    expect(seen.heldMs).toBeGreaterThan(40);
    expect(seen.heldMs).toBeLessThan(400 + lastStep.stalledMs);
  });

  it('answers pings of the server meanwhile', async () => {
    const got: number[] = [];
    const ws = await upgraded(
      (socket, bytes) => {
        const decoded = decodeFrame(bytes);
        if (decoded.state !== 'frame') return;
        got.push(decoded.frame.opcode);
        if (decoded.frame.opcode === 9) socket.write(frame(10, decoded.frame.payload));
      },
      (socket) => socket.write(frame(9, Buffer.from('hi'))),
    );
    expect(await hold(ws, 100)).toMatchObject({ endedBy: 'us', failure: null });
    expect(got).toEqual([10, 9]);
  });

  it('an interrupted run ends the hold at once', async () => {
    const ctx = testContext(150);
    const ws = await alive();
    setTimeout(ctx.abort, 50);
    const seen = await observed(ctx, 100, () => holdIdle(ctx, LABEL, { ws, durationMs: 60_000 }));
    expect(seen.failure?.kind).toBe('interrupted');
  });
});
