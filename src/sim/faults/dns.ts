/** Resolvers that fail, give false answers or answer late. */
import { isIPv6 } from 'node:net';
import type { Answer } from 'dns-packet';
import type { DnsPlan, DnsQuestion, DnsReply, Rcode } from '../dns/reply.js';
import type { ZoneAnswer } from '../dns/zone.js';
import type { FaultDefinition, FaultEffect } from './fault.js';
import { HOST_ROLES } from '../types.js';
import { addressParameter, secondsParameter } from './parameters.js';

const SILENCE: DnsPlan = { packets: [] };
/** A documentation address (RFC 5737): what a forged answer points to. */
const FORGED_ADDRESS = '203.0.113.99';

function rcodeOnly(rcode: Rcode): FaultEffect {
  return { dns: (_question, honest) => ({ packets: [{ rcode, answers: [], authorities: honest.authorities }] }) };
}

function forged(question: DnsQuestion, address: string): readonly Answer[] {
  const wanted = isIPv6(address) ? 'AAAA' : 'A';
  return question.type === wanted ? [{ type: wanted, name: question.name, ttl: 60, class: 'IN', data: address }] : [];
}

function answerWith(address: string): FaultEffect {
  return { dns: (question) => ({ packets: [{ rcode: 'NOERROR', answers: forged(question, address) }] }) };
}

function bent(bend: Partial<DnsReply>): FaultEffect {
  return { dns: (_question, honest) => ({ packets: [{ ...honest, ...bend }] }) };
}

function loop(question: DnsQuestion): readonly Answer[] {
  const other = `loop.${question.name}`;
  return [
    { type: 'CNAME', name: question.name, ttl: 60, class: 'IN', data: other },
    { type: 'CNAME', name: other, ttl: 60, class: 'IN', data: question.name },
  ];
}

/** The honest addresses at the end of three aliases. */
function chained(question: DnsQuestion, honest: ZoneAnswer): readonly Answer[] {
  const names = [question.name, 'edge.cloud.test', 'lb.eu.cloud.test', 'lb-7.eu.cloud.test'];
  const last = names.at(-1) ?? question.name;
  const aliases = names
    .slice(0, -1)
    .map((name, index): Answer => ({ type: 'CNAME', name, ttl: 60, class: 'IN', data: names[index + 1] ?? last }));
  return [...aliases, ...honest.answers.map((answer) => ({ ...answer, name: last }))];
}

const NO_PARAMETER = { layer: 'dns', hosts: HOST_ROLES, parameter: null } as const;

export const DNS_FAULTS: readonly FaultDefinition[] = [
  { ...NO_PARAMETER, name: 'nxdomain', title: 'The name does not exist', effect: () => rcodeOnly('NXDOMAIN') },
  {
    ...NO_PARAMETER,
    name: 'nodata',
    title: 'The name exists but has no addresses',
    effect: () => rcodeOnly('NOERROR'),
  },
  { ...NO_PARAMETER, name: 'servfail', title: 'The resolver answers SERVFAIL', effect: () => rcodeOnly('SERVFAIL') },
  { ...NO_PARAMETER, name: 'refused', title: 'The resolver answers REFUSED', effect: () => rcodeOnly('REFUSED') },
  { ...NO_PARAMETER, name: 'notimp', title: 'The resolver answers NOTIMP', effect: () => rcodeOnly('NOTIMP') },
  {
    ...NO_PARAMETER,
    name: 'dns_silent',
    title: 'The resolver stays silent about this name and answers others',
    effect: () => ({ dns: () => SILENCE }),
  },
  {
    ...NO_PARAMETER,
    name: 'dns_dead',
    title: 'The resolver stays silent about every name',
    effect: () => ({ dns: () => ({ ...SILENCE, refuseTcp: true }), dnsAllNames: true }),
  },
  {
    ...NO_PARAMETER,
    name: 'dns_wrong_id',
    title: 'Replies carry another transaction id',
    effect: () => bent({ idOffset: 1 }),
  },
  {
    ...NO_PARAMETER,
    name: 'dns_wrong_question',
    title: 'Replies are about another name',
    effect: () => bent({ questionName: 'other.example.test' }),
  },
  {
    ...NO_PARAMETER,
    name: 'dns_forged_first',
    title: 'A forged reply with a wrong id arrives before the right one',
    effect: () => ({
      dns: (question, honest) => ({
        packets: [{ rcode: 'NOERROR', answers: forged(question, FORGED_ADDRESS), idOffset: 77 }, honest],
      }),
    }),
  },
  {
    ...NO_PARAMETER,
    name: 'dns_loop',
    title: 'Aliases that point at each other',
    effect: () => ({ dns: (question) => ({ packets: [{ rcode: 'NOERROR', answers: loop(question) }] }) }),
  },
  {
    ...NO_PARAMETER,
    name: 'dns_garbage',
    title: 'Bytes that are no DNS message',
    effect: () => ({ dns: () => ({ packets: [Buffer.from('this is not a DNS message, and it never was one')] }) }),
  },
  {
    ...NO_PARAMETER,
    name: 'dns_truncated',
    title: 'UDP replies are truncated, TCP works',
    effect: () => bent({ truncated: true }),
  },
  {
    ...NO_PARAMETER,
    name: 'dns_truncated_no_tcp',
    title: 'UDP replies are truncated, TCP is closed without an answer',
    effect: () => ({ dns: (_question, honest) => ({ packets: [{ ...honest, truncated: true }], refuseTcp: true }) }),
  },
  {
    ...NO_PARAMETER,
    name: 'sinkhole',
    title: 'A filter answers with an address of nobody',
    parameter: { meaning: 'address', default: '0.0.0.0' },
    effect: (text) => answerWith(addressParameter('sinkhole', text)),
  },
  {
    ...NO_PARAMETER,
    name: 'private_answer',
    title: 'Split horizon: a private address',
    parameter: { meaning: 'address', default: '10.64.0.1' },
    effect: (text) => answerWith(addressParameter('private_answer', text)),
  },
  {
    ...NO_PARAMETER,
    name: 'dns_answer',
    title: 'Any other address instead of the right one',
    parameter: { meaning: 'address', default: FORGED_ADDRESS },
    effect: (text) => answerWith(addressParameter('dns_answer', text)),
  },
  {
    ...NO_PARAMETER,
    name: 'dns_slow',
    title: 'Right answers, late',
    parameter: { meaning: 'seconds', default: '2' },
    effect: (text) => {
      const delayMs = secondsParameter('dns_slow', text);
      return { dns: (_question, honest) => ({ packets: [honest], delayMs }) };
    },
  },
  {
    ...NO_PARAMETER,
    name: 'cname_chain',
    title: 'Right addresses behind three aliases (healthy)',
    effect: () => ({
      dns: (question, honest) => ({ packets: [{ ...honest, answers: chained(question, honest) }] }),
    }),
  },
  {
    ...NO_PARAMETER,
    name: 'aaaa_servfail',
    title: 'SERVFAIL for AAAA only',
    effect: () => ({
      dns: (question) => (question.type === 'AAAA' ? { packets: [{ rcode: 'SERVFAIL', answers: [] }] } : null),
    }),
  },
  {
    ...NO_PARAMETER,
    name: 'aaaa_silent',
    title: 'No answer for AAAA only',
    effect: () => ({ dns: (question) => (question.type === 'AAAA' ? SILENCE : null) }),
  },
];
