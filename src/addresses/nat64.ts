/**
 * IPv4 addresses inside IPv6 ones, as DNS64 writes them (RFC 6052, section 2.2). The well-known prefix says so by itself;
 * a prefix of the network's own shows where the rest of the address is an IPv4 address that the name has as well.
 */
import { formatAddress, parseAddress } from './address.js';

const WELL_KNOWN_TOP = 0x0064_ff9bn << 64n;

/** Lengths of the prefixes that RFC 6052 allows. */
const LENGTHS = [96, 64, 56, 48, 40, 32] as const;

/** The 32 bits behind a prefix; bits 64 to 71 are skipped, and null where they are not zero. */
function embedded(value: bigint, length: (typeof LENGTHS)[number]): bigint | null {
  if (length === 96) return value & 0xffff_ffffn;
  if (((value >> 56n) & 0xffn) !== 0n) return null;
  const before = 64 - length;
  const high = before === 0 ? 0n : (value >> 64n) & ((1n << BigInt(before)) - 1n);
  const rest = 32 - before;
  const low = rest === 0 ? 0n : (value >> BigInt(56 - rest)) & ((1n << BigInt(rest)) - 1n);
  return (high << BigInt(rest)) | low;
}

/**
 * The IPv4 address that a translator (NAT64) reaches under an IPv6 address; null where it is none.
 *
 * @param ipv4 addresses that the same name is known to have: they tell prefixes other than 64:ff9b::/96
 */
export function translatedAddress(address: string, ipv4: ReadonlySet<string>): string | null {
  const parsed = parseAddress(address);
  if (parsed === null || parsed.family !== 6) return null;
  if (parsed.value >> 32n === WELL_KNOWN_TOP) return formatAddress(4, parsed.value & 0xffff_ffffn);
  for (const length of LENGTHS) {
    const inside = embedded(parsed.value, length);
    if (inside === null) continue;
    const text = formatAddress(4, inside);
    if (ipv4.has(text)) return text;
  }
  return null;
}
