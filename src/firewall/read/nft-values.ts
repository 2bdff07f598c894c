/** What nftables expressions say of a packet: the left sides of matches, as values; and the names of known values. */
import { connState, hasConnection, TCP, UDP, UNKNOWN_DEVICE, type Host, type Packet } from './flow.js';
import { addressOf, isPoint, point, type Num, type Span } from './spans.js';

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The packet has no such thing: no rule that looks at it matches, whatever it compares. */
export const ABSENT = Symbol('absent');

/** A span of numbers, a device's name, null = not known. */
export type Value = Span | string | null | typeof ABSENT;

/** Which table of names a value's numbers come from. */
export type Names =
  | 'clock'
  | 'day'
  | 'state'
  | 'direction'
  | 'protocol'
  | 'family'
  | 'ether'
  | 'flags'
  | 'route'
  | 'user'
  | 'packet'
  | 'none';

export interface Field {
  readonly names: Names;
  /** `in` asks for a bit of several, not for a member. */
  readonly bits: boolean;
  readonly of: (packet: Packet, host: Host) => Value;
}

const ROUTE_TYPES = ['unspec', 'unicast', 'local', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable', 'prohibit']; // prettier-ignore

const NAMES: Readonly<Record<Names, Readonly<Record<string, number>>>> = {
  clock: {},
  day: { sunday: 0, monday: 1, tuesday: 2, wednesday: 3, thursday: 4, friday: 5, saturday: 6 },
  state: { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 },
  direction: { original: 0, reply: 1 },
  protocol: { icmp: 1, igmp: 2, tcp: 6, udp: 17, dccp: 33, ipv6: 41, gre: 47, esp: 50, ah: 51, icmpv6: 58, 'ipv6-icmp': 58, comp: 108, sctp: 132, udplite: 136 }, // prettier-ignore
  family: { ipv4: 2, ipv6: 10 },
  ether: { ip: 0x0800, arp: 0x0806, vlan: 0x8100, ip6: 0x86dd },
  flags: { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ecn: 64, cwr: 128 },
  route: Object.fromEntries(ROUTE_TYPES.map((name, index) => [name, index])),
  user: { root: 0 },
  packet: { host: 0, unicast: 0, broadcast: 1, multicast: 2, other: 3 },
  none: {},
};

function numberOf(name: string, names: Names): number | null {
  if (names === 'clock') return clockOf(name);
  if (names === 'day') return NAMES.day[name.toLowerCase()] ?? null;
  return NAMES[names][name] ?? null;
}

/** `08:00`, `08:00:30` as seconds of the day; `2026-01-31 08:00:00` as seconds since the epoch: nft was told UTC. */
function clockOf(text: string): number | null {
  const [, hours, minutes, seconds = '0'] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text) ?? [];
  if (hours !== undefined) return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(`${text.trim().replace(' ', 'T')}Z`) : Number.NaN;
  return Number.isNaN(at) ? null : at / 1000;
}

/** The packet went out a little before we look. */
const LATE_S = 120;

/** Hours and days go by the kernel's zone, UTC or this host's: where the two differ, nobody can tell. */
function timed(key: string, { now }: Host): Value {
  const seconds = Math.floor(now / 1000);
  if (key === 'time') return { lo: seconds - LATE_S, hi: seconds };
  const zone = -new Date(now).getTimezoneOffset() * 60;
  const spans = [0, zone].map((shift) => {
    const local = seconds + shift;
    if (key === 'day') {
      const day = (at: number): number => (Math.floor(at / 86_400) + 4) % 7;
      return day(local) === day(local - LATE_S) ? day(local) : null;
    }
    return local % 86_400;
  });
  const [first, second] = spans;
  if (first === undefined || first === null || first !== second) return null;
  if (key === 'day') return point(first);
  return first < LATE_S ? null : { lo: first - LATE_S, hi: first };
}

const field = (of: Field['of'], names: Names = 'none', bits = false): Field => ({ of, names, bits });
const spanned = (number: number | null): Value => (number === null ? null : point(number));
const UNKNOWN = field(() => null);
const NONE = field(() => ABSENT);

