/** The part that every working proxy has: reach the target, then copy bytes both ways. */
import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import type { ProxyOptions } from './types.js';

export type Reached =
  | { readonly ok: true; readonly socket: Socket }
  | { readonly ok: false; readonly why: 'unresolvable' | 'refused' | 'unreachable' };

const CONNECT_DEADLINE_MS = 10_000;

export async function reach(options: ProxyOptions, host: string, port: number): Promise<Reached> {
  const address = isIP(host) === 0 ? await resolveName(options, host) : (options.translate?.(host) ?? host);
  if (address === null) return { ok: false, why: 'unresolvable' };
  const socket = connect({ host: address, port, noDelay: true });
  return await new Promise((resolve) => {
    const deadline = setTimeout(() => socket.destroy(new Error('deadline')), CONNECT_DEADLINE_MS);
    socket.once('connect', () => {
      clearTimeout(deadline);
      socket.removeAllListeners('error');
      socket.on('error', () => socket.destroy());
      resolve({ ok: true, socket });
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(deadline);
      socket.destroy();
      resolve({ ok: false, why: error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable' });
    });
  });
}

async function resolveName(options: ProxyOptions, host: string): Promise<string | null> {
  if (options.resolve) return await options.resolve(host);
  try {
    return (await lookup(host)).address;
  } catch {
    return null;
  }
}

/** `early`: bytes of the client that came with its request. */
export function splice(client: Socket, target: Socket, early: Buffer): void {
  if (early.length > 0) target.write(early);
  client.pipe(target);
  target.pipe(client);
  client.once('close', () => target.destroy());
  target.once('close', () => client.destroy());
  client.resume();
}
