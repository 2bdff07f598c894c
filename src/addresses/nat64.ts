/**
 * IPv4 addresses inside IPv6 ones, as DNS64 writes them (RFC 6052, section 2.2). The well-known prefix says so by itself;
 * a prefix of the network's own shows where the rest of the address is an IPv4 address that the name has as well, and
 * then holds for every other name of the network. RFC 7050 would find it by asking for ipv4only.arpa: one more question
 * to a resolver that may not answer, and it tells nothing that three names with known addresses do not tell.
 */
import { formatAddress, parseAddress } from './address.js';

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

/** A prefix of a translator. */
export interface Nat64Prefix {
  readonly length: (typeof LENGTHS)[number];
  readonly bits: bigint;
}

export const WELL_KNOWN: Nat64Prefix = { length: 96, bits: 0x0064_ff9bn << 64n };

/**
 * The prefix of a translator in an IPv6 address of a name; null where it shows none.
 *
 * @param ipv4 addresses that the same name is known to have
 */
export function nat64PrefixIn(address: string, ipv4: ReadonlySet<string>): Nat64Prefix | null {
  const parsed = parseAddress(address);
  if (parsed === null || parsed.family !== 6) return null;
  const length = LENGTHS.find((length) => {
    const inside = embedded(parsed.value, length);
    return inside !== null && ipv4.has(formatAddress(4, inside));
  });
  return length === undefined ? null : { length, bits: parsed.value >> BigInt(128 - length) };
}

/** The IPv4 address that a translator (NAT64) with one of these prefixes reaches under an IPv6 address; else null. */
export function translatedAddress(address: string, prefixes: readonly Nat64Prefix[]): string | null {
  const parsed = parseAddress(address);
  if (parsed === null || parsed.family !== 6) return null;
  const prefix = prefixes.find(({ length, bits }) => parsed.value >> BigInt(128 - length) === bits);
  const inside = prefix === undefined ? null : embedded(parsed.value, prefix.length);
  return inside === null ? null : formatAddress(4, inside);
}
