/**
 * Stable stand-ins for names and addresses. The first run of a report decides the order (this host first, then
 * proxies, then the rest), so two runs of one host agree; handing the private map of an earlier redaction in keeps
 * them equal for certain, also across hosts. Addresses come from the documentation ranges (RFC 5737, RFC 3849),
 * then from the benchmarking range (RFC 2544); names from `.example` (RFC 2606).
 */

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

export class Pseudonyms {
  readonly #maps: Record<Section, Map<string, string>>;
  readonly #used: Set<string>;
  readonly #next = new Map<string, number>();

  /** `taken`: stand-ins that already occur in the report and must not be given again. */
  constructor(earlier: RedactionMap | null, taken: Iterable<string>) {
    this.#maps = {
      hosts: new Map(Object.entries(earlier?.hosts ?? {})),
      addresses: new Map(Object.entries(earlier?.addresses ?? {})),
      users: new Map(Object.entries(earlier?.users ?? {})),
    };
    this.#used = new Set([...taken, ...Object.values(this.#maps).flatMap((map) => [...map.values()])]);
  }

  #give(section: Section, maker: keyof typeof MAKERS, original: string): string {
    const known = this.#maps[section].get(original);
    if (known !== undefined) return known;
    const make = MAKERS[maker];
    let n = this.#next.get(String(maker)) ?? 0;
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
