/** A socket whose outgoing bytes leave some ms late, in order: one round trip of a distant peer. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

export class DelayedSocket extends Duplex {
  readonly #inner: Socket;
  readonly #delayMs: number;
  readonly #timers = new Set<NodeJS.Timeout>();

  /** `first`: bytes already read from `inner`. */
  constructor(inner: Socket, delayMs: number, first: Buffer) {
    super({ allowHalfOpen: true });
    this.#inner = inner;
    this.#delayMs = delayMs;
    if (first.length > 0) this.push(first);
    inner.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) inner.pause();
    });
    inner.on('end', () => this.push(null));
    inner.on('close', () => this.destroy());
    inner.on('error', () => this.destroy());
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#later(() => {
      if (this.#inner.writable) this.#inner.write(chunk);
    });
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#later(() => this.#inner.end());
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#inner.destroy();
    done(error);
  }

  #later(action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, this.#delayMs);
    this.#timers.add(timer);
  }
}
