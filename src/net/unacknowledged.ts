/**
 * What the kernel of the peer has not acknowledged of what we sent, and how often ours repeated it: tells packets that
 * are lost on the way from a peer that has the question and takes its time. Linux only (proc(5), /proc/net/tcp).
 */
import { open } from 'node:fs/promises';
import { isIPv6, type Socket } from 'node:net';
import { addressBytes, parseAddress } from '../addresses/address.js';
import type { Failure } from '../model/failure.js';
import type { Unacknowledged } from '../model/observation.js';
import { wireOf } from './socket.js';

/** Some 20,000 connections; a host with more is not searched to the end. */
const MOST_BYTES = 3 * 1024 * 1024;
const CHUNK = 64 * 1024;
const ESTABLISHED = '01';

/** A field for the observation of a step that met silence; nothing where the kernel does not tell. */
export async function unacknowledgedIn(
  failure: Failure | null,
  socket: Socket,
): Promise<{ readonly unacknowledged?: Unacknowledged }> {
  if (failure?.kind !== 'generic_timeout_error') return {};
  const seen = await unacknowledged(wireOf(socket));
  return seen === null ? {} : { unacknowledged: seen };
}

/** Null where the kernel does not tell: another system, a socket that is gone, too many of them. */
async function unacknowledged({
  remoteAddress,
  remotePort,
  localPort,
}: Pick<Socket, 'remoteAddress' | 'remotePort' | 'localPort'>): Promise<Unacknowledged | null> {
  if (remoteAddress === undefined || remotePort === undefined || localPort === undefined) return null;
  const remote = hexOf(remoteAddress);
  if (remote === null) return null;
  try {
    const file = await open(isIPv6(remoteAddress) ? '/proc/net/tcp6' : '/proc/net/tcp');
    try {
      const buffer = Buffer.alloc(CHUNK);
      let rest = '';
      for (let read = 0; read < MOST_BYTES;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK, null);
        if (bytesRead === 0) return null;
        read += bytesRead;
        const found = findRow(rest + buffer.toString('latin1', 0, bytesRead), localPort, remote, remotePort);
        if (typeof found !== 'string') return found;
        rest = found;
      }
      return null;
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

/** The row of a connection in a piece of the table, or what is left of its last line. */
export function findRow(table: string, localPort: number, remote: string, remotePort: number): Unacknowledged | string {
  const lines = table.split('\n');
  const rest = lines.pop() ?? '';
  const [from, to] = [hexPort(localPort), `${remote}:${hexPort(remotePort)}`];
  for (const line of lines) {
    const [, local = '', peer, state, queues = '', , retransmits = ''] = line.trim().split(/\s+/);
    if (peer !== to || state !== ESTABLISHED || !local.endsWith(`:${from}`)) continue;
    const [bytes, times] = [Number.parseInt(queues.split(':')[0] ?? '', 16), Number.parseInt(retransmits, 16)];
    return { bytes: Number.isNaN(bytes) ? 0 : bytes, retransmits: Number.isNaN(times) ? 0 : times };
  }
  return rest;
}

const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

/** As the kernel prints an address: 32-bit words in the byte order of the machine, which is little-endian wherever Node runs. */
export function hexOf(literal: string): string | null {
  const address = parseAddress(literal.replace(/%.*$/, ''));
  if (address === null) return null;
  const bytes = Buffer.from(addressBytes(address));
  let text = '';
  for (let at = 0; at < bytes.length; at += 4)
    text += bytes.readUInt32LE(at).toString(16).toUpperCase().padStart(8, '0');
  return text;
}
