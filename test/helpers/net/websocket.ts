/** The server's side of an upgrade, written apart from the code under test. */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { RawWebSocket } from '../../../src/net/websocket.js';
import { clientOf, tcpServer } from './servers.js';

export function keyOf(request: Buffer): string {
  return /sec-websocket-key: (\S+)/i.exec(request.toString('latin1'))?.[1] ?? '';
}

/** A good 101 for a request. */
export function answer101(request: Buffer): string {
  const accept = createHash('sha1')
    .update(`${keyOf(request)}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    'Sec-WebSocket-Protocol: mqtt',
    '',
    '',
  ].join('\r\n');
}

/** An unmasked server frame. */
export function frame(opcode: number, payload: Buffer, first = 0x80): Buffer {
  const length =
    payload.length < 126
      ? Buffer.from([payload.length])
      : Buffer.from([126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([Buffer.from([first | opcode]), length, payload]);
}

/** An upgraded connection whose server does one thing when the first bytes come, and another at once. */
export async function upgraded(
  onBytes: (socket: Socket, bytes: Buffer) => void,
  onOpen: (socket: Socket) => void = () => undefined,
): Promise<RawWebSocket> {
  const served = await tcpServer((socket) => {
    socket.on('data', (bytes) => onBytes(socket, bytes));
    onOpen(socket);
  });
  return { socket: await clientOf(served), host: 'mqtt.example.test', path: '/mqtt' };
}
