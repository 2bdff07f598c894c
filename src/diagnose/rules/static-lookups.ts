/**
 * Names that a static Agent does not find although the programs of the host do (docs/reference/agent.md#t38): its C
 * library needs both questions answered and asks nobody but the nameservers. Shared by the rules that name what the
 * resolver said.
 */
import { isSilent } from '../../trace/silence.js';
import type { DnsQueryObservation } from '../../model/observation.js';
import { resolverName, type AnswerKind } from '../../trace/dns.js';
import type { Evidence } from '../evidence.js';
import { digCommand, remedy } from '../remedies.js';
import { hostList, sentence } from '../text.js';
import type { Cause, Draft, Wording } from '../rule.js';

/** Drafts about names whose deciding question ended like this. */
export function staticDrafts(ev: Evidence, ...kinds: readonly AnswerKind[]): readonly Draft[] {
  const decided = new Map<string, { query: DnsQueryObservation; legs: Draft['subject']['legs'] & object }>();
  for (const { leg, outcome, stops, rule } of ev.predictions) {
    const query = stops === null ? undefined : ev.byId.get(stops);
    if (outcome !== 'will_fail' || query?.operation !== 'dns_query' || rule === 'agent:dns.first_answer_counts')
      continue;
    const known = decided.get(query.id);
    decided.set(query.id, { query, legs: [...(known?.legs ?? []), leg] });
  }
  return [...decided.values()].flatMap(({ query, legs }): Draft[] => {
    const lookup = ev.dns.resolved.get(query.name);
    // Where the host's own look-up fails as well, it is no matter of how the Agent was built.
    if (lookup === undefined || !kinds.includes(kindOf(query))) return [];
    if (lookup.failure !== null && !isSilent(lookup)) return [];
    const asked = (ev.dns.answers.get(query.name) ?? []).flatMap(({ queries }) => queries);
    const alike = asked.filter(({ type, rcode }) => type === query.type && rcode === query.rcode);
    return [
      {
        subject: {
          hosts: [query.name],
          legs,
          resolvers: [...new Set(alike.map(({ resolver, resolverPort }) => resolverName(resolver, resolverPort)))],
        },
        evidence: [...alike.map(({ id }) => id), lookup.id],
        explains: alike.map(({ id }) => id),
        tags: query.rcode === null ? [] : ['rcode'],
        key: 'static',
        data: {
          static: true,
          type: query.type,
          rcode: query.rcode,
          others: lookup.failure === null,
          half: asked.some(({ addresses }) => addresses.length > 0),
        },
      },
    ];
  });
}

function kindOf(query: DnsQueryObservation): AnswerKind {
  switch (query.rcode) {
    case 'NXDOMAIN':
      return 'nxdomain';
    case 'SERVFAIL':
      return 'servfail';
    case 'REFUSED':
      return 'refused';
    case 'NOERROR':
      return query.addresses.length > 0 ? 'addresses' : 'no_data';
    case null:
      return query.failure === null || isSilent(query) ? 'silent' : 'unreachable';
    default:
      return 'other_rcode';
  }
}

/** Null for a cause that is no matter of the build. */
export function staticWords(cause: Cause): Wording | null {
  const { type, rcode, half, others } = cause.data;
  if (cause.data['static'] !== true) return null;
  const hosts = hostList(cause);
  const question = `${String(type)} records`;
  const ends = typeof rcode === 'string' ? `is answered with ${rcode}` : 'is not answered';
  return {
    title: `This static Agent cannot resolve ${hosts}${others === true ? ', although the programs of the host can' : ''}`,
    why: sentence(
      half === true
        ? `The question for ${question} of ${hosts} ${ends}; the other one of the two gives addresses.`
        : `The nameservers of resolv.conf have no address for ${hosts} (the question for ${question} ${ends}); the host knows it from another source.`,
      'A static build has a C library of its own: it asks the nameservers for A and AAAA at once and gives the name up unless both questions are answered; it takes NOERROR without records for an answer.',
      'It does not look at nsswitch.conf, at mDNS, or at what systemd-resolved knows beyond its stub.',
      others === true
        ? 'So getent and curl find the name here, and the Agent says "cannot resolve hostname".'
        : 'The programs of the host wait longer for the open question, and then go on with the answer that they have.',
    ),
    remedies: [
      remedy(
        'host',
        `Ask the DNS team to let the question for ${question} be answered: NOERROR, with or without records.`,
        {
          command: digCommand(cause.subject.resolvers[0], cause.subject.hosts[0]).replace(/ A$/, ` ${String(type)}`),
        },
      ),
      remedy('host', 'Or install the native package of the Agent, which looks names up as the other programs do.'),
    ],
  };
}
