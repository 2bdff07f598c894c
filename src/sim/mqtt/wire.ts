/** Primitive types of MQTT (§1.5): integers, strings, binary data, variable byte integers. */
import { MqttProtocolError, REASON } from './reason.js';

/** §1.5.5. */
export const MAX_VARINT = 268_435_455;

export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(size: number): Buffer {
    if (size > this.left) throw new MqttProtocolError(REASON.MALFORMED, 'packet ends too early');
    const part = this.#bytes.subarray(this.#at, this.#at + size);
    this.#at += size;
    return part;
  }

  rest(): Buffer {
    return this.take(this.left);
  }

  byte(): number {
    return this.take(1).readUInt8();
  }

  uint16(): number {
    return this.take(2).readUInt16BE();
  }

  uint32(): number {
    return this.take(4).readUInt32BE();
  }

  binary(): Buffer {
    return this.take(this.uint16());
  }

  /** §1.5.4: UTF-8, and no U+0000. */
  text(): string {
    const bytes = this.binary();
    const value = bytes.toString('utf8');
    if (value.includes('\u0000') || Buffer.byteLength(value) !== bytes.length || !Buffer.from(value).equals(bytes)) {
      throw new MqttProtocolError(REASON.MALFORMED, 'string is not well-formed UTF-8');
    }
    return value;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
    throw new MqttProtocolError(REASON.MALFORMED, 'variable byte integer of more than four bytes');
  }
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  do {
    const low = left & 0x7f;
    left >>>= 7;
    bytes.push(left > 0 ? low | 0x80 : low);
  } while (left > 0);
  return Buffer.from(bytes);
}

export function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function binary(value: Buffer): Buffer {
  return Buffer.concat([uint16(value.length), value]);
}

export function text(value: string): Buffer {
  return binary(Buffer.from(value));
}
