/**
 * The front of the simulated cloud: takes TCP connections, reads the ClientHello before answering it (so that a fault
 * can depend on the name in it), terminates TLS and hands the stream on.
 */
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import type { Duplex } from 'node:stream';
import { servedChain, type ServedCertificate } from '../certs/chains.js';
import type { ClientHello, HelloAction } from '../faults/fault.js';
import type { FaultSet } from '../faults/fault-set.js';
import type { EventLog } from '../event-log.js';
import type { HostRole } from '../types.js';
import { readClientHello } from './client-hello.js';
import type { EdgeConnection } from './connection.js';
import { DelayedSocket } from './delayed-socket.js';
import { flood } from './flood.js';

export interface EdgeOptions {
  readonly faults: FaultSet;
  readonly log: EventLog;
  readonly answerDelayMs: number;
  /** Served instead of the built-in healthy chain; null = built-in. */
  readonly certificate: ServedCertificate | null;
  readonly roleOfName: (name: string) => HostRole | null;
  readonly onStream: (connection: EdgeConnection) => void;
}

/** A peer that connects and says nothing is let go after this time. */
const HELLO_DEADLINE_MS = 30_000;
const MAX_HELLO_BYTES = 65_536;
const HEALTHY: HelloAction = { kind: 'serve', chain: 'good' };
const PLAIN_HTTP_ANSWER =
  'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\nX-Reason: plain HTTP on a TLS port\r\n\r\n';

export class Edge {
  readonly #options: EdgeOptions;
  readonly #sockets = new Set<Socket>();
  readonly #contexts = new Map<string, SecureContext>();

  constructor(options: EdgeOptions) {
    this.#options = options;
  }

  /** `listenerRole`: whose address it is; null when several hosts share it. */
  accept(socket: Socket, listenerRole: HostRole | null): void {
    const remote = socket.remoteAddress ?? '';
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    this.#options.log.add(remote, { type: 'connection', port: socket.localPort ?? 0 });
    if (this.#options.faults.effect(listenerRole, 'tcp')?.value === 'reset') {
      socket.resetAndDestroy();
      return;
    }
    this.#readHello(socket, (hello, received) => this.#decide(socket, remote, listenerRole, hello, received));
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #readHello(socket: Socket, done: (hello: ClientHello, received: Buffer) => void): void {
    let received = Buffer.alloc(0);
    const deadline = setTimeout(() => socket.destroy(), HELLO_DEADLINE_MS);
    socket.once('close', () => clearTimeout(deadline));
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const reading = readClientHello(received);
      if (reading.state === 'incomplete' && received.length < MAX_HELLO_BYTES) return;
      clearTimeout(deadline);
      socket.off('data', onData);
      if (reading.state !== 'hello') {
        socket.end(PLAIN_HTTP_ANSWER);
        return;
      }
      socket.pause();
      done(reading.hello, received);
    };
    socket.on('data', onData);
  }

  #decide(socket: Socket, remote: string, listenerRole: HostRole | null, hello: ClientHello, received: Buffer): void {
    const { faults, log, roleOfName } = this.#options;
    const named = hello.sni === null ? null : roleOfName(hello.sni);
    const role = named ?? listenerRole;
    log.add(remote, { type: 'client_hello', role, ...hello });
    // A filter on names looks at the name; a dead or wrong address is so for every name.
    const struck = [
      ...(named === null ? [] : faults.effects(named, 'hello').filter(({ spec }) => faults.helloByName(spec))),
      ...faults.effects(listenerRole ?? named, 'hello').filter(({ spec }) => !faults.helloByName(spec)),
    ];
    let action = HEALTHY;
    for (const { spec, value } of struck) {
      const chosen = value(hello);
      if (chosen === null) continue;
      log.add(remote, { type: 'fault', fault: spec, host: hello.sni ?? '' });
      action = chosen;
      break;
    }
    const delayMs = faults.effect(role, 'tlsDelayMs')?.value ?? 0;
    const proceed = (): void => this.#act(socket, remote, role, action, received);
    if (delayMs === 0) return proceed();
    const timer = setTimeout(proceed, delayMs);
    socket.once('close', () => clearTimeout(timer));
  }

  #act(socket: Socket, remote: string, role: HostRole | null, action: HelloAction, received: Buffer): void {
    switch (action.kind) {
      case 'serve':
        return this.#serve(socket, remote, role, action, received);
      case 'stall':
        socket.resume();
        return;
      case 'reset':
        socket.resetAndDestroy();
        return;
      case 'close':
        socket.resume();
        socket.end();
        return;
      case 'bytes':
        socket.resume();
        if (action.end === 'flood') flood(socket, action.bytes);
        else if (action.end === 'close') socket.end(action.bytes);
        else socket.write(action.bytes);
        return;
    }
  }

  #serve(
    socket: Socket,
    remote: string,
    role: HostRole | null,
    action: Extract<HelloAction, { kind: 'serve' }>,
    received: Buffer,
  ): void {
    let transport: Duplex = socket;
    if (this.#options.answerDelayMs > 0) {
      transport = new DelayedSocket(socket, this.#options.answerDelayMs, received);
    } else {
      socket.unshift(received);
    }
    const stream = new TLSSocket(transport, {
      isServer: true,
      secureContext: this.#context(action),
      ALPNProtocols: ['http/1.1'],
    });
    const connection: EdgeConnection = { role, remote, raw: socket, stream };
    let secured = false;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!secured) this.#options.log.add(remote, { type: 'tls_failed', role, code: error.code ?? error.name });
      stream.destroy();
      socket.destroy();
    });
    stream.once('secure', () => {
      secured = true;
      this.#options.onStream(connection);
    });
    stream.on('close', () => this.#options.log.add(remote, { type: 'closed', role }));
  }

  #context(action: Extract<HelloAction, { kind: 'serve' }>): SecureContext {
    const key = `${action.chain} ${action.newestVersion ?? ''}`;
    const known = this.#contexts.get(key);
    if (known) return known;
    const own = action.chain === 'good' ? this.#options.certificate : null;
    const context = createSecureContext({
      ...(own ?? servedChain(action.chain)),
      ...(action.newestVersion === undefined
        ? {}
        : // Security level 0: OpenSSL 3 otherwise refuses to speak the old versions at all.
          { minVersion: 'TLSv1', maxVersion: action.newestVersion, ciphers: 'ALL:@SECLEVEL=0' }),
    });
    this.#contexts.set(key, context);
    return context;
  }
}
