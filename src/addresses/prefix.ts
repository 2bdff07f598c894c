/**
 * Prefixes: strict parsing, RFC 5952 text, and aggregation that is exact, minimal, sorted and
 * independent of input order. Nothing lenient is read: no octal, no short forms, no zones, no mapped
 * addresses; `1.2.3.4/` and `/-1` are errors, not 0.0.0.0/0.
 */
import { formatAddress, mappedAddress, parseAddress, WIDTH } from './address.js';

export interface Prefix {
  readonly family: 4 | 6;
  /** Network address, host bits zero. */
  readonly first: bigint;
  readonly length: number;
}

/** Why a text is no prefix, or the prefix with its host bits as written. */
function read(text: string): { family: 4 | 6; value: bigint; length: number } | string {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  const parsed = parseAddress(address);
  if (parsed === null) return address.includes('%') ? 'zone ids are not allowed' : 'not an IP address';
  const { family, value } = parsed;
  if (mappedAddress(parsed) !== null) return 'IPv4-mapped addresses are not allowed';
  if (slash === -1) return { family, value, length: WIDTH[family] };
  const suffix = text.slice(slash + 1);
  const length = Number(suffix);
  if (!/^\d{1,3}$/.test(suffix) || String(length) !== suffix || length > WIDTH[family])
    return `the prefix length must be 0 to ${String(WIDTH[family])}`;
  return { family, value, length };
}

function network(family: 4 | 6, value: bigint, length: number): bigint {
  const host = BigInt(WIDTH[family] - length);
  return (value >> host) << host;
}

/**
 * Parses an address or CIDR. `hostBits: 'reject'` (the default) refuses 198.51.100.7/24, because
 * masking it silently would admit more than may have been meant.
 */
export function tryParsePrefix(text: string, hostBits: 'reject' | 'mask' = 'reject'): Prefix | { problem: string } {
  const parsed = read(text);
  if (typeof parsed === 'string') return { problem: parsed };
  const { family, value, length } = parsed;
  const first = network(family, value, length);
  if (first !== value && hostBits === 'reject') {
    const masked = formatPrefix({ family, first, length });
    const single = formatAddress(family, value);
    return { problem: `has bits set behind its prefix length; write ${masked} or ${single}` };
  }
  return { family, first, length };
}

/** Always with its length: `198.51.100.2/32`. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.family, prefix.first)}/${String(prefix.length)}`;
}

/** Without the length where it is a single host: `198.51.100.2`. */
export function formatShort(prefix: Prefix): string {
  return prefix.length === WIDTH[prefix.family] ? formatAddress(prefix.family, prefix.first) : formatPrefix(prefix);
}

export function isSingleHost(prefix: Prefix): boolean {
  return prefix.length === WIDTH[prefix.family];
}

/** True if every address of `inner` is in `outer`. */
export function covers(outer: Prefix, inner: Prefix): boolean {
  return (
    outer.family === inner.family &&
    outer.length <= inner.length &&
    network(inner.family, inner.first, outer.length) === outer.first
  );
}

/** Family first, then numerically, then the wider one first. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.first !== b.first) return a.first < b.first ? -1 : 1;
  return a.length - b.length;
}

/**
 * The smallest set of prefixes that covers exactly the same addresses, sorted. Input in any order,
 * families are never mixed.
 */
export function mergePrefixes(prefixes: readonly Prefix[]): Prefix[] {
  const v4: Prefix[] = [];
  const v6: Prefix[] = [];
  for (const prefix of prefixes) (prefix.family === 4 ? v4 : v6).push(prefix);
  return [...mergeIpv4(v4), ...mergeIpv6(v6)];
}

/** uint32 arithmetic in doubles: 2^32 fits, and it is an order of magnitude faster than BigInt. */
function mergeIpv4(prefixes: readonly Prefix[]): Prefix[] {
  const keys = new Float64Array(prefixes.length);
  // first * 64 + length stays below 2^38: one sortable double for each prefix.
  prefixes.forEach((prefix, i) => (keys[i] = Number(prefix.first) * 64 + prefix.length));
  keys.sort();
  const out: Prefix[] = [];
  let start = -1;
  let end = -1;
  const flush = (): void => {
    let at = start;
    while (at >= 0 && at < end) {
      let size = at === 0 ? 2 ** 32 : 2 ** Math.min(32, trailingZeros32(at));
      while (at + size > end) size /= 2;
      out.push({ family: 4, first: BigInt(at), length: 32 - Math.log2(size) });
      at += size;
    }
  };
  for (const key of keys) {
    const length = key % 64;
    const first = (key - length) / 64;
    const last = first + 2 ** (32 - length);
    if (start !== -1 && first <= end) {
      if (last > end) end = last;
    } else {
      flush();
      start = first;
      end = last;
    }
  }
  flush();
  return out;
}

function trailingZeros32(value: number): number {
  const int = value | 0;
  return int === 0 ? 32 : 31 - Math.clz32(int & -int);
}

/**
 * Binary-tree form of the same thing: after sorting, a prefix inside its predecessor is dropped and a
 * finished pair of siblings becomes its parent. No interval is ever built, so no 128-bit splitting.
 */
function mergeIpv6(prefixes: readonly Prefix[]): Prefix[] {
  const stack: Prefix[] = [];
  for (const prefix of prefixes.slice().sort(comparePrefixes)) {
    const top = stack.at(-1);
    if (top !== undefined && covers(top, prefix)) continue;
    let current = prefix;
    for (;;) {
      const left = stack.at(-1);
      if (left === undefined || left.length !== current.length || left.length === 0) break;
      const sibling = 1n << BigInt(128 - current.length);
      if ((left.first | sibling) !== current.first || (left.first & sibling) !== 0n) break;
      stack.pop();
      current = { family: 6, first: left.first, length: left.length - 1 };
    }
    stack.push(current);
  }
  return stack;
}
