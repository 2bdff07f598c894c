/** Real loopback servers that misbehave on purpose; every one ends with the test that made it. */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { spawn } from 'node:child_process';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls, { type TlsOptions, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';

export interface Served {
  readonly port: number;
  readonly sockets: Set<Socket>;
}

function track(server: net.Server, host: string): Promise<Served> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };
  server.on('connection', keep);
  server.on('secureConnection', keep);
  server.on('tlsClientError', () => undefined);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return new Promise((resolve) => {
    server.listen(0, host, () => resolve({ port: (server.address() as AddressInfo).port, sockets }));
  });
}

/** A TCP server on loopback. */
export function tcpServer(
  onConnection: (socket: Socket) => void,
  options: net.ServerOpts & { readonly host?: string } = {},
): Promise<Served> {
  const server = net.createServer({ noDelay: true, ...options }, (socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  return track(server, options.host ?? '127.0.0.1');
}

/** A TLS server on loopback. */
export function tlsServer(options: TlsOptions, onSecure: (socket: TLSSocket) => void): Promise<Served> {
  const server = tls.createServer(options, (socket) => {
    socket.on('error', () => undefined);
    onSecure(socket);
  });
  return track(server, '127.0.0.1');
}

/** A server that waits for the first bytes of a client and then does one thing. */
export function afterFirstBytes(act: (socket: Socket, bytes: Buffer) => void): Promise<Served> {
  return tcpServer((socket) => {
    socket.once('data', (bytes) => act(socket, bytes));
  });
}

/** A port that refuses: bound, remembered, and closed again. */
export async function refusedPort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A UDP server on loopback. */
export async function udpServer(
  onMessage: (message: Buffer, from: RemoteInfo, socket: UdpSocket) => void,
  port = 0,
): Promise<{ readonly port: number; readonly socket: UdpSocket }> {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  socket.on('message', (message, from) => onMessage(message, from, socket));
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    socket.close();
  });
  return { port: socket.address().port, socket };
}

/** A connected pair: the client's end, for steps that begin on an open socket. */
export async function clientOf(served: Served): Promise<Socket> {
  const socket = net.connect({ host: '127.0.0.1', port: served.port, noDelay: true });
  socket.on('error', () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return socket;
}

/**
 * A port whose SYNs stay unanswered: a listener with a full accept queue. Linux then drops further SYNs, exactly what a
 * silent firewall looks like to a client, without privileges.
 */
export async function silentPort(): Promise<number> {
  const child = spawn(process.execPath, ['-e', BLOCKED_LISTENER], { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const port = await new Promise<number>((resolve) => {
    child.stdout.once('data', (bytes: Buffer) => resolve(Number(bytes.toString())));
  });
  // Fill the queue (backlog 1 holds two), then leave these connections open.
  for (let i = 0; i < 4; i += 1) {
    const filler = net.connect({ host: '127.0.0.1', port });
    filler.on('error', () => undefined);
    onTestFinished(() => {
      filler.destroy();
    });
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, 60);
      filler.once('connect', () => {
        clearTimeout(timer);
        resolve(null);
      });
    });
  }
  return port;
}

/** Listens, says where, and then never returns to its event loop, so that it accepts nothing. */
const BLOCKED_LISTENER = `
const server = require('node:net').createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  require('node:fs').writeSync(1, String(server.address().port));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20000);
});
`;
