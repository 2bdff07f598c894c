/** An upgraded connection between steps, and reading frames from it within one step. */
import type { Socket } from 'node:net';
import type { Failure, NetworkOperation } from '../model/failure.js';
import { failureOf } from './classify.js';
import { Wire } from './socket.js';
import type { StepClock } from './step.js';
import { decodeFrame, encodeFrame, frameHeader, OPCODE, type Frame } from './ws-frame.js';

/** What `upgradeRaw` hands on. Destroying `socket` ends it. */
export interface RawWebSocket {
  readonly socket: Socket;
  readonly host: string;
  readonly path: string;
}

/** How a connection ended, or that nothing came within the time. */
export type FrameArrival =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'fin' }
  | { readonly kind: 'reset'; readonly failure: Failure }
  | { readonly kind: 'too_large'; readonly failure: Failure }
  | { readonly kind: 'silence' }
  | { readonly kind: 'interrupted' };

const MAX_LISTED_FRAMES = 64;
const KEPT_BYTES = 1024;
/** Frames that one step reads at most: a flood of empty frames must not hold it. */
const MAX_FRAMES = 4096;

export class FrameReader {
  /** Headers of the frames received, the first 64. */
  readonly headers: string[] = [];
  /** First bytes received in this step. */
  first = Buffer.alloc(0);
  #buffer = Buffer.alloc(0);
  #count = 0;
  readonly #wire: Wire;
  readonly #operation: NetworkOperation;

  constructor(ws: RawWebSocket, step: Pick<StepClock<NetworkOperation>, 'operation' | 'signal' | 'left'>) {
    this.#wire = new Wire(ws.socket, step);
    this.#operation = step.operation;
  }

  send(opcode: number, payload: Buffer): void {
    this.#wire.write(encodeFrame(opcode, payload));
  }

  /** The next frame; pings are answered (RFC 6455 §5.5.2) and returned as well. */
  async next(withinMs?: number): Promise<FrameArrival> {
    const until = withinMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + withinMs;
    for (;;) {
      const decoded = decodeFrame(this.#buffer);
      if (decoded.state === 'frame') {
        this.#buffer = this.#buffer.subarray(decoded.size);
        this.#note(frameHeader(decoded.frame));
        this.#count += 1;
        if (this.#count > MAX_FRAMES) return this.#tooLarge('more frames than an answer can have');
        if (decoded.frame.opcode === OPCODE.ping) this.send(OPCODE.pong, decoded.frame.payload.subarray(0, 125));
        return { kind: 'frame', frame: decoded.frame };
      }
      if (decoded.state === 'too_large') {
        this.#note(decoded.header);
        return this.#tooLarge('a frame announces more than 64 KiB');
      }
      const arrival = await this.#wire.next(until - performance.now());
      if (arrival.kind === 'failed') return { kind: 'reset', failure: arrival.failure };
      if (arrival.kind !== 'bytes') return arrival;
      if (this.first.length < KEPT_BYTES)
        this.first = Buffer.concat([this.first, arrival.bytes]).subarray(0, KEPT_BYTES);
      this.#buffer = Buffer.concat([this.#buffer, arrival.bytes]);
    }
  }

  release(): void {
    this.#wire.release(this.#buffer);
  }

  #note(header: string): void {
    if (this.headers.length < MAX_LISTED_FRAMES) this.headers.push(header);
  }

  #tooLarge(detail: string): FrameArrival {
    return { kind: 'too_large', failure: failureOf('response_too_large', this.#operation, null, detail) };
  }
}

/** Status code of a close frame; 1005 when it has none (RFC 6455 §7.1.5). */
export function closeCodeOf(frame: Frame): number {
  return frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : 1005;
}
