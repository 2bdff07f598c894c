/**
 * One question to one resolver on the wire, so that NXDOMAIN, NODATA, SERVFAIL, REFUSED, silence and false answers are told
 * apart: getaddrinfo merges most of them. UDP with one retry, TCP when the reply is truncated, HTTPS for controls.
 */
import { randomInt } from 'node:crypto';
import { isIP } from 'node:net';
import { InvariantError } from '../model/errors.js';
import type { DnsQueryObservation, DnsTransport, DnsType } from '../model/observation.js';
import { failureOf } from './classify.js';
import type { NetContext, StepLabel } from './context.js';
import type { Question } from './dns-message.js';
import { askHttps, askTcp, askUdp, type Exchange } from './dns-transport.js';
import { socketPlace, StepClock } from './step.js';

export interface DnsInput {
  /** Address literal of the resolver. */
  readonly resolver: string;
  readonly port: number;
  /** Where the resolver was found. */
  readonly source: string;
  readonly name: string;
  readonly type: DnsType;
  /** Ask by HTTPS POST to this URL, at the resolver's address. */
  readonly dohUrl?: string;
  /** PEM roots for `dohUrl` instead of Node's. */
  readonly dohCa?: readonly string[];
  /** Skip UDP. */
  readonly overTcp?: boolean;
}

/** Longest name in text form (RFC 1035 §2.3.4). */
const MAX_NAME = 253;

export async function queryDns(ctx: NetContext, label: StepLabel, input: DnsInput): Promise<DnsQueryObservation> {
  const { resolver, port, source, name, type, dohUrl, dohCa } = input;
  if (isIP(resolver) === 0) throw new InvariantError('a resolver is given by its address');
  const release = await socketPlace(ctx);
  const step = new StepClock(ctx, label, 'dns_query');
  let transport: DnsTransport = dohUrl !== undefined ? 'doh' : input.overTcp === true ? 'tcp' : 'udp';
  let truncated = false;
  let ignoredReplies = 0;

  const ask = async (): Promise<Exchange> => {
    const blocked = release === null ? step.interrupted() : step.blocked();
    if (blocked !== null) return { answer: null, failure: blocked, ignoredReplies: 0 };
    if (!isAskable(name)) {
      const failure = failureOf('dns_no_answer', 'dns_query', null, 'not a name that DNS can carry');
      return { answer: null, failure, ignoredReplies: 0 };
    }
    const at = { address: resolver, port };
    // RFC 8484 §4.1: id 0, so that answers can be cached.
    const question: Question = { id: dohUrl === undefined ? randomInt(0x10000) : 0, name, type };
    if (dohUrl !== undefined) {
      return askHttps(step, { ...at, url: dohUrl, ...(dohCa === undefined ? {} : { ca: dohCa }) }, question);
    }
    if (transport === 'tcp') return askTcp(step, at, question);
    const first = await askUdp(step, at, question);
    if (first.answer?.truncated !== true) return first;
    truncated = true;
    transport = 'tcp';
    ignoredReplies = first.ignoredReplies;
    return askTcp(step, at, { ...question, id: randomInt(0x10000) });
  };
  const { answer, failure, ignoredReplies: ignored } = await ask();
  release?.();
  return step.save({
    ...step.base(resolver, failure),
    resolver,
    resolverPort: port,
    resolverSource: source,
    name,
    type,
    transport,
    rcode: answer?.rcode ?? null,
    truncated,
    answers: answer?.answers ?? [],
    addresses: answer?.addresses ?? [],
    cnames: answer?.cnames ?? [],
    ignoredReplies: ignoredReplies + ignored,
  });
}

function isAskable(name: string): boolean {
  const labels = name.replace(/\.$/, '').split('.');
  return name.length <= MAX_NAME && labels.every((label) => label.length > 0 && label.length <= 63);
}