/** A left side; what is not understood is not known of any packet. */
export function fieldOf(left: unknown): Field {
  if (!isObject(left)) return UNKNOWN;
  const { meta, payload, ct, fib, exthdr } = left;
  const { socket, rt } = left;
  if (isObject(rt)) return rt['key'] === 'ipsec' ? TUNNELLED : UNKNOWN;
  const option = left['tcp option'];
  if (isObject(option)) return optionField(String(option['name']), option['field']);
  if (isObject(socket)) return socketField(String(socket['key']));
  if (isObject(payload) && typeof payload['base'] === 'string') return bytesField(payload);
  if (isObject(meta)) return metaField(String(meta['key']));
  if (isObject(payload)) return payloadField(String(payload['protocol']), String(payload['field']));
  if (isObject(ct)) return ctField(String(ct['key']), ct['dir'], ct['family']);
  if (isObject(fib)) return fibField(String(fib['result']), fib['flags']);
  const { numgen } = left;
  if (isObject(numgen)) return numgen['mod'] === 1 ? field(() => point(Number(numgen['offset'] ?? 0))) : UNKNOWN;
  // Nothing of ours carries extension headers.
  if (isObject(exthdr)) return exthdr['field'] === undefined ? field(() => point(0)) : NONE;
  for (const [sign, count] of Object.entries(OPERATORS)) {
    const sides = left[sign];
    if (sign === '&' && Array.isArray(sides) && isWholePacket(sides[0], sides[1])) return WHOLE;
    if (Array.isArray(sides) && sides.length === 2) return computed(fieldOf(sides[0]), sides[1], count);
  }
  return UNKNOWN;
}

/** Where a packet lies within what it was cut from: ours are whole (the flags beside it are another matter). */
const WHOLE = field(({ family }) => (family === 4 ? point(0) : ABSENT));

function isWholePacket(left: unknown, mask: unknown): boolean {
  const payload = isObject(left) && isObject(left['payload']) ? left['payload'] : {};
  return payload['protocol'] === 'ip' && payload['field'] === 'frag-off' && typeof mask === 'number' && mask <= 0x3fff;
}

/** Without policies of IPsec nothing goes into a tunnel of theirs, or comes out of one. */
const TUNNELLED = field((_, { ipsec }) => (ipsec === false ? point(0) : null));

/** The largest segment is told with SYNs alone: no host takes less than a packet of 576 bytes (RFC 9293 section 3.7.1). */
function optionField(name: string, of: unknown): Field {
  if (name !== 'maxseg' || of !== 'size') return UNKNOWN;
  return field(({ protocol, flags }) => (protocol === TCP && (flags & 2) !== 0 ? { lo: 536, hi: 65_495 } : ABSENT));
}

const OPERATORS: Readonly<Record<string, (left: bigint, right: bigint) => bigint>> = {
  '&': (left, right) => left & right,
  '|': (left, right) => left | right,
  '^': (left, right) => left ^ right,
  '<<': (left, right) => BigInt.asUintN(32, left << right),
  '>>': (left, right) => left >> right,
};

function computed(inner: Field, operand: unknown, count: (left: bigint, right: bigint) => bigint): Field {
  const right = bitsOf(operand, inner.names);
  return {
    names: inner.names,
    bits: inner.bits,
    of(packet, host) {
      const value = inner.of(packet, host);
      if (value === ABSENT) return ABSENT;
      if (value === null || typeof value === 'string' || right === null || !isPoint(value)) return null;
      // Congestion notification sets flags of its own as the path is.
      if (inner.names === 'flags' && host.ecn && (Number(right) & ECN_FLAGS) !== 0) return null;
      const result = count(BigInt(value.lo), BigInt(right));
      return point(typeof value.lo === 'bigint' ? result : Number(result));
    },
  };
}

/** How `nft -n -j` (1.0.6 to 1.1) prints our types of frames where the machine's bytes stand the other way round. */
const BACKWARDS: ReadonlyMap<number, number> = new Map([
  [0x0008, 0x0800],
  [0xdd86, 0x86dd],
]);

