/** A simulated proxy on loopback: HTTP CONNECT or SOCKS5, well-behaved or not, and really relaying when it is. */
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { UsageError } from '../../model/errors.js';
import { servedChain } from '../certs/chains.js';
import { closeServer, listenAll } from '../edge/listen.js';
import { HTTP_PROXY_BEHAVIOURS } from './http-behaviours.js';
import { serveHttpProxy } from './http-proxy.js';
import { SOCKS_PROXY_BEHAVIOURS } from './socks-behaviours.js';
import { serveSocksProxy } from './socks-proxy.js';
import type { ProxyEvent, ProxyOptions, SimProxy } from './types.js';

/** Every behaviour by protocol; `tls` (the port speaks TLS) exists for HTTP besides. */
export const PROXY_BEHAVIOURS: Readonly<Record<ProxyOptions['protocol'], readonly { id: string; title: string }[]>> = {
  http: [...HTTP_PROXY_BEHAVIOURS, { id: 'tls', title: 'The port speaks TLS: an https:// proxy' }],
  socks5: SOCKS_PROXY_BEHAVIOURS,
};

/** Rejects with UsageError for an unknown behaviour, with the system's error for a taken port. */
export async function startProxy(options: ProxyOptions): Promise<SimProxy> {
  const events: ProxyEvent[] = [];
  const sockets = new Set<Socket>();
  const address = options.address ?? '127.0.0.1';
  const serve = serverOf(options, (event) => {
    events.push(event);
    options.onEvent?.(event);
  });
  const listening = await listenAll([address], options.port ?? 0, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    serve(socket);
  });
  return {
    address,
    port: listening.port,
    events,
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(listening.servers.map(closeServer));
    },
  };
}

function serverOf(options: ProxyOptions, log: (event: ProxyEvent) => void): (socket: Socket) => void {
  const id = options.behaviour ?? 'ok';
  if (options.protocol === 'socks5') {
    const behaviour = SOCKS_PROXY_BEHAVIOURS.find((candidate) => candidate.id === id);
    if (!behaviour) throw unknown(options.protocol, id);
    return (socket) => void serveSocksProxy(socket, options, behaviour, log);
  }
  const behaviour = HTTP_PROXY_BEHAVIOURS.find((candidate) => candidate.id === (id === 'tls' ? 'ok' : id));
  if (!behaviour) throw unknown(options.protocol, id);
  if (id !== 'tls') return (socket) => serveHttpProxy(socket, options, behaviour, log);
  const secureContext = createSecureContext(servedChain('good'));
  return (socket) => {
    const secure = new TLSSocket(socket, { isServer: true, secureContext });
    secure.on('error', () => secure.destroy());
    serveHttpProxy(secure, options, behaviour, log);
  };
}

function unknown(protocol: string, id: string): UsageError {
  return new UsageError(`there is no ${protocol} proxy behaviour '${id}'`);
}
