/** Values as the spans in which they surely lie: what is not known exactly is a wide span, and answers come out unsure. */
import { parseAddress } from '../../addresses/address.js';

/** True, false, or null = cannot tell. */
export type Ternary = boolean | null;

/** IPv6 addresses are bigints, everything else numbers. */
export type Num = number | bigint;

/** Both ends included. */
export interface Span {
  readonly lo: Num;
  readonly hi: Num;
}

export const point = (value: Num): Span => ({ lo: value, hi: value });
export const isPoint = ({ lo, hi }: Span): boolean => lo === hi;
export const ANY_32: Span = { lo: 0, hi: 0xffff_ffff };

export function and(left: Ternary, right: Ternary): Ternary {
  if (left === false || right === false) return false;
  return left === null || right === null ? null : true;
}

export function or(left: Ternary, right: Ternary): Ternary {
  if (left === true || right === true) return true;
  return left === null || right === null ? null : false;
}

export function not(value: Ternary): Ternary {
  return value === null ? null : !value;
}

/** Whether a value that lies in `value` lies in `span`. */
export function within(value: Span, span: Span): Ternary {
  if (value.hi < span.lo || value.lo > span.hi) return false;
  return span.lo <= value.lo && value.hi <= span.hi ? true : null;
}

/** An IPv4 address as programs print it, of which there may be hundreds of thousands; null = look more closely. */
function dotted(text: string): number | null {
  let [value, part, digits, dots] = [0, 0, 0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 46) {
      if (digits === 0) return null;
      value = value * 256 + part;
      [part, digits] = [0, 0];
      dots += 1;
    } else if (code >= 48 && code <= 57) {
      if (digits > 0 && part === 0) return null;
      part = part * 10 + code - 48;
      digits += 1;
      if (part > 255) return null;
    } else return null;
  }
  return dots === 3 && digits > 0 ? value * 256 + part : null;
}

/** `1.2.3.4` or an IPv6 address as a number; null when the text is neither. */
export function addressOf(text: string): Num | null {
  const plain = dotted(text);
  if (plain !== null) return plain;
  const found = parseAddress(text.includes('%') ? text.slice(0, text.indexOf('%')) : text);
  if (found === null) return null;
  return found.family === 4 ? Number(found.value) : found.value;
}

export function prefixSpan(base: Num, length: number): Span {
  if (typeof base === 'bigint') {
    const size = 1n << BigInt(128 - length);
    const lo = base - (base % size);
    return { lo, hi: lo + size - 1n };
  }
  const size = 2 ** (32 - length);
  const lo = base - (base % size);
  return { lo, hi: lo + size - 1 };
}

/** `address`, `address/length`, `address/mask` or `address-address`; null when the text is none of them. */
export function spanOf(text: string): Span | null {
  const [from = '', to] = text.split('-');
  if (to !== undefined) {
    const [lo, hi] = [addressOf(from), addressOf(to)];
    return lo === null || hi === null || typeof lo !== typeof hi || lo > hi ? null : { lo, hi };
  }
  const [base = '', length] = text.split('/');
  const address = addressOf(base);
  if (address === null) return null;
  if (length === undefined) return point(address);
  const bits = lengthOf(length, typeof address === 'bigint' ? 128 : 32);
  return bits === null ? null : prefixSpan(address, bits);
}

function lengthOf(text: string, most: number): number | null {
  if (/^\d{1,3}$/.test(text)) return Number(text) <= most ? Number(text) : null;
  const mask = addressOf(text);
  if (typeof mask !== 'number') return null;
  const ones = mask.toString(2).padStart(32, '0');
  // A mask with a hole in it is no prefix.
  return /^1*0*$/.test(ones) ? ones.replaceAll('0', '').length : null;
}

/** Spans with something attached to each, looked up by binary search. */
export class SpanIndex<T> {
  readonly #lows: Num[] = [];
  readonly #highs: Num[] = [];
  readonly #data: (T | undefined)[] = [];

  /** Spans that touch and carry nothing are joined. */
  constructor(lows: readonly Num[], highs: readonly Num[], data: readonly (T | undefined)[] | null) {
    let order: Uint32Array | null = null;
    for (let at = 1; at < lows.length; at += 1) {
      if ((lows[at] as Num) >= (lows[at - 1] as Num)) continue;
      order = Uint32Array.from(lows.keys()).sort((a, b) => ((lows[a] as Num) < (lows[b] as Num) ? -1 : 1));
      break;
    }
    for (let at = 0; at < lows.length; at += 1) {
      const from = order === null ? at : (order[at] ?? 0);
      const [lo, hi] = [lows[from] as Num, highs[from] as Num];
      const last = this.#highs.length - 1;
      const before = this.#highs[last];
      if (data === null && before !== undefined && lo <= next(before)) {
        if (hi > before) this.#highs[last] = hi;
        continue;
      }
      this.#lows.push(lo);
      this.#highs.push(hi);
      if (data !== null) this.#data.push(data[from]);
    }
  }

  /** Whether the value is in one of the spans, and what it may carry. */
  find(value: Span): { readonly found: Ternary; readonly data: readonly T[] } {
    let [low, high] = [0, this.#lows.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#lows[middle] as Num) <= value.lo) low = middle + 1;
      else high = middle;
    }
    const at = low - 1;
    const end = at < 0 ? undefined : this.#highs[at];
    if (end !== undefined && end >= value.hi) return { found: true, data: this.#at(at) };
    const data: T[] = [];
    let touched = false;
    if (end !== undefined && end >= value.lo) {
      touched = true;
      data.push(...this.#at(at));
    }
    for (let further = low; further < this.#lows.length && (this.#lows[further] as Num) <= value.hi; further += 1) {
      touched = true;
      if (this.#data.length === 0) break;
      data.push(...this.#at(further));
    }
    return { found: touched ? null : false, data };
  }

  #at(index: number): readonly T[] {
    const data = this.#data[index];
    return data === undefined ? [] : [data];
  }
}

function next(value: Num): Num {
  return typeof value === 'bigint' ? value + 1n : value + 1;
}
