import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { arrivedBySilence, fullSizeWrite } from '../../../src/net/mtu.js';
import { LABEL, observed, testContext } from '../../helpers/net/context.js';
import { clientOf, tcpServer } from '../../helpers/net/servers.js';

const SMALL_OK = (socket: Socket): void => void socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno');

/** A server that answers the small request as it likes, and then the large one. */
async function write(
  onRequest: (socket: Socket, request: string) => void,
  bytes?: number,
  onSmall: (socket: Socket) => void = SMALL_OK,
) {
  const served = await tcpServer((socket) => {
    let request = '';
    let first = true;
    socket.on('data', (more) => {
      request += more.toString('latin1');
      if (!request.endsWith('\r\n\r\n')) return;
      if (first) onSmall(socket);
      else onRequest(socket, request);
      first = false;
      request = '';
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
    ['a close proves neither', (socket: Socket) => socket.end(), null, 'eof_error'],
    ['a reset proves neither', (socket: Socket) => socket.resetAndDestroy(), null, 'connection_reset'],
  ] as const)('%s', async (_what, act, acknowledged, kind) => {
    expect(await write((socket) => act(socket))).toMatchObject({ acknowledged, failure: { kind } });
  });

  it.runIf(process.platform === 'linux')('silence: the kernel of the peer has it all', async () => {
    const seen = await write(() => undefined);
    expect(seen).toMatchObject({ acknowledged: true, failure: { kind: 'generic_timeout_error' } });
    expect(seen.unacknowledged).toMatchObject({ bytes: 0 });
  });

  it.each([
    [undefined, 1999, 10, null],
    [undefined, 2000, 10, false],
    [undefined, 4799, 600, null],
    [undefined, 4800, 600, false],
    [{ bytes: 0, retransmits: 0 }, 100, 10, true],
    [{ bytes: 7168, retransmits: 1 }, 100, 10, false],
  ])('silence, %j, after %d ms where a small request took %d ms: %s', (seen, waitedMs, smallMs, arrived) => {
    expect(arrivedBySilence(seen, waitedMs, smallMs)).toBe(arrived);
  });

  it.each([
    ['silence about the small request', (): void => undefined, 'generic_timeout_error'],
    [
      'a close after the small request',
      (socket: Socket): void => void socket.end('HTTP/1.1 200 OK\r\n\r\n'),
      'eof_error',
    ],
    [
      'no HTTP at all',
      (socket: Socket): void => void socket.write('220 mail.example.test ESMTP\r\n'),
      'http_malformed',
    ],
  ] as const)('%s says nothing about sizes', async (_what, onSmall, kind) => {
    const seen = await write(() => undefined, undefined, onSmall);
    expect(seen).toMatchObject({ acknowledged: null, failure: { kind } });
  });
});
