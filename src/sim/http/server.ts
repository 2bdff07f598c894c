/** HTTP over the decrypted streams: node:http reads the requests, `play` writes the answers. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { EdgeConnection } from '../edge/connection.js';
import type { HostRole } from '../types.js';
import type { HttpRequest } from './message.js';

export interface HttpHandlers {
  readonly roleOfName: (name: string) => HostRole | null;
  readonly onRequest: (request: HttpRequest, connection: EdgeConnection) => void;
  /** `head`: bytes already received behind the request. */
  readonly onUpgrade: (
    request: HttpRequest,
    connection: EdgeConnection,
    message: IncomingMessage,
    head: Buffer,
  ) => void;
}

/** Far above any password reply or claim; an answer to a flood is to hang up. */
const MAX_BODY_BYTES = 1 << 20;

export class HttpFront {
  readonly #server: Server;
  readonly #connections = new WeakMap<Duplex, EdgeConnection>();
  readonly #handlers: HttpHandlers;

  constructor(handlers: HttpHandlers) {
    this.#handlers = handlers;
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 30_000 });
    this.#server.on('request', (message) => this.#read(message));
    this.#server.on('upgrade', (message, _socket, head: Buffer) => {
      const connection = this.#connections.get(message.socket);
      if (connection) this.#handlers.onUpgrade(this.#toRequest(message, connection, []), connection, message, head);
    });
    this.#server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      else socket.destroy();
    });
  }

  serve(connection: EdgeConnection): void {
    this.#connections.set(connection.stream, connection);
    this.#server.emit('connection', connection.stream);
  }

  #read(message: IncomingMessage): void {
    const connection = this.#connections.get(message.socket);
    if (!connection) return;
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) connection.stream.destroy();
      else chunks.push(chunk);
    });
    message.on('error', () => connection.stream.destroy());
    message.on('end', () => this.#handlers.onRequest(this.#toRequest(message, connection, chunks), connection));
  }

  #toRequest(message: IncomingMessage, connection: EdgeConnection, chunks: readonly Buffer[]): HttpRequest {
    const headers: (readonly [string, string])[] = [];
    for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
      headers.push([message.rawHeaders[index] ?? '', message.rawHeaders[index + 1] ?? '']);
    }
    const hostHeader = message.headers.host?.replace(/:\d+$/, '').toLowerCase();
    return {
      role: connection.role ?? (hostHeader === undefined ? null : this.#handlers.roleOfName(hostHeader)) ?? 'app',
      method: message.method ?? '',
      path: message.url ?? '',
      headers,
      body: Buffer.concat(chunks),
    };
  }
}
