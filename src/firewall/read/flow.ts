/** What is asked of a ruleset, and what comes out. */
import type { LocalFirewallRule } from '../../model/observation.js';
import { addressOf, ANY_32, point, type Num, type Span, type Ternary } from './spans.js';

/** A new outgoing TCP connection, or a UDP exchange. */
export interface Flow {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  /** Effective user and group of the process; null = unknown. */
  readonly uid: number | null;
  readonly gid: number | null;
  /** How the kernel would send it; null = unknown, but not over loopback. */
  readonly route: Route | null;
  /** Where marks lead that policy routing knows (`ip rule … fwmark`). */
  readonly marked?: readonly MarkedRoute[];
  /** Names that its first bytes carry in clear, as a ClientHello does. */
  readonly names?: readonly string[];
}

/** A packet whose mark, as far as the mask goes, is the value takes this route; null = it could not be looked up. */
interface MarkedRoute {
  readonly value: number;
  readonly mask: number;
  readonly route: Route | null;
}

/** Answer of a route look-up. */
export interface Route {
  readonly device: string;
  readonly source: string | null;
  /** `unicast`, `local`, … (ip-route(8)). */
  readonly type: string;
}

/** What a verdict may depend on besides packet and rules. */
export interface Host {
  /** First and last of the ports that the kernel chooses from. */
  readonly ephemeral: Span;
  /** Queues that a program listens to; null = unknown. */
  readonly queues: ReadonlySet<number> | null;
  /** Milliseconds since the epoch: some rules look at the clock. */
  readonly now: number;
  /** What packets of IPv4 begin with as hops left; null = unknown. */
  readonly ttl: number | null;
  /** It has policies of IPsec; null = unknown. */
  readonly ipsec: boolean | null;
  /** Devices that are bridges: what leaves by one passes the rules of bridges, too. Null = unknown. */
  readonly bridges: ReadonlySet<string> | null;
  /** Its connections may ask for explicit congestion notification, with two more flags in the SYN. */
  readonly ecn: boolean;
}

export const DEFAULT_EPHEMERAL: Span = { lo: 1024, hi: 65_535 };

/** A rule that bites, or perhaps does. */
export interface Hit {
  /** `nftables inet filter output handle 7`, `iptables OUTPUT rule 3`, … */
  readonly where: string;
  readonly manager: Manager;
  readonly text: string;
  readonly action: LocalFirewallRule['action'];
  /** It concerns the answer on its way in. */
  readonly inbound: boolean;
  /** What it says about the sender; null = nothing. */
  readonly owner: string | null;
  /** It lets the handshake of TCP through, and stops what follows. */
  readonly later: boolean;
}

export type Manager = 'nftables' | 'iptables (nft)' | 'iptables (legacy)';

/** What the rules do with a flow. `perhaps`: rules that could stop it and cannot be decided from here. */
export type Verdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'blocked'; readonly rule: Hit; readonly perhaps: readonly Hit[] }
  | {
      readonly kind: 'redirected';
      readonly rule: Hit;
      /** Where to; null = as the packet had it. */
      readonly to: { readonly address: Num | null; readonly port: number | null };
      readonly perhaps: readonly Hit[];
    }
  | { readonly kind: 'uncertain'; readonly perhaps: readonly Hit[] }
  | { readonly kind: 'not_read'; readonly why: 'too_large' };

/** The way through the hooks, as far as rules can tell them apart. */
export type Hook =
  | 'output'
  | 'egress'
  | 'postrouting'
  | 'ingress'
  | 'prerouting'
  | 'input'
  | 'bridge_output'
  | 'bridge_postrouting'
  | 'bridge_prerouting'
  | 'bridge_input';

export const TCP = 6;
export const UDP = 17;
const SYN = 2;
const SYN_ACK = 18;
const ACK = 16;
const PSH_ACK = 24;

/** Some device, only not loopback. No device's name has a slash in it. */
export const UNKNOWN_DEVICE = '/';

/** One packet at one point of its way. */
export interface Packet {
  readonly hook: Hook;
  /** The answer to our packet, on its way in. */
  readonly answer: boolean;
  readonly family: 4 | 6;
  readonly protocol: number;
  readonly source: Span | null;
  readonly destination: Span | null;
  readonly sourcePort: Span;
  readonly destinationPort: Span;
  /** Where conntrack says that the flow began; before any translation. */
  readonly original: { readonly destination: Span | null; readonly port: Span };
  /** `''` = there is none at this hook. */
  readonly iif: string;
  readonly oif: string;
  readonly flags: number;
  /** Of the IP packet, in bytes. */
  readonly length: Span;
  /** What its data surely contains; null = it has data, and what is in it is not known. */
  readonly carries: readonly string[] | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly mark: Span;
  readonly connMark: Span;
  /** Class of service (RFC 2474); null = a rule has set another one. */
  readonly dscp: number | null;
  /** Hops left; null = a rule has set another number, or unknown. */
  readonly ttl: number | null;
  /** False once something said `notrack`; null = perhaps. */
  readonly tracked: boolean | null;
  /** Its destination was translated; null = perhaps. */
  readonly translated: Ternary;
  /** Conntrack has not seen it yet at this priority. */
  readonly untouched: boolean;
  /** Names of ipsets that this flow's packets have been put into, or taken out of, or perhaps. */
  readonly changedSets: readonly string[];
  /** Not the first packet of ours: the handshake is done. */
  readonly later: boolean;
  /** Of an answer: conntrack has seen the request; null = perhaps. */
  readonly begun: boolean | null;
  /** Types of the two addresses as the routing table has them; null = unknown. */
  readonly sourceType: string | null;
  readonly destinationType: string | null;
}

