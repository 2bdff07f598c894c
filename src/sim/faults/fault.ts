/**
 * What a fault is: a name, a sentence, and an effect on one or more layers. A fault belongs to some hosts of the cloud;
 * the layers ask "is there an effect for this host" and otherwise behave.
 */
import type { ChainName } from '../certs/chains.js';
import type { DnsPlan, DnsQuestion } from '../dns/reply.js';
import type { ZoneAnswer } from '../dns/zone.js';
import type { HttpAnswer, HttpRequest, WireScript } from '../http/message.js';
import type { HostRole } from '../types.js';

type FaultLayer = 'dns' | 'tcp' | 'tls' | 'http' | 'service' | 'websocket' | 'mqtt';

export interface FaultDefinition {
  /** snake_case; what stands in a fault specification before `=` and `:`. */
  readonly name: string;
  /** One line for `lab list`. */
  readonly title: string;
  readonly layer: FaultLayer;
  /** Hosts it strikes when the specification names none. */
  readonly hosts: readonly HostRole[];
  /** null = takes none. */
  readonly parameter: { readonly meaning: string; readonly default: string } | null;
  /** Throws UsageError for a parameter it cannot use. */
  readonly effect: (parameter: string) => FaultEffect;
}

type Effect = FaultDefinition['effect'];
type Rest = readonly [effect: Effect] | readonly [parameter: FaultDefinition['parameter'], effect: Effect];

/** Writes faults of one layer, each in a line: name, title, what its parameter means if it takes one, effect. */
export function faultsOf(layer: FaultLayer, hosts: readonly HostRole[]) {
  return (name: string, title: string, ...rest: Rest): FaultDefinition => {
    const [parameter, effect] = rest.length === 2 ? rest : [null, rest[0]];
    return { name, title, layer, hosts, parameter, effect };
  };
}

/** What was read of a ClientHello before anything was answered. */
export interface ClientHello {
  readonly sni: string | null;
  readonly alpn: readonly string[];
  /** Size of the handshake records, in bytes. */
  readonly bytes: number;
}

export type HelloAction =
  | { readonly kind: 'serve'; readonly chain: ChainName; readonly newestVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' }
  | { readonly kind: 'stall' | 'reset' | 'close' }
  /** Bytes that are sent instead of a ServerHello. */
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly end: 'close' | 'keep' | 'flood' };

export interface MqttEffect {
  /** `silent`: no CONNACK at all; a number: that reason code; bytes: sent instead of a CONNACK. */
  readonly connack?: 'silent' | number | Buffer;
  readonly connackDelayMs?: number;
  readonly puback?: 'silent';
  /** The server ends the session with this reason code after some time. */
  readonly disconnect?: { readonly reasonCode: number; readonly afterMs: number };
}

export interface LinkEffect {
  /** Changes the lines of the 101 head (without the blank line). */
  readonly head?: (lines: readonly string[]) => readonly string[];
  /** What happens right behind the 101. */
  readonly afterUpgrade?: 'close' | 'reset' | 'ws_close';
  /** What happens when the first MQTT bytes arrive. */
  readonly onFirstBytes?: 'close' | 'reset';
  /** How bytes of MQTT become bytes of WebSocket; default one binary frame per packet. */
  readonly frames?: (payload: Buffer) => readonly Buffer[];
  /** A middlebox forgets the connection when nothing was sent for so long. */
  readonly idleCut?: { readonly afterMs: number; readonly how: 'fin' | 'reset' | 'silence' };
  /** The broker ends a link that has not sent CONNECT by then; pings do not count. */
  readonly loginWithinMs?: number;
  /** Something on the way resets every link after this time, idle or not. */
  readonly lifetimeMs?: number;
  /** WebSocket pings are never answered. */
  readonly ignoresPings?: boolean;
}

export interface FaultEffect {
  /** null = answer honestly. */
  readonly dns?: (question: DnsQuestion, honest: ZoneAnswer) => DnsPlan | null;
  /** The DNS effect strikes every name, also those that are not the cloud's. */
  readonly dnsAllNames?: boolean;
  /** `refused`: nobody listens there; `dropped`: SYNs are never answered; `reset`: RST right after accept. */
  readonly tcp?: 'refused' | 'dropped' | 'reset';
  /** null = go on as usual. */
  readonly hello?: (hello: ClientHello) => HelloAction | null;
  /** The effect on the ClientHello depends on the name in it only, not on the address it came to. */
  readonly helloByName?: boolean;
  readonly tlsDelayMs?: number;
  /** Somebody else answers, or the service answers with an error; null = the service answers. */
  readonly http?: (request: HttpRequest) => HttpAnswer | null;
  /** How answers of this host are put on the wire; null = as usual. */
  readonly frame?: (answer: HttpAnswer, request: HttpRequest) => WireScript | null;
  readonly httpDelayMs?: number;
  /** Changes the /env document; a string replaces the body as it is. */
  readonly env?: (document: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>> | string;
  /** The answer to the upgrade instead of 101; null = upgrade. */
  readonly upgrade?: (request: HttpRequest) => WireScript | null;
  readonly link?: LinkEffect;
  readonly mqtt?: MqttEffect;
}

/** A fault as asked for: effect and the hosts it strikes. */
export interface ActiveFault {
  /** As given, e.g. `403_page:api`. */
  readonly spec: string;
  readonly name: string;
  readonly hosts: readonly HostRole[];
  readonly effect: FaultEffect;
}
