/**
 * Names that an Agent built with musl, as static builds are, does not find although the programs of the host do
 * (docs/reference/agent.md#t38): its C library needs both questions answered, asks nobody but the nameservers, and stops
 * at the first search domain that is not denied. Shared by the rules that name what the resolver said.
 */
import { isSilent } from '../../trace/silence.js';
import type { DnsQueryObservation } from '../../model/observation.js';
import { resolverName, type AnswerKind } from '../../trace/dns.js';
import type { Evidence } from '../evidence.js';
import type { Remedy } from '../../model/finding.js';
import { digCommand, remedy } from '../remedies.js';
import { hostList, sentence } from '../text.js';
import type { Cause, Draft, Wording } from '../rule.js';

/** Drafts about names whose deciding question ended like this. */
export function staticDrafts(ev: Evidence, ...kinds: readonly AnswerKind[]): readonly Draft[] {
  const decided = new Map<
    string,
    { query: DnsQueryObservation; legs: Draft['subject']['legs'] & object; completed: boolean }
  >();
  for (const { leg, outcome, stops, rule } of ev.predictions) {
    const query = stops === null ? undefined : ev.byId.get(stops);
    if (outcome !== 'will_fail' || query?.operation !== 'dns_query' || rule === 'agent:dns.first_answer_counts')
      continue;
    const known = decided.get(query.id);
    decided.set(query.id, {
      query,
      legs: [...(known?.legs ?? []), leg],
      completed: rule === 'agent:dns.search_domain',
    });
  }
  return [...decided.values()].flatMap(({ query, legs, completed }): Draft[] => {
    const host = completed ? completedName(query.name, ev) : query.name;
    const lookup = host === null ? undefined : ev.dns.resolved.get(host);
    // Where the host's own look-up fails as well, it is no matter of how the Agent was built.
    if (host === null || lookup === undefined || !kinds.includes(kindOf(query))) return [];
    if (lookup.failure !== null && !isSilent(lookup)) return [];
    const asked = (ev.dns.answers.get(query.name) ?? []).flatMap(({ queries }) => queries);
    const alike = asked.filter(({ type, rcode }) => type === query.type && rcode === query.rcode);
    return [
      {
        subject: {
          hosts: [host],
          legs,
          resolvers: [...new Set(alike.map(({ resolver, resolverPort }) => resolverName(resolver, resolverPort)))],
        },
        evidence: [...alike.map(({ id }) => id), lookup.id],
        explains: alike.map(({ id }) => id),
        tags: query.rcode === null ? [] : ['rcode'],
        key: host === query.name ? 'static' : 'search',
        data: {
          static: true,
          type: query.type,
          rcode: query.rcode,
          others: lookup.failure === null,
          half: asked.some(({ addresses }) => addresses.length > 0),
          domain: host === query.name ? null : query.name.slice(host.length + 1),
        },
      },
    ];
  });
}

/** The name that a search domain was put behind. */
function completedName(name: string, ev: Evidence): string | null {
  return [...ev.dns.resolved.keys()].find((host) => name.startsWith(`${host}.`)) ?? null;
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
export function staticWords(cause: Cause, ev: Evidence): Wording | null {
  const { type, rcode, half, others, domain } = cause.data;
  if (cause.data['static'] !== true) return null;
  const isStatic = ev.agent.installation.kind === 'static';
  const agent = isStatic ? 'This static Agent' : 'This Agent, built with musl,';
  const native = isStatic
    ? [remedy('host', 'Or install the native package of the Agent, which looks names up as other programs do.')]
    : [];
  if (typeof domain === 'string') return searchWords(cause, agent, domain, native);
  const hosts = hostList(cause);
  const question = `${String(type)} records`;
  const ends = typeof rcode === 'string' ? `is answered with ${rcode}` : 'is not answered';
  return {
    title: `${agent} cannot resolve ${hosts}${others === true ? ', although other programs on this host can' : ''}`,
    why: sentence(
      half === true
        ? `The question for ${question} of ${hosts} ${ends}; the other question gives addresses.`
        : `The nameservers of resolv.conf have no address for ${hosts} (the question for ${question} ${ends}); the host knows ${cause.subject.hosts.length > 1 ? 'them' : 'it'} from another source.`,
      `${isStatic ? 'A static build' : 'An Agent built with musl'} asks the nameservers for A and AAAA and gives up unless both get an answer, with or without records.`,
      'It ignores nsswitch.conf, mDNS, and what systemd-resolved knows beyond its stub.',
      others === true
        ? 'So getent and curl find the name, while the Agent says "cannot resolve hostname".'
        : 'Other programs wait longer for the missing answer, then go on with the one they have.',
    ),
    remedies: [
      remedy('host', `Ask the DNS team to answer the question for ${question}: NOERROR, with or without records.`, {
        command: digCommand(cause.subject.resolvers[0], cause.subject.hosts[0]).replace(/ A$/, ` ${String(type)}`),
      }),
      ...native,
    ],
  };
}

function searchWords(cause: Cause, agent: string, domain: string, native: readonly Remedy[]): Wording {
  const [host = ''] = cause.subject.hosts;
  const { rcode, type } = cause.data;
  const said =
    rcode === 'NOERROR'
      ? 'is answered without an address'
      : typeof rcode === 'string'
        ? `is answered with ${rcode}`
        : 'is not answered';
  return {
    title: `${agent} cannot resolve ${hostList(cause)}: it stops at the search domain ${domain}`,
    why: sentence(
      `resolv.conf completes names with few dots first (search, ndots), and the question for ${host}.${domain} ${said}.`,
      'Only NXDOMAIN makes musl go on to the name itself; getent and curl go on after any answer.',
    ),
    remedies: [
      remedy(
        'host',
        'Set ndots to 1 in resolv.conf (in Kubernetes: dnsConfig of the pod), or remove the search domain.',
        {
          lines: [{ file: '/etc/resolv.conf', text: 'options ndots:1' }],
        },
      ),
      remedy(
        'host',
        `Or ask the DNS team to let the resolver answer NXDOMAIN for names below ${domain} that do not exist.`,
        {
          command: digCommand(cause.subject.resolvers[0], `${host}.${domain}`).replace(/ A$/, ` ${String(type)}`),
        },
      ),
      ...native,
    ],
  };
}
