/** Reading and writing on an open socket, step by step: one reader at a time, pull-based, so memory stays bounded. */
import type { Socket } from 'node:net';
import type { Failure, NetworkOperation } from '../model/failure.js';
import { classifyError, failureOf } from './classify.js';
import type { StepClock } from './step.js';

const ignore = (): void => undefined;

/** Keeps an 'error' listener on a socket from birth to destroy: between two steps nobody else listens. */
export function guardSocket(socket: Socket): void {
  socket.on('error', ignore);
}

const peers = new WeakMap<Socket, string>();

/** The address that a socket talks to, also through TLS layers; null behind a proxy that resolves by itself. */
export function peerOf(socket: Socket): string | null {
  return peers.get(socket) ?? null;
}

export function rememberPeer(socket: Socket, address: string | null): void {
  if (address === null) peers.delete(socket);
  else peers.set(socket, address);
}

const wires = new WeakMap<Socket, Socket>();

/** The TCP socket under layers of TLS. */
export function wireOf(socket: Socket): Socket {
  return wires.get(socket) ?? socket;
}

const below = new WeakMap<Socket, { readonly broken: Error | null }>();

/** Lets a TLS socket know what broke the connection under it, and which socket that is. */
export function linkSockets(upper: Socket, lower: { readonly broken: Error | null }, socket: Socket): void {
  below.set(upper, lower);
  wires.set(upper, wireOf(socket));
}

/** Why a socket broke: the cause under TLS where there is one. */
function errorOf(socket: Socket): Error | null {
  return below.get(socket)?.broken ?? socket.errored;
}

/** What reading gave: bytes, the peer's orderly end, an error, or nothing by the deadline. */
export type Arrival =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'fin' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'silence' }
  | { readonly kind: 'interrupted' };

/** Borrows a socket for the length of a step. */
export class Wire {
  readonly socket: Socket;
  readonly #operation: NetworkOperation;
  readonly #signal: AbortSignal;
  readonly #left: () => number;
  #wake: (() => void) | null = null;
  readonly #onEvent = (): void => this.#wake?.();

  constructor(socket: Socket, step: Pick<StepClock<NetworkOperation>, 'operation' | 'signal' | 'left'>) {
    this.socket = socket;
    this.#operation = step.operation;
    this.#signal = step.signal;
    this.#left = () => step.left();
    for (const event of EVENTS) socket.on(event, this.#onEvent);
    this.#signal.addEventListener('abort', this.#onEvent);
  }

  /** Writes without waiting; a broken connection shows in the next read. */
  write(bytes: Buffer): void {
    if (!this.socket.destroyed && this.socket.writable) this.socket.write(bytes);
  }

  /** The next thing that happens, within `withinMs` and the step's deadline. */
  async next(withinMs = Number.POSITIVE_INFINITY): Promise<Arrival> {
    const expiresAt = performance.now() + Math.min(withinMs, this.#left());
    for (;;) {
      // Asked first: a peer that always has one more byte must not outlast the deadline.
      if (this.#left() <= 0) return { kind: 'silence' };
      const bytes = this.socket.read() as Buffer | null;
      if (bytes !== null) return { kind: 'bytes', bytes };
      const error = errorOf(this.socket);
      if (error !== null) return { kind: 'failed', failure: classifyError(error, this.#operation) };
      if (this.socket.readableEnded) return { kind: 'fin' };
      if (this.socket.destroyed) return { kind: 'failed', failure: closed(this.#operation) };
      if (this.#signal.aborted) return { kind: 'interrupted' };
      const wait = expiresAt - performance.now();
      if (wait <= 0) return { kind: 'silence' };
      await this.#event(wait);
      if (this.#left() > 0) continue;
      const last = this.socket.read() as Buffer | null;
      if (last !== null) return { kind: 'bytes', bytes: last };
    }
  }

  /** Waits for the next event at most `ms`. */
  async #event(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = afterPoll(Math.ceil(ms), resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = null;
  }

  /** Gives the socket back, with bytes that belong to the next step put in front. */
  release(unused?: Buffer): void {
    for (const event of EVENTS) this.socket.off(event, this.#onEvent);
    this.#signal.removeEventListener('abort', this.#onEvent);
    if (unused !== undefined && unused.length > 0 && !this.socket.destroyed && !this.socket.readableEnded) {
      this.socket.unshift(unused);
    }
  }
}

/**
 * A timer that looks at the sockets before it goes off: in a process that was held up, what has come meanwhile is told
 * after the timers (libuv's order of phases). Returns what takes it back.
 */
export function afterPoll(ms: number, then: () => void): () => void {
  let last: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => (last = setImmediate(then)), ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(last);
  };
}

const EVENTS = ['readable', 'end', 'error', 'close'] as const;

function closed(operation: NetworkOperation): Failure {
  return failureOf('connection_aborted', operation, null, 'the connection was already closed');
}

/** A farewell is worth this long at most. */
const FAREWELL_MS = 50;

/** Lets what was written leave, then closes the writing side; the caller destroys the socket. */
export async function endGently(socket: Socket): Promise<void> {
  if (socket.destroyed || !socket.writable) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, FAREWELL_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    socket.once('close', done);
    socket.end(done);
  });
}