/** A type of frames as `nft -n -j` may have printed it; null = it is none. */
export function backwards(value: Value | undefined): Value {
  if (value === undefined || value === null || value === ABSENT || typeof value === 'string' || !isPoint(value))
    return null;
  for (const [printed, meant] of BACKWARDS) if (Number(value.lo) === meant) return point(printed);
  return null;
}

/** A number, a name, an address, or several joined by `|`; null = not understood. */
export function bitsOf(value: unknown, names: Names): Num | null {
  if (typeof value === 'number') return (names === 'ether' ? BACKWARDS.get(value) : undefined) ?? value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string')
    return numberOf(value, names) ?? (/^(?:0x[\da-f]+|\d+)$/i.test(value) ? Number(value) : addressOf(value));
  const list = Array.isArray(value) ? (value as readonly unknown[]) : isObject(value) ? value['|'] : null;
  if (!Array.isArray(list)) return null;
  let sum = 0n;
  for (const one of list) {
    const bits = bitsOf(one, names);
    if (bits === null) return null;
    sum |= BigInt(bits);
  }
  return Number(sum);
}

function metaField(key: string): Field {
  switch (key) {
    case 'l4proto':
      return field(({ protocol }) => point(protocol), 'protocol');
    case 'nfproto':
      return field(({ family }) => point(family === 4 ? 2 : 10), 'family');
    case 'protocol':
      return field(({ family }) => point(family === 4 ? 0x0800 : 0x86dd), 'ether');
    case 'mark':
      return field(({ mark }) => mark);
    case 'skuid':
      return field(({ answer, uid }) => (answer ? null : spanned(uid)), 'user');
    case 'skgid':
      return field(({ answer, gid }) => (answer ? null : spanned(gid)), 'user');
    case 'iif':
    case 'iifname':
      return field(({ iif }) => iif);
    case 'oif':
    case 'oifname':
      return field(({ oif }) => oif);
    case 'ipsec':
    case 'secpath':
      return TUNNELLED;
    case 'hour':
    case 'time':
      return { names: 'clock', bits: false, of: (_, host) => timed(key, host) };
    case 'day':
      return { names: 'day', bits: false, of: (_, host) => timed(key, host) };
    case 'length':
      return field(({ length }) => length);
    case 'pkttype':
      return field(({ answer }) => (answer ? point(0) : null), 'packet');
    default:
      return UNKNOWN;
  }
}

/** Our sockets are neither transparent nor marked, and connected ones are no wildcards. */
function socketField(key: string): Field {
  return key === 'transparent' || key === 'mark' || key === 'wildcard' ? field(() => point(0)) : UNKNOWN;
}

/** `@th,16,16`: bits of a header by their place. */
function bytesField(payload: Json): Field {
  const place = `${String(payload['base'])},${String(payload['offset'])},${String(payload['len'])}`;
  const [family, of] = PLACES[place] ?? [null, () => null];
  return field((packet) => (family === null || packet.family === family ? of(packet) : null));
}

const PLACES: Readonly<Record<string, readonly [family: 4 | 6 | null, of: (packet: Packet) => Span | null]>> = {
  'th,0,16': [null, ({ sourcePort }) => sourcePort],
  'th,16,16': [null, ({ destinationPort }) => destinationPort],
  'nh,72,8': [4, ({ protocol }) => point(protocol)],
  'nh,96,32': [4, ({ source }) => source],
  'nh,128,32': [4, ({ destination }) => destination],
  'nh,48,8': [6, ({ protocol }) => point(protocol)],
};

const OTHER_PROTOCOLS = new Set(['udplite', 'icmp', 'icmpv6', 'igmp', 'sctp', 'dccp', 'esp', 'ah', 'comp', 'arp', 'vlan', 'gre']); // prettier-ignore

