/** Exact-length reads for the binary SOCKS dialogues; keeps every byte of the proxy for the observation. */
import type { Failure } from '../../model/failure.js';
import { addressBytes as bytesOf, parseAddress } from '../../addresses/address.js';
import { InvariantError } from '../../model/errors.js';
import { failureOf } from '../classify.js';
import type { Wire } from '../socket.js';
import type { StepClock } from '../step.js';

/** Ends a SOCKS dialogue; caught by the step that runs it. */
export class SocksEnd extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.detail);
    this.failure = failure;
  }
}

export class SocksReader {
  /** Everything the proxy sent and that was taken so far. */
  taken = Buffer.alloc(0);
  #waiting = Buffer.alloc(0);
  readonly #wire: Wire;
  readonly #step: StepClock<'proxy_connect'>;

  constructor(wire: Wire, step: StepClock<'proxy_connect'>) {
    this.#wire = wire;
    this.#step = step;
  }

  /** Bytes behind the dialogue; they belong to whoever uses the tunnel. */
  get rest(): Buffer {
    return this.#waiting;
  }

  /** First bytes of the proxy as they came, for the observation. */
  get raw(): string {
    return Buffer.concat([this.taken, this.#waiting])
      .subarray(0, 16 * 1024)
      .toString('latin1');
  }

  /** Exactly `count` bytes. @throws SocksEnd when they do not come. */
  async take(count: number, what: string): Promise<Buffer> {
    while (this.#waiting.length < count) {
      const arrival = await this.#wire.next();
      switch (arrival.kind) {
        case 'bytes':
          this.#waiting = Buffer.concat([this.#waiting, arrival.bytes]);
          break;
        case 'fin':
          throw new SocksEnd(
            failureOf('eof_error', 'proxy_connect', null, `the proxy closed the connection before its ${what}`),
          );
        case 'failed':
          throw new SocksEnd(arrival.failure);
        case 'interrupted':
          throw new SocksEnd(this.#step.interrupted());
        case 'silence':
          throw new SocksEnd(this.#step.timedOut(what));
      }
    }
    const bytes = this.#waiting.subarray(0, count);
    this.#waiting = this.#waiting.subarray(count);
    this.taken = Buffer.concat([this.taken, bytes]);
    return bytes;
  }
}

/** 16 bytes of an IPv6 literal (zone ignored), 4 of an IPv4 one. */
export function addressBytes(literal: string): Buffer {
  const address = parseAddress(literal.replace(/%.*$/, ''));
  if (address === null) throw new InvariantError('a SOCKS address is a literal');
  return Buffer.from(bytesOf(address));
}
