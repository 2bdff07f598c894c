/** One form for rules of nftables and of both iptables, so that one walk judges all of them in the kernel's order. */
import { hasConnection, type Hook, type Host, type Manager, type Packet } from './flow.js';
import type { Only } from './rule-index.js';
import { ANY_32, type Num, type Span, type Ternary } from './spans.js';

export type Decision =
  | { readonly do: 'accept' | 'drop' | 'reject' | 'return' | 'continue' }
  /** A target that we do not know: it may let through, stop or do nothing. */
  | { readonly do: 'unknown' }
  | { readonly do: 'jump' | 'goto'; readonly chain: Chain | null }
  | { readonly do: 'queue'; readonly first: number; readonly last: number; readonly bypass: boolean }
  | { readonly do: 'redirect'; readonly address: Num | null; readonly port: number | null; readonly local: boolean }
  /** Another source address: the answer comes to that one first. */
  | { readonly do: 'translate_source' };

export type Step =
  | { readonly kind: 'match'; readonly test: (packet: Packet, host: Host) => Ternary }
  | { readonly kind: 'change'; readonly change: (packet: Packet, host: Host) => Packet }
  | { readonly kind: 'decide'; readonly decision: Decision }
  /** A verdict map: each decision that is possible; more than one, or `missing` null, when the key is not known. */
  | {
      readonly kind: 'look_up';
      readonly find: (
        packet: Packet,
        host: Host,
      ) => { readonly decisions: readonly Decision[]; readonly sure: boolean };
    };

/** A rule has set another class of service. */
export const RECLASSED: Step = { kind: 'change', change: (packet) => ({ ...packet, dscp: null }) };

/** A rule has set another number of hops left. */
export const RELIVED: Step = { kind: 'change', change: (packet) => ({ ...packet, ttl: null }) };

/** The packet's connection gets a mark; one without a connection has nowhere to keep it. */
export function markConnection(to: (packet: Packet, host: Host) => Span): Step {
  return {
    kind: 'change',
    change(packet, host) {
      const held = hasConnection(packet);
      if (held === false) return packet;
      return { ...packet, connMark: held === true ? to(packet, host) : ANY_32 };
    },
  };
}

/** A zone of its own: which packets conntrack takes for one connection then is not known. */
export const ZONED: Step = { kind: 'change', change: (packet) => ({ ...packet, tracked: null }) };

export interface Rule {
  readonly steps: readonly Step[];
  readonly where: string;
  /** As the program prints it. */
  readonly text: string;
  readonly owner: string | null;
  readonly only?: Only;
}

export interface Chain {
  readonly name: string;
  readonly rules: Rule[];
}

export interface BaseChain {
  readonly manager: Manager;
  readonly chain: Chain;
  readonly hook: Hook;
  readonly nat: boolean;
  /** Another mark of the packet sends it through the routing table again. */
  readonly reroutes: boolean;
  readonly priority: number;
  /** null = both. */
  readonly family: 4 | 6 | null;
  readonly drops: boolean;
  /** `nftables inet f input`, `iptables OUTPUT`: the policy is named after it. */
  readonly where: string;
  /** netdev: only packets of these devices pass here; null = all, or not known. */
  readonly devices: readonly string[] | null;
}

export interface Ruleset {
  readonly bases: readonly BaseChain[];
  /** Chains that see ARP: without it no IPv4 packet finds its way to the next hop. */
  readonly arp: readonly BaseChain[];
}
