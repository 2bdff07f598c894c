/**
 * IPv4 and IPv6 text to numbers and back, strictly: dotted quads without leading zeros, RFC 4291 text without brackets
 * or zones; out comes RFC 5952. By hand and character by character, because lists of a hundred thousand addresses pass
 * here, because folders that open no sockets use it, and because libraries read octal and short forms.
 */

export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Bits of an address of each family. */
export const WIDTH = { 4: 32, 6: 128 } as const;

/** Upper 96 bits of ::ffff:0:0/96. */
const MAPPED_TOP = 0xffffn;
const COLON = 58;
const DOT = 46;

/** A dotted quad from `from` to the end of the text; -1 when it is none. */
function readIpv4(text: string, from: number): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (octet < 0 || ++dots > 3) return -1;
      value = value * 256 + octet;
      octet = -1;
    } else {
      const digit = code - 48;
      // A second digit behind a zero: octal to some, decimal to others.
      if (digit < 0 || digit > 9 || octet === 0) return -1;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return -1;
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

const scratch = new DataView(new ArrayBuffer(16));

/** Puts the groups behind `::` at the end, and zeros where they were. */
function closeGap(gap: number, count: number): void {
  const moved = count - gap;
  for (let i = 1; i <= moved; i++) {
    scratch.setUint16(2 * (8 - i), scratch.getUint16(2 * (count - i)));
  }
  for (let i = gap; i < 8 - moved; i++) scratch.setUint16(2 * i, 0);
}

function readIpv6(text: string): bigint | null {
  const end = text.length;
  let count = 0;
  let gap = -1;
  let group = 0;
  let digits = 0;
  let start = 0;
  // Only `::` may begin with a colon; its second one is met below.
  let i = text.charCodeAt(0) === COLON ? 1 : 0;
  if (end < 2 || (i === 1 && text.charCodeAt(1) !== COLON)) return null;
  while (i < end) {
    const code = text.charCodeAt(i++);
    const digit = hexDigit(code);
    if (digit >= 0) {
      if (++digits > 4) return null;
      group = group * 16 + digit;
    } else if (code === COLON) {
      start = i;
      if (digits === 0) {
        if (gap >= 0) return null;
        gap = count;
      } else {
        if (i === end || count > 7) return null;
        scratch.setUint16(2 * count++, group);
        group = 0;
        digits = 0;
      }
    } else {
      const low = code === DOT && count <= 6 ? readIpv4(text, start) : -1;
      if (low < 0) return null;
      scratch.setUint32(2 * count, low);
      count += 2;
      digits = 0;
      break;
    }
  }
  if (digits > 0) {
    if (count > 7) return null;
    scratch.setUint16(2 * count++, group);
  }
  if (gap < 0 ? count !== 8 : count > 7) return null;
  if (gap >= 0) closeGap(gap, count);
  return (scratch.getBigUint64(0) << 64n) | scratch.getBigUint64(8);
}

/** Null when the text is no address: also with brackets, a zone, octal or short forms, or anything around it. */
export function parseAddress(text: string): Address | null {
  if (text.includes(':')) {
    const value = readIpv6(text);
    return value === null ? null : { family: 6, value };
  }
  const value = readIpv4(text, 0);
  return value < 0 ? null : { family: 4, value: BigInt(value) };
}

export function isIPv6Text(text: string): boolean {
  return parseAddress(text)?.family === 6;
}

/** Network byte order: 4 or 16 of them. */
export function addressBytes({ family, value }: Address): readonly number[] {
  const bytes = WIDTH[family] / 8;
  return Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * (bytes - 1 - i))) & 255n));
}

/** The IPv4 address inside `::ffff:10.1.2.3`; null when there is none. */
export function mappedAddress({ family, value }: Address): Address | null {
  return family === 6 && value >> 32n === MAPPED_TOP ? { family: 4, value: value & 0xffffffffn } : null;
}

function formatIpv4(value: number): string {
  return `${String(value >>> 24)}.${String((value >>> 16) & 255)}.${String((value >>> 8) & 255)}.${String(value & 255)}`;
}

/** RFC 5952: lower case, no leading zeros, the longest run of zero groups (at least two, first wins) as `::`. */
function formatIpv6(value: bigint): string {
  const hex = value.toString(16).padStart(32, '0');
  const groups: string[] = [];
  for (let i = 0; i < 32; i += 4) groups.push(Number.parseInt(hex.slice(i, i + 4), 16).toString(16));
  let best = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === '0') end++;
    if (end - start > bestLength) {
      best = start;
      bestLength = end - start;
    }
    if (end > start) start = end;
  }
  if (best === -1) return groups.join(':');
  return `${groups.slice(0, best).join(':')}::${groups.slice(best + bestLength).join(':')}`;
}

export function formatAddress(family: 4 | 6, value: bigint): string {
  return family === 4 ? formatIpv4(Number(value)) : formatIpv6(value);
}