const nothing = (family: 4 | 6): Span => (family === 4 ? ANY_32 : { lo: 0n, hi: (1n << 128n) - 1n });

export function requestOf(flow: Flow, host: Host): Packet {
  const family = flow.address.includes(':') ? 6 : 4;
  const address = addressOf(flow.address);
  const source = flow.route?.source === null || flow.route === null ? null : addressOf(flow.route.source);
  const destination = address === null ? null : point(address);
  return {
    hook: 'output',
    answer: false,
    family,
    protocol: flow.protocol === 'tcp' ? TCP : UDP,
    source: source === null ? nothing(family) : point(source),
    destination,
    sourcePort: host.ephemeral,
    destinationPort: point(flow.port),
    original: { destination, port: point(flow.port) },
    iif: '',
    oif: flow.route?.device ?? UNKNOWN_DEVICE,
    flags: flow.protocol === 'tcp' ? SYN : 0,
    length: flow.protocol === 'tcp' ? bare(family) : { lo: family === 4 ? 40 : 60, hi: 1500 },
    carries: flow.protocol === 'tcp' ? [] : null,
    uid: flow.uid,
    gid: flow.gid,
    // Our sockets carry no mark of their own.
    mark: point(0),
    connMark: point(0),
    // Nor do they ask for a class of service.
    dscp: 0,
    ttl: family === 4 ? host.ttl : null,
    tracked: true,
    translated: false,
    untouched: false,
    changedSets: [],
    later: false,
    begun: true,
    sourceType: 'local',
    destinationType: flow.route?.type ?? null,
  };
}

/** The answer to a request, with what the request left in conntrack. */
export function answerTo(request: Packet, sent: Packet): Packet {
  return {
    ...request,
    hook: 'prerouting',
    answer: true,
    source: request.destination,
    destination: request.source,
    sourcePort: request.destinationPort,
    destinationPort: request.sourcePort,
    iif: sent.oif,
    oif: '',
    flags: request.protocol === TCP ? SYN_ACK : 0,
    length: request.protocol === TCP ? bare(request.family) : { lo: request.family === 4 ? 40 : 60, hi: 65_535 },
    carries: request.protocol === TCP ? [] : null,
    ttl: null,
    mark: point(0),
    connMark: sent.connMark,
    changedSets: sent.changedSets,
    tracked: true,
    begun: sent.tracked,
    translated: sent.translated,
    sourceType: request.destinationType,
    destinationType: 'local',
  };
}

/** A segment without data: the header of IP, and one of TCP with as many options as fit (RFC 9293 section 3.1). */
const bare = (family: 4 | 6): Span => (family === 4 ? { lo: 40, hi: 80 } : { lo: 60, hi: 100 });

/** What follows the handshake: rules that let a SYN out may stop a bare ACK, or the first segment with data. */
export function laterOf(request: Packet, sent: Packet, names: readonly string[] | null): readonly Packet[] {
  const { connMark, changedSets, translated } = sent;
  const later = { ...request, later: true, connMark, changedSets, translated };
  // The smallest ClientHello of ours is about 250 bytes long; a question or a CONNECT may be shorter.
  const least = request.destinationPort.lo === 443 ? 290 : 60;
  return [
    { ...later, flags: ACK },
    { ...later, flags: PSH_ACK, length: { lo: least, hi: 65_535 }, carries: names },
  ];
}

/** The long part of an answer: certificates fill segments. */
export function laterAnswer(answer: Packet): Packet {
  return { ...answer, later: true, flags: ACK, length: { lo: 1000, hi: 65_535 }, carries: null };
}

export const CT_STATES = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 } as const;

/** What conntrack says of a packet, as nftables' bit; null = cannot tell. */
export function connState(packet: Packet): number | null {
  if (packet.tracked === null) return null;
  if (!packet.tracked) return CT_STATES.untracked;
  if (packet.untouched) return CT_STATES.invalid;
  if (!packet.answer) return packet.later ? CT_STATES.established : CT_STATES.new;
  if (packet.begun === null) return null;
  if (packet.begun) return CT_STATES.established;
  return packet.protocol === TCP ? CT_STATES.invalid : CT_STATES.new;
}

/** Whether conntrack holds a connection for the packet: rules that look at one match nothing without. */
export function hasConnection(packet: Packet): Ternary {
  const state = connState(packet);
  return state === null ? null : state !== CT_STATES.untracked && state !== CT_STATES.invalid;
}
