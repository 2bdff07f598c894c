/**
 * What an address is, by IANA's registries of special-purpose addresses (RFC 6890 and its updates) and the ranges that
 * are withdrawn or deprecated but still answer for a filter. The one table of such ranges.
 */
import { parseAddress, type Address } from './address.js';
import { covers, tryParsePrefix, type Prefix } from './prefix.js';

export type AddressKind =
  | 'global'
  | 'private'
  | 'shared'
  | 'loopback'
  | 'unspecified'
  | 'link_local'
  | 'multicast'
  | 'documentation'
  | 'benchmarking'
  | 'translated'
  | 'mapped'
  | 'discard'
  | 'reserved'
  | 'invalid';

export interface SpecialRange {
  readonly prefix: Prefix;
  readonly kind: Exclude<AddressKind, 'global' | 'invalid'>;
  /** What it is, with its RFC, for people. */
  readonly name: string;
  /** No service of anybody's can be behind it as seen from another host, whatever an operator says. */
  readonly never: boolean;
}

type Row = readonly [cidr: string, kind: SpecialRange['kind'], name: string, never?: 'never'];

const ROWS: readonly Row[] = [
  ['0.0.0.0/32', 'unspecified', 'the unspecified address, used by DNS filters', 'never'],
  ['0.0.0.0/8', 'unspecified', 'this network (RFC 791)', 'never'],
  ['10.0.0.0/8', 'private', 'private (RFC 1918)'],
  ['100.64.0.0/10', 'shared', 'carrier-grade NAT (RFC 6598)'],
  ['127.0.0.0/8', 'loopback', 'loopback', 'never'],
  ['169.254.0.0/16', 'link_local', 'link-local (RFC 3927)', 'never'],
  ['172.16.0.0/12', 'private', 'private (RFC 1918)'],
  ['192.0.0.0/24', 'reserved', 'IETF protocol assignments (RFC 6890)'],
  ['192.0.2.0/24', 'documentation', 'documentation (RFC 5737)'],
  ['192.88.99.0/24', 'reserved', '6to4 relay anycast, withdrawn (RFC 7526)'],
  ['192.168.0.0/16', 'private', 'private (RFC 1918)'],
  ['198.18.0.0/15', 'benchmarking', 'benchmarking (RFC 2544), also used by fake-IP proxies'],
  ['198.51.100.0/24', 'documentation', 'documentation (RFC 5737)'],
  ['203.0.113.0/24', 'documentation', 'documentation (RFC 5737)'],
  ['224.0.0.0/4', 'multicast', 'multicast (RFC 5771)', 'never'],
  ['255.255.255.255/32', 'reserved', 'limited broadcast', 'never'],
  ['240.0.0.0/4', 'reserved', 'reserved (RFC 1112)'],
  ['::/128', 'unspecified', 'the unspecified address, used by DNS filters', 'never'],
  ['::1/128', 'loopback', 'loopback', 'never'],
  ['::/96', 'reserved', 'IPv4-compatible, deprecated (RFC 4291)', 'never'],
  ['64:ff9b::/96', 'translated', 'NAT64: belongs to the local translator (RFC 6052)'],
  ['64:ff9b:1::/48', 'translated', 'local-use NAT64 (RFC 8215)'],
  ['100::/64', 'discard', 'discard-only (RFC 6666)', 'never'],
  ['2001::/32', 'reserved', 'Teredo (RFC 4380)'],
  ['2001:2::/48', 'benchmarking', 'benchmarking (RFC 5180)'],
  ['2001:10::/28', 'reserved', 'ORCHID, deprecated (RFC 4843)'],
  ['2001:20::/28', 'reserved', 'ORCHIDv2 (RFC 7343)'],
  ['2001:db8::/32', 'documentation', 'documentation (RFC 3849)'],
  ['2002::/16', 'reserved', '6to4 (RFC 3056)'],
  ['3fff::/20', 'documentation', 'documentation (RFC 9637)'],
  ['5f00::/16', 'reserved', 'segment routing SIDs (RFC 9602)'],
  ['fc00::/7', 'private', 'unique local (RFC 4193)'],
  ['fe80::/10', 'link_local', 'link-local (RFC 4291)', 'never'],
  ['fec0::/10', 'private', 'site-local, deprecated (RFC 3879)'],
  ['ff00::/8', 'multicast', 'multicast (RFC 4291)', 'never'],
];

function rangeOf([cidr, kind, name, never]: Row): SpecialRange {
  const prefix = tryParsePrefix(cidr);
  if ('problem' in prefix) throw new RangeError(`${cidr} ${prefix.problem}`);
  return { prefix, kind, name, never: never === 'never' };
}

/** Most specific first, so that the name given is the most telling one. ::ffff:0:0/96 is no range but IPv4 in disguise. */
export const SPECIAL_RANGES: readonly SpecialRange[] = ROWS.map(rangeOf).sort(
  (a, b) => b.prefix.length - a.prefix.length,
);

function kindOf({ family, value }: Address): AddressKind {
  if (family === 6 && value >> 32n === 0xffffn) return 'mapped';
  const host: Prefix = { family, first: value, length: family === 4 ? 32 : 128 };
  return SPECIAL_RANGES.find(({ prefix }) => covers(prefix, host))?.kind ?? 'global';
}

export function addressKind(address: string | Address): AddressKind {
  const parsed = typeof address === 'string' ? parseAddress(address) : address;
  return parsed === null ? 'invalid' : kindOf(parsed);
}

/** This host itself, as a destination: loopback, or the unspecified address, which connects there. */
export function isThisHost(address: string | Address): boolean {
  const kind = addressKind(address);
  return kind === 'unspecified' || kind === 'loopback';
}

/** Inside a site: split horizon, a forward proxy, or a lie. */
export function isPrivate(address: string | Address): boolean {
  const kind = addressKind(address);
  return kind === 'private' || kind === 'shared' || kind === 'link_local';
}
