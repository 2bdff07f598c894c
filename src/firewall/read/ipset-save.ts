/** Reads `ipset save` (ipset(8)) line by line, and answers whether a packet is in a set as the kernel would. */
import { TCP, UDP, UNKNOWN_DEVICE, type Packet } from './flow.js';
import { addressOf, isPoint, prefixSpan, spanOf, type Num, type Span, type Ternary } from './spans.js';

const PROTOCOLS: Readonly<Record<string, number>> = {
  tcp: TCP,
  udp: UDP,
  sctp: 132,
  udplite: 136,
  icmp: 1,
  icmpv6: 58,
};

/** A part of an element: how it is written, and what of the packet it is compared with. */
type Kind = 'ip' | 'net' | 'port' | 'iface' | 'mark' | 'mac' | 'set';

interface Group {
  /** Prefix length of each address in the elements of this group; null for what is no address. */
  readonly lengths: readonly (number | null)[];
  /** Elements by their masked text; the value says `nomatch`. */
  readonly members: Map<string, boolean>;
}

/** Many numbers in little room, sorted when one is first looked for. */
class Numbers {
  #values = new Float64Array(64);
  #count = 0;
  #sorted = true;

  add(value: number): void {
    if (this.#count === this.#values.length) {
      const more = new Float64Array(this.#count * 2);
      more.set(this.#values);
      this.#values = more;
    }
    this.#values[this.#count] = value;
    this.#count += 1;
    this.#sorted = false;
  }

  has(value: number): boolean {
    if (!this.#sorted) this.#values.subarray(0, this.#count).sort();
    this.#sorted = true;
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#values[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.#values[low] === value;
  }
}

class IpSet {
  readonly kinds: readonly Kind[];
  readonly #six: boolean;
  readonly #ports: boolean;
  readonly #mask: number | null;
  readonly #groups = new Map<string, Group>();
  /** Elements that are one IPv4 prefix, by length: the common kind, of which there may be very many. */
  readonly #prefixes = new Map<number, Numbers>();
  readonly members: string[] = [];
  /** Something in the set could not be read. */
  broken = false;

  constructor(type: string, words: readonly string[]) {
    const [method = '', kinds = ''] = type.split(':');
    this.kinds = kinds.split(',') as Kind[];
    this.#six = words[words.indexOf('family') + 1] === 'inet6';
    // A bitmap of ports asks for no protocol.
    this.#ports = method === 'bitmap';
    const mask = words.includes('netmask') ? Number(words[words.indexOf('netmask') + 1]) : null;
    this.#mask = mask !== null && Number.isInteger(mask) && mask >= 0 && mask <= 128 ? mask : null;
    // Of a bitmask (ipset 7.20) only netmask's kind of bits is understood.
    if (words.includes('bitmask') || words.includes('markmask') || (words.includes('netmask') && this.#mask === null))
      this.broken = true;
  }

  add(text: string, words: readonly string[]): void {
    if (this.kinds[0] === 'set') {
      this.members.push(text);
      return;
    }
    if (this.kinds.length === 1 && (this.kinds[0] === 'net' || this.kinds[0] === 'ip') && !text.includes('-')) {
      this.#addPrefix(text, words.includes('nomatch'));
      return;
    }
    const parts = this.#partsOf(text);
    if (parts === null) {
      this.broken = true;
      return;
    }
    for (const { key, lengths } of parts) {
      this.#groupOf(lengths).members.set(key, words.includes('nomatch'));
    }
  }

  #groupOf(lengths: Group['lengths']): Group {
    const name = lengths.join(' ');
    const group = this.#groups.get(name) ?? { lengths, members: new Map<string, boolean>() };
    this.#groups.set(name, group);
    return group;
  }

  #addPrefix(text: string, nomatch: boolean): void {
    const slash = text.indexOf('/');
    const base = addressOf(slash < 0 ? text : text.slice(0, slash));
    if (base === null) {
      this.broken = true;
      return;
    }
    const full = typeof base === 'bigint' ? 128 : 32;
    const length = Math.min(slash < 0 ? full : Number(text.slice(slash + 1)), this.#mask ?? full);
    if (!Number.isInteger(length) || length < 0) {
      this.broken = true;
      return;
    }
    const { lo } = prefixSpan(base, length);
    if (typeof lo === 'number' && !nomatch) {
      const numbers = this.#prefixes.get(length) ?? new Numbers();
      this.#prefixes.set(length, numbers);
      numbers.add(lo);
      // It decides for its length, whatever else there is.
      this.#groupOf([length]);
      return;
    }
    this.#groupOf([length]).members.set(String(lo), nomatch);
  }

  /** A bitmap of addresses is saved with ranges: they fall into several prefixes. */
  #partsOf(text: string): readonly { readonly key: string; readonly lengths: readonly (number | null)[] }[] | null {
    const texts = text.split(',');
    if (texts.length !== this.kinds.length) return null;
    let built: { keys: readonly string[]; lengths: readonly (number | null)[] }[] = [{ keys: [], lengths: [] }];
    for (const [index, part] of texts.entries()) {
      const options = this.#optionsOf(part, this.kinds[index] ?? 'mac');
      if (options === null) return null;
      built = built.flatMap(({ keys, lengths }) =>
        options.map(([key, length]) => ({ keys: [...keys, key], lengths: [...lengths, length] })),
      );
      if (built.length > 4096) return null;
    }
    return built.map(({ keys, lengths }) => ({ key: keys.join(','), lengths }));
  }

  #optionsOf(text: string, kind: Kind): readonly (readonly [string, number | null])[] | null {
    if (kind === 'ip' || kind === 'net') {
      const span = spanOf(text);
      if (span === null) return null;
      const full = typeof span.lo === 'bigint' ? 128 : 32;
      const least = this.#mask ?? full;
      return prefixesOf(span).map(({ base, length }) => {
        const bits = Math.min(length, least);
        return [String(prefixSpan(base, bits).lo), bits] as const;
      });
    }
    if (kind === 'port') {
      const [, protocol, range = ''] = /^(?:([\w-]+):)?(.*)$/.exec(text) ?? [];
      const [low = '', high = low] = range.split('-');
      const [from, to] = [Number(low), Number(high)];
      if (!Number.isInteger(from) || !Number.isInteger(to) || to - from > 65_535 || low === '') return null;
      const wanted = protocol === undefined ? (this.#ports ? '' : TCP) : (PROTOCOLS[protocol] ?? protocol);
      return Array.from({ length: to - from + 1 }, (_, index) => [`${wanted}:${from + index}`, null] as const);
    }
    if (kind === 'mark') return [[String(Number(text)), null]];
    return kind === 'iface' ? [[text, null]] : null;
  }

  /** `directions`: `src` or `dst` for each part. */
  has(packet: Packet, directions: readonly string[], sets: Sets, depth = 0): Ternary {
    if (this.kinds[0] === 'set') {
      let answer: Ternary = false;
      for (const member of this.members) {
        const set = sets.get(member);
        const found = set === undefined || depth > 8 ? null : set.has(packet, directions, sets, depth + 1);
        if (found === true) return true;
        if (found === null) answer = null;
      }
      return answer;
    }
    if (this.broken || directions.length < this.kinds.length) return null;
    if (this.kinds.some((kind) => kind === 'ip' || kind === 'net') && this.#six !== (packet.family === 6)) return false;
    // The narrowest prefix decides: `nomatch` makes an exception of a wider one.
    const groups = [...this.#groups.values()].toSorted((a, b) => narrowness(b) - narrowness(a));
    let unsure = false;
    for (const { lengths, members } of groups) {
      const [length = null] = lengths;
      const numbers = lengths.length === 1 && length !== null ? this.#prefixes.get(length) : undefined;
      if (members.size === 0 && numbers === undefined) continue;
      const keys = lengths.map((length, index) => this.#keyOf(packet, index, length, directions[index] ?? ''));
      if (keys.includes(undefined)) continue;
      if (keys.includes(null)) {
        unsure = true;
        continue;
      }
      const key = keys.join(',');
      const found = members.get(key) ?? (numbers?.has(Number(key)) === true ? false : undefined);
      if (found !== undefined) return unsure ? null : !found;
    }
    return unsure ? null : false;
  }

  /** What of the packet stands for this part; null = not known, undefined = the packet has no such thing. */
  #keyOf(packet: Packet, index: number, length: number | null, direction: string): string | null | undefined {
    const source = direction === 'src';
    const kind = this.kinds[index];
    if (kind === 'ip' || kind === 'net') {
      const span = source ? packet.source : packet.destination;
      if (span === null || length === null) return null;
      const [low, high] = [prefixSpan(span.lo, length).lo, prefixSpan(span.hi, length).lo];
      return low === high ? String(low) : null;
    }
    if (kind === 'port') {
      const span: Span = source ? packet.sourcePort : packet.destinationPort;
      if (!isPoint(span)) return null;
      return `${this.#ports ? '' : packet.protocol}:${String(span.lo)}`;
    }
    if (kind === 'mark') return isPoint(packet.mark) ? String(packet.mark.lo) : null;
    if (kind !== 'iface') return null;
    const device = source ? packet.iif : packet.oif;
    return device === UNKNOWN_DEVICE ? null : device;
  }
}

const narrowness = ({ lengths }: Group): number => lengths.reduce<number>((sum, length) => sum + (length ?? 0), 0);

/** The fewest prefixes that make up a span; a single one for what is written as one. */
function prefixesOf({ lo, hi }: Span): readonly { readonly base: Num; readonly length: number }[] {
  const full = typeof lo === 'bigint' ? 128 : 32;
  const found: { base: Num; length: number }[] = [];
  let base = lo;
  for (let left = 0; left < 256 && base <= hi; left += 1) {
    let length = full;
    while (length > 0) {
      const wider = prefixSpan(base, length - 1);
      if (wider.lo !== base || wider.hi > hi) break;
      length -= 1;
    }
    found.push({ base, length });
    const end = prefixSpan(base, length).hi;
    base = typeof end === 'bigint' ? end + 1n : end + 1;
  }
  return found;
}

/** Sets by name; one that is not here cannot be evaluated. */
export type Sets = ReadonlyMap<string, IpSet>;

export class IpsetReader {
  readonly sets = new Map<string, IpSet>();
  /** Elements read; the caller stops at a number of its choice. */
  elements = 0;

  /** One line of `ipset save`. */
  line(text: string): void {
    // Nearly all lines of a large set: a name and an address.
    const [first, second] = [text.indexOf(' '), text.indexOf(' ', 4)];
    if (first === 3 && second > 0 && text.startsWith('add') && !text.includes(' ', second + 1)) {
      this.elements += 1;
      this.sets.get(text.slice(4, second))?.add(text.slice(second + 1), []);
      return;
    }
    const words = text.split(' ');
    const [verb, name = '', what = ''] = words;
    if (verb === 'create') this.sets.set(name, new IpSet(what, words.slice(3)));
    else if (verb === 'add') {
      this.elements += 1;
      this.sets.get(name)?.add(what, words.slice(3));
    }
  }
}
