/** Elements of nftables sets and maps, kept small while they are read and indexed when a rule first looks. */
import { UNKNOWN_DEVICE } from './flow.js';
import { addressOf, point, prefixSpan, SpanIndex, within, and, type Num, type Span, type Ternary } from './spans.js';
import { ABSENT, backwards, bitsOf, isObject, type Names, type Value } from './nft-values.js';

/** One side of a match that a value is held against. */
type Wanted = Span | string;

export interface Found {
  readonly found: Ternary;
  /** What the elements carry that the value is, or may be. */
  readonly data: readonly unknown[];
}

const NOWHERE: Found = { found: false, data: [] };
const CANNOT_TELL: Found = { found: null, data: [] };

/** A value as the right side of a match has it; names of numbers are looked up. */
export function wantedOf(raw: unknown, names: Names): Wanted | null {
  if (typeof raw === 'boolean') return point(Number(raw));
  if (typeof raw === 'string') {
    const address = addressOf(raw);
    if (address !== null) return point(address);
    const bits = bitsOf(raw, names);
    return bits === null ? raw : point(bits);
  }
  if (!isObject(raw)) {
    const bits = bitsOf(raw, names);
    return bits === null ? null : point(bits);
  }
  const prefix = raw['prefix'];
  if (isObject(prefix)) {
    const base = addressOf(String(prefix['addr']));
    const length = Number(prefix['len']);
    const most = typeof base === 'bigint' ? 128 : 32;
    return base === null || !Number.isInteger(length) || length < 0 || length > most ? null : prefixSpan(base, length);
  }
  const range = raw['range'];
  if (Array.isArray(range)) {
    const [low, high] = [wantedOf(range[0], names), wantedOf(range[1], names)];
    if (low === null || high === null || typeof low === 'string' || typeof high === 'string') return null;
    return { lo: low.lo, hi: high.hi };
  }
  const bits = bitsOf(raw, names);
  return bits === null ? null : point(bits);
}

/** A name as rules write it: with `*` at its end it stands for all that begin so. */
function isNamed(value: string, wanted: string): boolean {
  return wanted.endsWith('*') && !wanted.endsWith('\\*')
    ? value.startsWith(wanted.slice(0, -1))
    : value === wanted.replaceAll('\\*', '*');
}

export function compare(value: Value, wanted: Wanted | null): Ternary {
  if (value === ABSENT) return false;
  if (value === null || wanted === null) return null;
  if (value === UNKNOWN_DEVICE) return wanted === 'lo' ? false : null;
  if (typeof value === 'string' || typeof wanted === 'string')
    return typeof value === 'string' && typeof wanted === 'string' ? isNamed(value, wanted) : null;
  return within(value, wanted);
}

/** Elements; `data` beside each where it is a map. */
export class NftSet {
  readonly #raw: unknown[] = [];
  readonly #lows: Num[] = [];
  readonly #highs: Num[] = [];
  readonly #data: unknown[] = [];
  readonly #spanData: unknown[] = [];
  #index: SpanIndex<unknown> | null = null;
  #tuples: Tuples | null = null;
  /** An element for everything that no other covers. */
  #rest: { readonly data: unknown } | null = null;
  /** Elements carry a statement of their own (a limit, a quota). */
  #conditional = false;
  isMap = false;
  size = 0;

  /** Pairs make a map: no element of a set is a list. */
  add(element: unknown): void {
    this.size += 1;
    let key = element;
    let data: unknown;
    if (Array.isArray(element) && element.length === 2) {
      this.isMap = true;
      [key, data] = element as readonly unknown[];
    }
    if (isObject(key) && isObject(key['elem'])) {
      const { val, limit, quota } = key['elem'];
      if (limit !== undefined || quota !== undefined || 'ct count' in key['elem']) this.#conditional = true;
      key = val;
    }
    if (key === '*') {
      this.#rest = { data };
      return;
    }
    // Names wait for a rule to say what they are names of.
    const wanted = isObject(key) && 'concat' in key ? null : wantedOf(key, 'none');
    if (wanted === null || typeof wanted === 'string') {
      this.#raw.push(key);
      if (this.isMap) this.#data.push(data);
      return;
    }
    this.#lows.push(wanted.lo);
    this.#highs.push(wanted.hi);
    if (this.isMap) this.#spanData.push(data);
  }

