/** DNS messages (RFC 1035): one question out, one judged reply back. dns-packet is the codec; it throws on bad bytes. */
import dnsPacket, { type DecodedPacket } from 'dns-packet';
import { isIP } from 'node:net';
import type { Failure } from '../model/failure.js';
import type { DnsRecord, DnsType } from '../model/observation.js';
import { failureOf } from './classify.js';

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly type: DnsType;
}

/** Recursion desired, no EDNS: what a stub resolver without options sends. */
export function encodeQuestion({ id, name, type }: Question): Buffer {
  return dnsPacket.encode({
    id,
    type: 'query',
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ name, type, class: 'IN' }],
  });
}

/** Why a message is not the reply to our question. */
export type Mismatch = 'undecodable' | 'wrong_id' | 'not_a_reply' | 'wrong_question';

export interface DnsAnswer {
  readonly rcode: string;
  readonly truncated: boolean;
  readonly answers: readonly DnsRecord[];
  readonly addresses: readonly string[];
  readonly cnames: readonly string[];
  readonly failure: Failure | null;
}

const MAX_RECORDS = 64;
const MAX_CHAIN = 16;

/** Judges a message against the question (RFC 5452 §9.1; the source address is the transport's to check). */
export function readReply(bytes: Buffer, question: Question): DnsAnswer | Mismatch {
  let packet: DecodedPacket;
  try {
    packet = dnsPacket.decode(bytes);
  } catch {
    return 'undecodable';
  }
  if (packet.id !== question.id) return 'wrong_id';
  if (packet.type !== 'response') return 'not_a_reply';
  const asked = packet.questions?.[0];
  const matches =
    packet.questions?.length === 1 &&
    asked !== undefined &&
    sameName(asked.name, question.name) &&
    asked.type === question.type &&
    (asked.class ?? 'IN') === 'IN';
  if (!matches) return 'wrong_question';
  return readAnswer(packet, question);
}

function readAnswer(packet: DecodedPacket, question: Question): DnsAnswer {
  // RFC 1035 §4.1.1; dns-packet's types leave it out.
  const rcode = (packet as { readonly rcode?: string }).rcode ?? 'NOERROR';
  const answers = (packet.answers ?? []).slice(0, MAX_RECORDS).map(recordOf);
  const { chain, looped } = follow(answers, question.name);
  const owner = chain.at(-1) ?? question.name;
  const found = answers.filter(
    ({ name, type, data }) => type === question.type && sameName(name, owner) && isIP(data) !== 0,
  );
  const addresses = looped ? [] : [...new Set(found.map(({ data }) => data))];
  return {
    rcode,
    truncated: packet.flag_tc,
    answers,
    addresses,
    cnames: chain,
    failure: failureOfAnswer(rcode, looped, addresses.length),
  };
}

/** Targets of the CNAME chain in order. A repeated name ends it and stays in, as evidence of the loop. */
function follow(answers: readonly DnsRecord[], start: string): { chain: readonly string[]; looped: boolean } {
  const chain: string[] = [];
  let current = start;
  while (chain.length < MAX_CHAIN) {
    const link = answers.find(({ name, type }) => type === 'CNAME' && sameName(name, current));
    if (link === undefined) return { chain, looped: false };
    const looped = [start, ...chain].some((name) => sameName(name, link.data));
    chain.push(link.data);
    if (looped) return { chain, looped };
    current = link.data;
  }
  return { chain, looped: true };
}

function failureOfAnswer(rcode: string, looped: boolean, addresses: number): Failure | null {
  switch (rcode) {
    case 'NOERROR':
      if (looped)
        return failureOf('dns_server_misbehaving', 'dns_query', rcode, 'the aliases in the answer form a loop');
      return addresses > 0 ? null : failureOf('dns_no_answer', 'dns_query', rcode, 'no address in the answer');
    case 'NXDOMAIN':
      return failureOf('dns_nxdomain_error', 'dns_query', rcode, 'the resolver says that the name does not exist');
    case 'SERVFAIL':
      return failureOf('dns_servfail_error', 'dns_query', rcode, 'the resolver could not find out');
    case 'REFUSED':
      return failureOf('dns_refused_error', 'dns_query', rcode, 'the resolver refuses to answer');
    default:
      return failureOf('dns_server_misbehaving', 'dns_query', rcode, `the resolver answered ${rcode}`);
  }
}

function recordOf(record: {
  readonly name: string;
  readonly type: string;
  readonly ttl?: number | undefined;
  readonly data?: unknown;
}): DnsRecord {
  return { name: record.name, type: record.type, ttl: record.ttl ?? 0, data: dataText(record.data) };
}

/** Data of other record types is shown, not used. */
function dataText(data: unknown): string {
  if (typeof data === 'string') return data;
  if (Buffer.isBuffer(data)) return data.toString('hex').slice(0, 500);
  try {
    return (JSON.stringify(data) ?? '').slice(0, 500);
  } catch {
    return '';
  }
}

/** Names compare without case (RFC 4343) and without the root dot. */
function sameName(a: string, b: string): boolean {
  return a.toLowerCase().replace(/\.$/, '') === b.toLowerCase().replace(/\.$/, '');
}
