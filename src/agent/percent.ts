/**
 * The two ways a percent-encoded credential is decoded: by the link (docs/reference/agent.md#link-proxy-parsing) and by
 * libcurl.
 */

const PERCENT = 0x25;
const PLUS = 0x2b;

/** Value of a "hex digit" as the Agent computes it, unchecked, in one byte. */
function looseHex(byte: number): number {
  const isDigit = byte >= 0x30 && byte <= 0x39;
  const lower = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
  return (isDigit ? byte - 0x30 : lower - 0x61 + 10) & 0xff;
}

/** The byte that `%XX` at `index` stands for; 0 when fewer than two characters follow. */
function escaped(bytes: Uint8Array, index: number): number {
  const high = bytes[index + 1];
  const low = bytes[index + 2];
  return high === undefined || low === undefined ? 0 : ((looseHex(high) << 4) | looseHex(low)) & 0xff;
}

/** Bytes a UTF-8 sequence has by its first one; 0 for a byte that cannot be first. */
function sequenceLength(first: number): number {
  if ((first & 0xe0) === 0xc0) return 2;
  if ((first & 0xf0) === 0xe0) return 3;
  return (first & 0xf8) === 0xf0 ? 4 : 0;
}

/** A percent-encoded multi-byte sequence at `index`, or null when it is not one. */
function escapedSequence(bytes: Uint8Array, index: number): number[] | null {
  const first = escaped(bytes, index);
  const length = sequenceLength(first);
  if (length === 0) return null;
  const sequence = [first];
  for (let n = 1; n < length; n += 1) {
    const next = escaped(bytes, index + n * 3);
    if ((next & 0xc0) !== 0x80) return null;
    sequence.push(next);
  }
  return sequence;
}

export interface Decoded {
  readonly text: string;
  /** True when the rest of the value was dropped. */
  readonly truncated: boolean;
  readonly plusBecameSpace: boolean;
}

/** The link's decoder: `+` is a space; whatever it does not understand ends the value. */
export function decodeAsLink(value: string): Decoded {
  const bytes = new TextEncoder().encode(value);
  const out: number[] = [];
  let truncated = false;
  let plusBecameSpace = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === PLUS) {
      out.push(0x20);
      plusBecameSpace = true;
    } else if (byte === PERCENT) {
      const plain = escaped(bytes, index);
      const sequence = plain >= 0x80 ? escapedSequence(bytes, index) : null;
      if (sequence !== null) {
        out.push(...sequence);
        index += sequence.length * 3 - 1;
      } else if (plain >= 0x20 && plain < 0x7f) {
        out.push(plain);
        index += 2;
      } else {
        truncated = true;
        break;
      }
    } else out.push(byte);
  }
  return { text: new TextDecoder().decode(Uint8Array.from(out)), truncated, plusBecameSpace };
}

/** libcurl's decoder: only valid `%XX` are decoded; null when that makes a control character, which it refuses. */
export function decodeAsCurl(value: string): string | null {
  const bytes = new TextEncoder().encode(value);
  const out: number[] = [];
  for (let index = 0; index < bytes.length; index += 1) {
    let byte = bytes[index] ?? 0;
    const hex = String.fromCharCode(bytes[index + 1] ?? 0, bytes[index + 2] ?? 0);
    if (byte === PERCENT && /^[0-9A-Fa-f]{2}$/.test(hex)) {
      byte = Number.parseInt(hex, 16);
      index += 2;
    }
    if (byte < 0x20) return null;
    out.push(byte);
  }
  return new TextDecoder().decode(Uint8Array.from(out));
}
