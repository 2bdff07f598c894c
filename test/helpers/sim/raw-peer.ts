/** Plain clients for looking at the simulated cloud from outside: bytes in, bytes out, no code of the probes. */
import { connect as tcpConnect, type Socket } from 'node:net';
import { connect as tlsConnect, type TLSSocket } from 'node:tls';
import type { HostRole, SimCloud } from '../../../src/sim/types.js';

export interface Heard {
  /** Everything received, latin1. */
  readonly text: string;
  readonly ended: 'fin' | 'reset' | 'open' | 'error';
  readonly errorCode: string | null;
  readonly elapsedMs: number;
}

export async function openTcp(cloud: SimCloud, role: HostRole): Promise<Socket> {
  const { port, addresses } = cloud.hosts[role];
  const socket = tcpConnect({ host: addresses[0] ?? '127.0.0.1', port });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return socket;
}

export async function openTls(
  cloud: SimCloud,
  role: HostRole,
  servername = cloud.hosts[role].name,
): Promise<TLSSocket> {
  const { port, addresses } = cloud.hosts[role];
  const socket = tlsConnect({ host: addresses[0] ?? '127.0.0.1', port, servername, ca: cloud.caPem });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  return socket;
}

/** Listens until the peer ends, `enough` says so, or `timeoutMs` have passed; then destroys the socket. */
export async function hear(
  socket: Socket,
  enough: (text: string) => boolean = () => false,
  timeoutMs = 400,
): Promise<Heard> {
  const started = performance.now();
  return await new Promise((resolve) => {
    let text = '';
    const timer = setTimeout(() => done('open', null), timeoutMs);
    const done = (ended: Heard['ended'], errorCode: string | null): void => {
      clearTimeout(timer);
      socket.removeAllListeners('data');
      resolve({ text, ended, errorCode, elapsedMs: performance.now() - started });
      socket.destroy();
    };
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (enough(text)) done('open', null);
    });
    socket.once('end', () => done('fin', null));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      done(error.code === 'ECONNRESET' ? 'reset' : 'error', error.code ?? null),
    );
    // Without a reader the end of the stream would never be seen.
    socket.resume();
  });
}

/** GET with the bytes that the Agent sends (docs/reference/agent.md#https-request). */
export async function get(
  cloud: SimCloud,
  role: HostRole,
  path: string,
  enough?: (text: string) => boolean,
  timeoutMs?: number,
): Promise<Heard> {
  const socket = await openTls(cloud, role);
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${cloud.hosts[role].name}\r\nUser-Agent: Netdata/rocks newhttpclient\r\n\r\n`,
  );
  return await hear(socket, enough, timeoutMs);
}

export const ENV_PATH = '/api/v1/env?v=2.10.3&cap=proto,ctx&claim_id=00000000-0000-4000-8000-000000000000';

/** True once a whole answer with Content-Length is there. */
export function wholeAnswer(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  const length = /^content-length: (\d+)/im.exec(text.slice(0, Math.max(end, 0)))?.[1];
  return end !== -1 && length !== undefined && text.length >= end + 4 + Number(length);
}

/** The upgrade in the Agent's bytes (docs/reference/agent.md#websocket), with an empty Origin. */
export async function upgrade(
  cloud: SimCloud,
  enough: (text: string) => boolean = (text) => text.includes('\r\n\r\n'),
  timeoutMs?: number,
): Promise<Heard> {
  const socket = await openTls(cloud, 'mqtt');
  socket.write(upgradeRequest(cloud));
  return await hear(socket, enough, timeoutMs);
}

export const WS_KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
/** RFC 6455 §1.3: the accept value of that key. */
export const WS_ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

export function upgradeRequest(cloud: SimCloud): string {
  return (
    `GET /mqtt HTTP/1.1\r\nHost: ${cloud.hosts.mqtt.name}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Key: ${WS_KEY}\r\nOrigin: \r\nSec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Version: 13\r\n\r\n`
  );
}