  find(values: readonly Value[], names: readonly Names[]): Found {
    if (values.includes(ABSENT)) return NOWHERE;
    const other = values.length === 1 && names[0] === 'ether' ? backwards(values[0]) : null;
    const plain = this.#found(values, names);
    const found = plain.found === false && other !== null ? this.#found([other], names) : plain;
    if (found.found !== false && this.#conditional) return { found: null, data: found.data };
    if (this.#rest === null || found.found === true) return found;
    return found.found === false
      ? { found: true, data: [this.#rest.data] }
      : { found: null, data: [...found.data, this.#rest.data] };
  }

  #found(values: readonly Value[], names: readonly Names[]): Found {
    if (values.length > 1) {
      this.#tuples ??= new Tuples(this.#raw, this.isMap ? this.#data : null, names);
      return this.#tuples.find(values);
    }
    const value = values[0] ?? null;
    if (value === null || value === ABSENT)
      return this.size === 0 ? NOWHERE : { found: null, data: [...this.#spanData, ...this.#data].slice(0, 64) };
    let answer: Found = NOWHERE;
    for (const [at, key] of this.#raw.entries()) {
      const is = compare(value, wantedOf(key, names[0] ?? 'none'));
      if (is === true) return { found: true, data: this.isMap ? [this.#data[at]] : [] };
      if (is === null) answer = { found: null, data: [...answer.data, this.#data[at]] };
    }
    if (typeof value === 'string') return this.#lows.length > 0 ? CANNOT_TELL : answer;
    this.#index ??= new SpanIndex(this.#lows, this.#highs, this.isMap ? this.#spanData : null);
    const spans = this.#index.find(value);
    if (spans.found === true || answer.found === false) return spans;
    return { found: null, data: [...answer.data, ...spans.data] };
  }
}

/** Elements of several parts: exact ones by key, the others in a list. */
class Tuples {
  readonly #exact = new Map<string, unknown>();
  readonly #wide: { readonly parts: readonly (Wanted | null)[]; readonly data: unknown }[] = [];

  constructor(raw: readonly unknown[], data: readonly unknown[] | null, names: readonly Names[]) {
    raw.forEach((key, at) => {
      const list = isObject(key) ? key['concat'] : null;
      const parts = Array.isArray(list) ? list.map((part, index) => wantedOf(part, names[index] ?? 'none')) : [null];
      const name = parts.length === names.length ? keyOf(parts) : null;
      if (name === null) this.#wide.push({ parts, data: data?.[at] });
      else this.#exact.set(name, data?.[at]);
    });
  }

  find(values: readonly Value[]): Found {
    const key = keyOf(values);
    if (key !== null && this.#exact.has(key)) return { found: true, data: [this.#exact.get(key)] };
    const data: unknown[] = [];
    for (const { parts, data: carried } of this.#wide) {
      let is: Ternary = true;
      for (const [index, value] of values.entries()) {
        is = and(is, parts.length === values.length ? compare(value, parts[index] ?? null) : null);
        if (is === false) break;
      }
      if (is === true && data.length === 0) return { found: true, data: [carried] };
      if (is !== false) data.push(carried);
    }
    // A part that is not known may make any exact element the one.
    if (key === null && this.#exact.size > 0) {
      for (const [name, carried] of this.#exact) if (couldBe(name, values)) data.push(carried);
    }
    return data.length > 0 ? { found: null, data: data.slice(0, 64) } : NOWHERE;
  }
}

function keyOf(parts: readonly (Value | Wanted)[]): string | null {
  const texts: string[] = [];
  for (const part of parts) {
    if (part === null || part === ABSENT || part === UNKNOWN_DEVICE) return null;
    if (typeof part === 'string') {
      if (part.endsWith('*')) return null;
      texts.push(part);
    } else if (part.lo === part.hi) texts.push(String(part.lo));
    else return null;
  }
  return texts.join(' . ');
}

function couldBe(name: string, values: readonly Value[]): boolean {
  const texts = name.split(' . ');
  return values.every((value, index) => {
    const text = texts[index] ?? '';
    if (value === null || value === ABSENT) return true;
    if (value === UNKNOWN_DEVICE) return text !== 'lo';
    if (typeof value === 'string') return value === text;
    if (!/^\d+$/.test(text)) return false;
    const number = typeof value.lo === 'bigint' ? BigInt(text) : Number(text);
    return value.lo <= number && number <= value.hi;
  });
}