function payloadField(protocol: string, name: string): Field {
  if (protocol === 'ip' || protocol === 'ip6') {
    const family = protocol === 'ip' ? 4 : 6;
    const mine = (of: Field['of'], names: Names = 'none'): Field =>
      field((packet, host) => (packet.family === family ? of(packet, host) : ABSENT), names);
    if (name === 'saddr') return mine(({ source }) => source);
    if (name === 'daddr') return mine(({ destination }) => destination);
    if (name === 'length' && family === 4) return mine(({ length }) => length);
    // Our sockets ask for no class of service.
    if (name === 'dscp') return mine(({ answer, dscp }) => (answer || dscp === null ? null : point(dscp)));
    if (name === 'ttl') return mine(({ ttl }) => spanned(ttl));
    if (name === 'version') return mine(() => point(family));
    if (name === 'protocol' || name === 'nexthdr') return mine((packet) => point(packet.protocol), 'protocol');
    return mine(() => null);
  }
  if (protocol === 'tcp' || protocol === 'udp' || protocol === 'th') {
    const wanted = protocol === 'tcp' ? TCP : protocol === 'udp' ? UDP : null;
    const mine = (of: Field['of'], names: Names = 'none', bits = false): Field =>
      field((packet, host) => (wanted === null || packet.protocol === wanted ? of(packet, host) : ABSENT), names, bits);
    if (name === 'sport') return mine(({ sourcePort }) => sourcePort);
    if (name === 'dport') return mine(({ destinationPort }) => destinationPort);
    if (name === 'flags' && protocol === 'tcp') return mine(({ flags }) => point(flags), 'flags', true);
    return mine(() => null);
  }
  if (OTHER_PROTOCOLS.has(protocol)) return NONE;
  // Ours leave the IP layer without a link layer's header.
  if (protocol === 'ether')
    return field(({ answer, hook, family }) => {
      if (hook.startsWith('bridge_')) return name === 'type' ? point(family === 4 ? 0x0800 : 0x86dd) : null;
      return answer ? null : ABSENT;
    }, 'ether');
  return UNKNOWN;
}

const ECN_FLAGS = 64 | 128;

function ctField(key: string, dir: unknown, family: unknown): Field {
  const tracked = (of: Field['of'], names: Names = 'none', bits = false): Field =>
    field(
      (packet, host) => {
        const held = hasConnection(packet);
        return held === null ? null : held ? of(packet, host) : ABSENT;
      },
      names,
      bits,
    );
  switch (key) {
    case 'state':
      return field((packet) => spanned(connState(packet)), 'state', true);
    case 'direction':
      return tracked(({ answer }) => point(answer ? 1 : 0), 'direction');
    case 'mark':
      return tracked(({ connMark }) => connMark);
    case 'protocol':
      return tracked(({ protocol }) => point(protocol), 'protocol');
    case 'l3proto':
      return tracked((packet) => point(packet.family === 4 ? 2 : 10), 'family');
    default:
  }
  if (dir !== 'original') return UNKNOWN;
  if (key === 'daddr' || key === 'ip daddr' || key === 'ip6 daddr') {
    const wanted = family === 'ip6' || key === 'ip6 daddr' ? 6 : family === 'ip' || key === 'ip daddr' ? 4 : null;
    return tracked((packet) => (wanted === null || wanted === packet.family ? packet.original.destination : ABSENT));
  }
  return key === 'proto-dst' ? tracked(({ original }) => original.port) : UNKNOWN;
}

function fibField(result: string, flags: unknown): Field {
  const asked = Array.isArray(flags) ? flags.map(String) : [String(flags)];
  if (result === 'type') {
    const side = asked.includes('saddr') ? 'sourceType' : asked.includes('daddr') ? 'destinationType' : null;
    if (side === null || asked.includes('mark')) return UNKNOWN;
    return field((packet) => {
      const type = packet[side];
      return type === null ? null : spanned(numberOf(type, 'route'));
    }, 'route');
  }
  // Where the answer comes in is where the way to its sender leads out, as the route look-up said.
  if (asked.includes('saddr') && !asked.includes('mark'))
    return field(({ answer, iif }) => (answer && iif !== 'lo' && iif !== UNKNOWN_DEVICE ? iif : null));
  return UNKNOWN;
}
