/**
 * Addresses that an answer for a public service must not have: IANA's special-purpose registries
 * (RFC 6890 and its updates), multicast, and sinkholes. `never`: not even by an explicit exception.
 */
import { covers, parsePrefix, type Prefix } from './cidr.js';

export interface Bogon {
  readonly prefix: Prefix;
  readonly reason: string;
  readonly kind: 'private' | 'sinkhole' | 'special' | 'translated';
  readonly never: boolean;
}

type Row = readonly [cidr: string, kind: Bogon['kind'], reason: string, never?: 'never'];

const ROWS: readonly Row[] = [
  ['0.0.0.0/32', 'sinkhole', 'the unspecified address, used by DNS filters', 'never'],
  ['0.0.0.0/8', 'special', 'this network (RFC 791)', 'never'],
  ['10.0.0.0/8', 'private', 'private (RFC 1918)'],
  ['100.64.0.0/10', 'private', 'carrier-grade NAT (RFC 6598)'],
  ['127.0.0.0/8', 'sinkhole', 'loopback', 'never'],
  ['169.254.0.0/16', 'special', 'link-local (RFC 3927)', 'never'],
  ['172.16.0.0/12', 'private', 'private (RFC 1918)'],
  ['192.0.0.0/24', 'special', 'IETF protocol assignments (RFC 6890)'],
  ['192.0.2.0/24', 'special', 'documentation (RFC 5737)'],
  ['192.88.99.0/24', 'special', '6to4 relay anycast, withdrawn (RFC 7526)'],
  ['192.168.0.0/16', 'private', 'private (RFC 1918)'],
  ['198.18.0.0/15', 'special', 'benchmarking (RFC 2544), also used by fake-IP proxies'],
  ['198.51.100.0/24', 'special', 'documentation (RFC 5737)'],
  ['203.0.113.0/24', 'special', 'documentation (RFC 5737)'],
  ['224.0.0.0/4', 'special', 'multicast (RFC 5771)', 'never'],
  ['255.255.255.255/32', 'special', 'limited broadcast', 'never'],
  ['240.0.0.0/4', 'special', 'reserved (RFC 1112)'],
  ['::/128', 'sinkhole', 'the unspecified address, used by DNS filters', 'never'],
  ['::1/128', 'sinkhole', 'loopback', 'never'],
  ['::/96', 'special', 'IPv4-compatible, deprecated (RFC 4291)', 'never'],
  ['64:ff9b::/96', 'translated', 'NAT64: belongs to the local translator (RFC 6052)'],
  ['64:ff9b:1::/48', 'translated', 'local-use NAT64 (RFC 8215)'],
  ['100::/64', 'sinkhole', 'discard-only (RFC 6666)', 'never'],
  ['2001::/32', 'special', 'Teredo (RFC 4380)'],
  ['2001:2::/48', 'special', 'benchmarking (RFC 5180)'],
  ['2001:10::/28', 'special', 'ORCHID, deprecated (RFC 4843)'],
  ['2001:20::/28', 'special', 'ORCHIDv2 (RFC 7343)'],
  ['2001:db8::/32', 'special', 'documentation (RFC 3849)'],
  ['2002::/16', 'special', '6to4 (RFC 3056)'],
  ['3fff::/20', 'special', 'documentation (RFC 9637)'],
  ['5f00::/16', 'special', 'segment routing SIDs (RFC 9602)'],
  ['fc00::/7', 'private', 'unique local (RFC 4193)'],
  ['fe80::/10', 'special', 'link-local (RFC 4291)', 'never'],
  ['fec0::/10', 'private', 'site-local, deprecated (RFC 3879)'],
  ['ff00::/8', 'special', 'multicast (RFC 4291)', 'never'],
];

/** Most specific first, so that the reason given is the most telling one. */
export const BOGONS: readonly Bogon[] = ROWS.map(([cidr, kind, reason, never]) => ({
  prefix: parsePrefix(cidr),
  kind,
  reason,
  never: never === 'never',
})).sort((a, b) => b.prefix.length - a.prefix.length);

/**
 * The bogon that overlaps this prefix, or null when every address of it is a public one.
 * A wide prefix that merely contains a bogon counts as one too.
 */
export function findBogon(prefix: Prefix): Bogon | null {
  return BOGONS.find((bogon) => covers(bogon.prefix, prefix) || covers(prefix, bogon.prefix)) ?? null;
}

/** Why this prefix must not enter a rule, or null. `accepted`: ranges the operator named as genuine (on-prem, split DNS). */
export function rejectReason(prefix: Prefix, accepted: readonly Prefix[]): string | null {
  const bogons = BOGONS.filter((bogon) => covers(bogon.prefix, prefix) || covers(prefix, bogon.prefix));
  const excepted = accepted.some((range) => covers(range, prefix));
  const hit = bogons.find((bogon) => bogon.never || !excepted);
  if (hit === undefined) return null;
  return hit.kind === 'special' || hit.reason.startsWith(hit.kind) ? hit.reason : `${hit.kind}: ${hit.reason}`;
}
