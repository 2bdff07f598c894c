/** A socket seen through a duplex that notes what passes below TLS: what the peer answered when it did not speak TLS. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

const KEPT = 1024;

export class Tee extends Duplex {
  /** First bytes received, at most 1 KiB. */
  received = Buffer.alloc(0);
  /** Bytes written before anything was received: the ClientHello. */
  firstFlight = 0;
  /** What broke the connection below, if anything did. */
  broken: Error | null = null;
  readonly #inner: Socket;

  constructor(inner: Socket) {
    super({ allowHalfOpen: true });
    this.#inner = inner;
    inner.on('data', this.#onData);
    inner.on('end', this.#onEnd);
    inner.on('error', this.#onError);
    inner.on('close', this.#onClose);
    inner.pause();
    if (inner.errored) this.#onError(inner.errored);
    else if (inner.destroyed) this.#onClose();
    else if (inner.readableEnded) this.#onEnd();
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.received.length < KEPT) this.received = Buffer.concat([this.received, bytes]).subarray(0, KEPT);
    if (!this.push(bytes)) this.#inner.pause();
  };

  readonly #onEnd = (): void => {
    this.push(null);
  };

  readonly #onError = (error: Error): void => {
    this.broken ??= error;
    this.destroy(error);
  };

  readonly #onClose = (): void => {
    this.destroy();
  };

  override _read(): void {
    this.#inner.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.received.length === 0) this.firstFlight += chunk.length;
    this.#inner.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#inner.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner.off('data', this.#onData);
    this.#inner.off('end', this.#onEnd);
    this.#inner.destroy();
    done(error);
  }
}
