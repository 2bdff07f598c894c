/** Resolvers that fail, give false answers or answer late. */
import { isIPv6 } from 'node:net';
import type { Answer } from 'dns-packet';
import type { DnsPlan, DnsQuestion, DnsReply, Rcode } from '../dns/reply.js';
import type { ZoneAnswer } from '../dns/zone.js';
import { type FaultDefinition, type FaultEffect, faultsOf } from './fault.js';
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

const dns = faultsOf('dns', HOST_ROLES);

export const DNS_FAULTS: readonly FaultDefinition[] = [
  dns('nxdomain', 'The name does not exist', () => rcodeOnly('NXDOMAIN')),
  dns('nodata', 'The name exists but has no addresses', () => rcodeOnly('NOERROR')),
  dns('servfail', 'The resolver answers SERVFAIL', () => rcodeOnly('SERVFAIL')),
  dns('refused', 'The resolver answers REFUSED', () => rcodeOnly('REFUSED')),
  dns('notimp', 'The resolver answers NOTIMP', () => rcodeOnly('NOTIMP')),
  dns('dns_silent', 'The resolver stays silent about this name and answers others', () => ({ dns: () => SILENCE })),
  dns('dns_dead', 'The resolver stays silent about every name', () => ({
    dns: () => ({ ...SILENCE, refuseTcp: true }),
    dnsAllNames: true,
  })),
  dns('dns_wrong_id', 'Replies carry another transaction id', () => bent({ idOffset: 1 })),
  dns('dns_wrong_question', 'Replies are about another name', () => bent({ questionName: 'other.example.test' })),
  dns('dns_forged_first', 'A forged reply with a wrong id arrives before the right one', () => ({
    dns: (question, honest) => ({
      packets: [{ rcode: 'NOERROR', answers: forged(question, FORGED_ADDRESS), idOffset: 77 }, honest],
    }),
  })),
  dns('dns_loop', 'Aliases that point at each other', () => ({
    dns: (question) => ({ packets: [{ rcode: 'NOERROR', answers: loop(question) }] }),
  })),
  dns('dns_garbage', 'Bytes that are no DNS message', () => ({
    dns: () => ({ packets: [Buffer.from('this is not a DNS message, and it never was one')] }),
  })),
  dns('dns_truncated', 'UDP replies are truncated, TCP works', () => bent({ truncated: true })),
  dns('dns_truncated_no_tcp', 'UDP replies are truncated, TCP is closed without an answer', () => ({
    dns: (_question, honest) => ({ packets: [{ ...honest, truncated: true }], refuseTcp: true }),
  })),
  dns('sinkhole', 'A filter answers with an address of nobody', { meaning: 'address', default: '0.0.0.0' }, (text) =>
    answerWith(addressParameter('sinkhole', text)),
  ),
  dns('private_answer', 'Split horizon: a private address', { meaning: 'address', default: '10.64.0.1' }, (text) =>
    answerWith(addressParameter('private_answer', text)),
  ),
  dns(
    'dns_answer',
    'Any other address instead of the right one',
    { meaning: 'address', default: FORGED_ADDRESS },
    (text) => answerWith(addressParameter('dns_answer', text)),
  ),
  dns('dns_slow', 'Right answers, late', { meaning: 'seconds', default: '2' }, (text) => {
    const delayMs = secondsParameter('dns_slow', text);
    return { dns: (_question, honest) => ({ packets: [honest], delayMs }) };
  }),
  dns('cname_chain', 'Right addresses behind three aliases (healthy)', () => ({
    dns: (question, honest) => ({ packets: [{ ...honest, answers: chained(question, honest) }] }),
  })),
  dns('aaaa_servfail', 'SERVFAIL for AAAA only', () => ({
    dns: (question) => (question.type === 'AAAA' ? { packets: [{ rcode: 'SERVFAIL', answers: [] }] } : null),
  })),
  dns('aaaa_silent', 'No answer for AAAA only', () => ({
    dns: (question) => (question.type === 'AAAA' ? SILENCE : null),
  })),
];
