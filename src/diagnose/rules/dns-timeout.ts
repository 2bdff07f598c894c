import { isSilent, tookMs } from '../../trace/silence.js';
import { certain, likely, excludingHost } from '../confidence.js';
import { digCommand, remedy } from '../remedies.js';
import { agree, hostList, ms, sentence, capital } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { outOfTimeAt, SLOW_WORDS } from './slow-steps.js';
import { caseDraft, dnsCases, said, type DnsCase } from './dns-cases.js';
import { staticDrafts, staticWords } from './static-lookups.js';

/** The resolver lives, yet says nothing about these names. */
export const dnsTimeout = defineRule({
  id: 'dns.timeout',
  title: 'The resolver does not answer for these names',
  blames: 'dns',
  confidence: excludingHost(certain('resolver_alive'), likely('A question about another name to the same resolver.')),
  requires: ['dns_query', 'resolver_liveness'],
  evaluate(ev) {
    const late = new Set([
      ...outOfTimeAt(ev),
      ...ev.predictions.flatMap(({ rule, stops }) =>
        rule === 'agent:dns.slow_resolver' && stops !== null ? [stops] : [],
      ),
    ]);
    const slow = dnsCases(ev).flatMap((one): Draft[] =>
      one.resolve === null || !late.has(one.resolve.id)
        ? []
        : [
            {
              subject: { hosts: [one.host], resolvers: one.answers.map(({ resolver }) => resolver) },
              evidence: [one.resolve.id],
              explains: [one.resolve.id],
              tags: [],
              key: 'slow',
              data: {
                slow: true,
                afterMs: Number(tookMs(one.resolve).toFixed(1)),
                open: openQuestion(one),
              },
            },
          ],
    );
    const never = dnsCases(ev)
      .filter(({ failed, decisive }) => failed && decisive === 'silent')
      .map((one) => ({ ...one, answers: one.answers.filter(({ resolver }) => ev.dns.alive.get(resolver) === true) }))
      .filter(({ answers }) => answers.length > 0)
      .map((one): Draft => {
        const draft = caseDraft(one, 'silent', ev);
        const truncated = one.answers.some(({ queries }) => queries.some((query) => query.truncated));
        return { ...draft, data: { ...draft.data, truncated } };
      });
    return [...never, ...slow, ...staticDrafts(ev, 'silent', 'unreachable')];
  },
  describe(cause, ev) {
    const ofBuild = staticWords(cause, ev);
    if (ofBuild !== null) return ofBuild;
    if (cause.data['slow'] === true) {
      const after = ms(Number(cause.data['afterMs']));
      return {
        title: `${hostList(cause)} ${agree(cause, 'takes', 'take')} ${after} to resolve, longer than the claim waits`,
        why: sentence(
          `The lookup on this host took ${after}.`,
          typeof cause.data['open'] === 'string' &&
            `${capital(said(cause))} leaves the question for ${cause.data['open']} records unanswered, and the C library waits for it and asks again.`,
          SLOW_WORDS,
        ),
        remedies: [
          remedy(
            'host',
            'Ask the DNS team why these names take so long: the first resolver does not answer, or a forwarder is slow.',
            {
              command: digCommand(cause.subject.resolvers[0], cause.subject.hosts[0], '+tries=1'),
            },
          ),
        ],
      };
    }
    return {
      title: `The resolver does not answer for ${hostList(cause)}`,
      why: sentence(
        cause.data['truncated'] === true
          ? `${capital(said(cause))} says over UDP that the answer for ${hostList(cause)} needs TCP, and over TCP it says nothing.`
          : `${capital(said(cause))} answered other questions in this run, but none for ${hostList(cause)}.`,
        cause.data['truncated'] === true
          ? 'Something blocks TCP port 53 between this host and the resolver.'
          : 'So a filter drops these questions, or the resolver waits for a forwarder that does not answer for this domain.',
      ),
      remedies: [
        remedy(
          'host',
          'Ask the DNS team what happens to questions for this domain: a filter, a forwarder, or a firewall behind the resolver.',
          {
            command: digCommand(cause.subject.resolvers[0], cause.subject.hosts[0], '+tries=1'),
          },
        ),
      ],
    };
  },
});

/** One of the two questions answered, the other never: the type of that one. */
function openQuestion({ answers }: DnsCase): string | null {
  for (const { queries } of answers) {
    const open = queries.find(isSilent);
    if (open !== undefined && queries.some(({ rcode }) => rcode !== null)) return open.type;
  }
  return null;
}
