/** One DNS reply as it goes on the wire (RFC 1035 §4, EDNS of RFC 6891), with the ways in which faults bend it. */
import * as dnsPacket from 'dns-packet';
import type { Answer, Packet } from 'dns-packet';

/** RFC 1035 §4.1.1. */
const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type Rcode = keyof typeof RCODES;

export interface DnsQuestion {
  /** As asked, case kept (some resolvers randomise it). */
  readonly name: string;
  readonly type: string;
  readonly transport: 'udp' | 'tcp';
}

/** What a reply says; everything that is not given follows the honest answer. */
export interface DnsReply {
  readonly rcode: Rcode;
  readonly answers: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly truncated?: boolean;
  /** Added to the transaction id: anything but 0 makes the reply one for another question. */
  readonly idOffset?: number;
  /** Name in the question section instead of the one asked. */
  readonly questionName?: string;
}

/** What the resolver does with a question: any number of packets in order, none = silence. Bytes go out as they are. */
export interface DnsPlan {
  readonly packets: readonly (DnsReply | Buffer)[];
  readonly delayMs?: number;
  /** TCP only: close the connection without an answer. */
  readonly refuseTcp?: boolean;
}

const RESPONSE_FLAGS = dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE;
/** RFC 1035 §4.2.1. */
const CLASSIC_UDP_BYTES = 512;

export function encodeReply(query: Packet, reply: DnsReply, transport: 'udp' | 'tcp'): Buffer {
  const opt = query.additionals?.find((record) => record.type === 'OPT');
  const build = (truncated: boolean): Buffer =>
    dnsPacket.encode({
      type: 'response',
      id: ((query.id ?? 0) + (reply.idOffset ?? 0)) & 0xffff,
      flags: RESPONSE_FLAGS | (truncated ? dnsPacket.TRUNCATED_RESPONSE : 0) | RCODES[reply.rcode],
      questions: (query.questions ?? []).map((question) => ({
        ...question,
        name: reply.questionName ?? question.name,
      })),
      answers: truncated ? [] : [...reply.answers],
      authorities: truncated ? [] : [...(reply.authorities ?? [])],
      additionals: opt
        ? [
            {
              type: 'OPT',
              name: '.',
              udpPayloadSize: 1232,
              flags: 0,
              ednsVersion: 0,
              extendedRcode: 0,
              flag_do: false,
              options: [],
            },
          ]
        : [],
    });
  const bytes = build(reply.truncated === true && transport === 'udp');
  const limit = opt?.type === 'OPT' ? Math.max(CLASSIC_UDP_BYTES, opt.udpPayloadSize) : CLASSIC_UDP_BYTES;
  return transport === 'udp' && bytes.length > limit ? build(true) : bytes;
}
