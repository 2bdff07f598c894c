/**
 * Stable stand-ins for names and addresses. The first run of a report decides the order (this host first, then
 * proxies, then the rest), so two runs of one host agree; handing the private map of an earlier redaction in keeps
 * them equal for certain, also across hosts. Addresses come from the documentation ranges (RFC 5737, RFC 3849),
 * then from the benchmarking range (RFC 2544); names from `.example` (RFC 2606).
 * With a key a stand-in is the key's HMAC of what it stands for: equal on all hosts that know the key, without anything
 * that goes from one to the other, and without a way back for whoever does not. So many need more room than the ranges
 * above have: IPv4 then comes from what is reserved (RFC 1112 section 4).
 */
import { createHmac } from 'node:crypto';
import { formatAddress } from '../../addresses/address.js';

/** What stood where: kept apart from the report, mode 0600. */
export interface RedactionMap {
  readonly schema: 'netdata-egress/redaction-map';
  readonly version: 1;
  /** Original → stand-in. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly addresses: Readonly<Record<string, string>>;
  readonly users: Readonly<Record<string, string>>;
}

type Section = 'hosts' | 'addresses' | 'users';

function ipv4(n: number): string {
  const blocks = ['192.0.2', '198.51.100', '203.0.113'];
  const block = blocks[Math.floor(n / 254)];
  if (block !== undefined) return `${block}.${(n % 254) + 1}`;
  const rest = (n - 254 * blocks.length) % (2 * 65_536);
  return `198.${18 + Math.floor(rest / 65_536)}.${Math.floor(rest / 256) % 256}.${rest % 256}`;
}

/** More stand-ins than any report needs; beyond it they repeat. */
const MOST = 100_000;

const MAKERS: Readonly<Record<'host' | 'user' | 4 | 6, (n: number) => string>> = {
  host: (n) => `host-${n + 1}.example`,
  user: (n) => `user-${n + 1}`,
  4: ipv4,
  6: (n) => `2001:db8::${(n + 1).toString(16)}`,
};

type Maker = keyof typeof MAKERS;

/** 240.0.0.0 to 254.255.255.255: what begins with 255 is a netmask. */
const KEYED_4 = { first: 240n << 24n, size: 15n << 24n };
/** 2001:db8::/32, without what is counted up in it from its beginning. */
const KEYED_6 = { first: (0x20010db8n << 96n) + (1n << 64n), size: (1n << 96n) - (1n << 64n) };
/** 48 bits: in a fleet of 100,000 names two share one with a chance of 1 in 50,000. */
const KEYED_NAME = 1n << 48n;

const KEYED: Readonly<Record<Maker, (digest: bigint) => string>> = {
  host: (digest) => `host-${digest % KEYED_NAME}.example`,
  user: (digest) => `user-${digest % KEYED_NAME}`,
  4: (digest) => formatAddress(4, KEYED_4.first + (digest % KEYED_4.size)),
  6: (digest) => formatAddress(6, KEYED_6.first + (digest % KEYED_6.size)),
};

/** Whether an address is of the kind that stands for an IPv4 address under a key. */
export const isKeyedStandIn = (family: 4 | 6, value: bigint): boolean =>
  family === 4 && value >= KEYED_4.first && value < KEYED_4.first + KEYED_4.size;

/** Of 256 bits: what is taken from them by division is as good as evenly spread. */
function digestOf(key: string, parts: readonly string[]): bigint {
  const hmac = createHmac('sha256', key).update(JSON.stringify(parts));
  return BigInt(`0x${hmac.digest('hex')}`);
}

export class Pseudonyms {
  readonly #key: string | null;
  readonly #maps: Record<Section, Map<string, string>>;
  readonly #used: Set<string>;
  readonly #next = new Map<string, number>();

  /**
   * `taken`: stand-ins that already occur in the report and must not be given again. `key`: stand-ins follow from it
   * instead of being counted.
   */
  constructor(earlier: RedactionMap | null, taken: Iterable<string>, key: string | null = null) {
    this.#key = key;
    this.#maps = {
      hosts: new Map(Object.entries(earlier?.hosts ?? {})),
      addresses: new Map(Object.entries(earlier?.addresses ?? {})),
      users: new Map(Object.entries(earlier?.users ?? {})),
    };
    this.#used = new Set([...taken, ...Object.values(this.#maps).flatMap((map) => [...map.values()])]);
  }

  #give(section: Section, maker: Maker, original: string): string {
    const known = this.#maps[section].get(original);
    if (known !== undefined) return known;
    const key = this.#key;
    const make =
      key === null
        ? MAKERS[maker]
        : // The second try is for two originals of one report that would share a stand-in.
          (n: number) => KEYED[maker](digestOf(key, [String(maker), original, ...(n === 0 ? [] : [String(n)])]));
    let n = key === null ? (this.#next.get(String(maker)) ?? 0) : 0;
    while (this.#used.has(make(n)) && n < MOST) n += 1;
    const standIn = make(n);
    this.#next.set(String(maker), n + 1);
    this.#used.add(standIn);
    this.#maps[section].set(original, standIn);
    return standIn;
  }

  host(name: string): string {
    return this.#give('hosts', 'host', name.toLowerCase().replace(/\.$/, ''));
  }

  /** `canonical` = one spelling per address. */
  address(canonical: string, family: 4 | 6): string {
    return this.#give('addresses', family, canonical);
  }

  user(name: string): string {
    return this.#give('users', 'user', name);
  }

  toMap(): RedactionMap {
    const section = (name: Section) => Object.fromEntries(this.#maps[name]);
    return {
      schema: 'netdata-egress/redaction-map',
      version: 1,
      hosts: section('hosts'),
      addresses: section('addresses'),
      users: section('users'),
    };
  }
}
