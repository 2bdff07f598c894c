/** The four answers that are no answer: one shape, told apart by what the resolver said. */
import { certain, CONTROLS, likely, possible } from '../confidence.js';
import type { AnswerKind } from '../../trace/dns.js';
import { digCommand, remedy } from '../remedies.js';
import type { FindingRule, RuleHead } from '../rule.js';
import { hostList, sentence, capital } from '../text.js';
import { caseDraft, dnsCases, said } from './dns-cases.js';
import { staticDrafts, staticWords } from './static-lookups.js';

interface Words<Id extends string> extends RuleHead<Id> {
  readonly kind: AnswerKind;
  /** Another answer that this cause covers. */
  readonly orKind?: AnswerKind;
  readonly rcode: string;
  readonly headline: (hosts: string, many: boolean) => string;
  readonly saw: (who: string, hosts: string) => string;
  /** What excludes the neighbours. */
  readonly not: string;
  readonly ask: string;
}

function rcodeRule<const Id extends string>(words: Words<Id>): FindingRule<Id> {
  return {
    ...words,
    requires: ['dns_query'],
    evaluate(ev) {
      const kinds = words.orKind === undefined ? [words.kind] : [words.kind, words.orKind];
      const drafts = dnsCases(ev)
        .filter(({ failed, decisive }) => failed && (decisive === words.kind || decisive === words.orKind))
        .map((one) => {
          const kind = one.decisive ?? words.kind;
          const said = one.answers.find((answer) => answer.kind === kind)?.queries.find(({ rcode }) => rcode !== null);
          return { ...caseDraft(one, kind, ev), data: { rcode: said?.rcode ?? words.rcode } };
        });
      return [...drafts, ...staticDrafts(ev, ...kinds)];
    },
    describe(cause, ev) {
      const ofBuild = staticWords(cause, ev);
      if (ofBuild !== null) return ofBuild;
      return {
        title: words.headline(hostList(cause), cause.subject.hosts.length > 1),
        why: sentence(
          `${words.saw(capital(said(cause)), hostList(cause))}.`,
          words.not,
          cause.tags.has('other_resolver_differs') && 'Another resolver gives an address, so the name exists.',
          cause.tags.has('known_address_genuine') &&
            'The published address has a valid certificate for the name, so the service is there.',
          cause.tags.has('all_resolvers_agree') &&
            cause.subject.resolvers.length > 1 &&
            'All configured resolvers say the same.',
        ),
        remedies: [
          remedy('host', words.ask, {
            command: digCommand(cause.subject.resolvers[0], cause.subject.hosts[0]),
          }),
          remedy('host', 'If this host should use another resolver, put that one into the resolver configuration.', {
            command: 'cat /etc/resolv.conf',
          }),
        ],
      };
    },
  };
}

export const dnsNxdomain = rcodeRule({
  id: 'dns.nxdomain',
  title: 'The resolver says that the name does not exist',
  blames: 'dns',
  confidence: [
    certain('rcode', 'other_resolver_differs'),
    certain('rcode', 'known_address_genuine'),
    likely(CONTROLS, 'rcode'),
    possible('A question to the resolver on the wire.'),
  ],
  kind: 'nxdomain',
  rcode: 'NXDOMAIN',
  headline: (hosts, many) => `The resolver says that ${hosts} ${many ? 'do' : 'does'} not exist`,
  saw: (who, hosts) => `${who} answered NXDOMAIN for ${hosts}`,
  not: 'The resolver works and denies the name, as a filter or a local zone does.',
  ask: 'Ask the DNS team to let these names resolve: a filter list, a response policy zone or a local zone hides them.',
});

export const dnsNoData = rcodeRule({
  id: 'dns.no_data',
  title: 'The resolver says that the name has no address',
  blames: 'dns',
  confidence: [
    certain('rcode', 'other_resolver_differs'),
    certain('rcode', 'known_address_genuine'),
    likely(CONTROLS, 'rcode'),
    possible('A question to the resolver on the wire.'),
  ],
  kind: 'no_data',
  rcode: 'NOERROR',
  headline: (hosts) => `The resolver gives no address for ${hosts}`,
  saw: (who, hosts) => `${who} answered NODATA for ${hosts}: success, but no IPv4 or IPv6 address`,
  not: 'The name exists there without addresses: a local zone or a filter removed them.',
  ask: 'Ask the DNS team why the name has no address: a filter empties the answer, or a local zone lacks the records.',
});

export const dnsServfail = rcodeRule({
  id: 'dns.servfail',
  title: 'The resolver failed to look the name up',
  blames: 'dns',
  confidence: [
    certain('rcode', 'resolver_alive'),
    certain('rcode'),
    possible('A question to the resolver on the wire.'),
  ],
  kind: 'servfail',
  orKind: 'other_rcode',
  rcode: 'SERVFAIL',
  headline: (hosts) => `The resolver failed to look up ${hosts}`,
  saw: (who, hosts) => `${who} answered SERVFAIL for ${hosts}`,
  not: 'The resolver is up but could not get the answer: its forwarders do not answer, or DNSSEC validation fails (often because of a wrong clock).',
  ask: 'Ask the DNS team to read the log of the resolver: its forwarder, its way out on port 53, or DNSSEC validation fails.',
});

export const dnsRefused = rcodeRule({
  id: 'dns.refused',
  title: 'The resolver refuses to answer',
  blames: 'dns',
  confidence: [certain('rcode'), possible('A question to the resolver on the wire.')],
  kind: 'refused',
  rcode: 'REFUSED',
  headline: (hosts) => `The resolver refuses to answer for ${hosts}`,
  saw: (who, hosts) => `${who} answered REFUSED for ${hosts}`,
  not: 'The resolver works, but its own rules do not let it serve this host or these names.',
  ask: "Ask the DNS team to serve this host's address (allow-query, access-control), or to name the resolver that this host should use.",
});
