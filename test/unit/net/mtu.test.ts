import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { fullSizeWrite } from '../../../src/net/mtu.js';
import { LABEL, observed, testContext } from '../../helpers/net/context.js';
import { clientOf, tcpServer } from '../../helpers/net/servers.js';

async function write(onRequest: (socket: Socket, request: string) => void, bytes?: number) {
  const served = await tcpServer((socket) => {
    let request = '';
    socket.on('data', (more) => {
      request += more.toString('latin1');
      if (request.endsWith('\r\n\r\n')) onRequest(socket, request);
    });
  });
  const ctx = testContext(250);
  const socket = await clientOf(served);
  const input = { socket, host: 'app.example.test', port: 443, path: '/', ...(bytes === undefined ? {} : { bytes }) };
  return observed(ctx, 250, () => fullSizeWrite(ctx, LABEL, input));
}

describe('fullSizeWrite', () => {
  it('an answer of any status proves that full segments arrive', async () => {
    let size = 0;
    const seen = await write((socket, request) => {
      size = request.length;
      socket.write('HTTP/1.1 431 Request Header Fields Too Large\r\n\r\n');
    });
    expect(seen).toMatchObject({ acknowledged: true, failure: null, bytes: size });
    expect(size).toBeGreaterThan(4 * 1460);
  });

  it.each([2048, 8192, 20_000])('sends about %i bytes, no line longer than 1 KiB', async (bytes) => {
    let longest = 0;
    const seen = await write((socket, request) => {
      longest = Math.max(...request.split('\r\n').map((line) => line.length));
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
    }, bytes);
    expect(Math.abs(seen.bytes - bytes)).toBeLessThan(40);
    expect(longest).toBeLessThanOrEqual(1024);
  });

  it.each([
    ['silence proves nothing arrived', () => undefined, false, 'generic_timeout_error'],
    ['a close proves neither', (socket: Socket) => socket.end(), null, 'eof_error'],
    ['a reset proves neither', (socket: Socket) => socket.resetAndDestroy(), null, 'connection_reset'],
  ] as const)('%s', async (_what, act, acknowledged, kind) => {
    expect(await write((socket) => act(socket))).toMatchObject({ acknowledged, failure: { kind } });
  });
});
