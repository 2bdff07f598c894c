import { looksUpLikeMusl } from '../../agent/own-lookups.js';
import { isSilent } from '../../trace/silence.js';
import { certain, likely } from '../confidence.js';
import type { AnswerKind, ResolverAnswer } from '../../trace/dns.js';
import { digCommand, remedy } from '../remedies.js';
import { hostList, list, sentence } from '../text.js';
import { defineRule, type Draft, type FindingRule } from '../rule.js';
import { dnsCases, type DnsCase } from './dns-cases.js';
import { isSinkhole } from './sinkholes.js';

const WORDS: Readonly<Partial<Record<AnswerKind, string>>> = {
  nxdomain: 'says that the name does not exist',
  no_data: 'says that it has no address',
  servfail: 'fails to look it up',
  refused: 'refuses to answer',
  other_rcode: 'answers with an error',
};

/** One configured resolver fails or lies about a name, another is right. Different addresses alone are no contradiction. */
export const dnsResolversDisagree = defineRule({
  id: 'dns.resolvers_disagree',
  title: 'The configured resolvers contradict each other',
  blames: 'host',
  confidence: [
    certain('other_resolver_genuine'),
    certain('known_address_genuine'),
    likely('A valid certificate at the address that one of them gives.'),
  ],
  requires: ['dns_query'],
  evaluate(ev) {
    return dnsCases(ev).flatMap((one): Draft[] => {
      if (isOnlyTheSystem(one, ev)) return [systemDraft(one)];
      const right = one.answers.filter((answer) => isRight(answer, ev));
      const wrong = one.answers.filter((answer) => isWrong(answer, ev));
      if (right.length === 0 || wrong.length === 0) return [];
      const queries = wrong.flatMap((answer) => answer.queries.map(({ id }) => id));
      const badAddresses = new Set(wrong.flatMap(({ addresses }) => addresses));
      const led = ev.path.filter(
        ({ host, address }) => host === one.host && address !== null && badAddresses.has(address),
      );
      const first = one.answers[0];
      const wrongFirst = first !== undefined && wrong.includes(first);
      const parallel = looksUpLikeMusl(ev.agent.installation);
      return [
        {
          subject: { hosts: [one.host], legs: one.legs ?? [], resolvers: wrong.map(({ resolver }) => resolver) },
          evidence: [
            ...(one.resolve === null ? [] : [one.resolve.id]),
            ...queries,
            ...right.flatMap((answer) => answer.queries.map(({ id }) => id)),
          ],
          explains: [
            ...queries,
            ...(one.failed && one.resolve !== null ? [one.resolve.id] : []),
            ...led.flatMap(({ steps }) => steps.map(({ id }) => id)),
          ],
          tags: right.some(({ addresses }) => addresses.some((address) => ev.proven(one.host, address)))
            ? ['other_resolver_genuine', 'rcode']
            : ['rcode'],
          data: {
            wrong: wrong.map(
              ({ resolver, kind }) =>
                `${resolver} ${kind === 'addresses' ? 'gives a dead-end address' : (WORDS[kind] ?? kind)}`,
            ),
            right: right.map(({ resolver }) => resolver),
            wrongFirst,
            parallel,
          },
          // musl asks all resolvers at once and takes whichever answers first.
          ...(parallel && !one.failed && wrong.some(({ kind }) => kind === 'nxdomain')
            ? { floor: 'risks' as const }
            : {}),
        },
      ];
    });
  },
  describe(cause, ev) {
    const isStatic = looksUpLikeMusl(ev.agent.installation);
    if (cause.data['system'] === true) {
      return {
        title: `This host does not find ${hostList(cause)}, although its resolver does`,
        why: sentence(
          `${list(cause.subject.resolvers)} ${cause.subject.resolvers.length > 1 ? 'give' : 'gives'} addresses when asked directly; the C library finds none (${String(cause.data['code'])}).`,
          'The C library asks somebody else: a source ahead of "dns" in nsswitch.conf, a name cache, or a resolver that answers only sometimes.',
          isStatic
            ? 'This Agent is built with musl and asks the resolvers itself: other programs fail, this Agent does not.'
            : 'The Agent uses the C library.',
        ),
        remedies: [
          remedy('host', 'See what the C library asks and in which order. Then restart its cache.', {
            command: 'grep ^hosts /etc/nsswitch.conf; getent ahosts app.netdata.cloud; resolvectl status',
          }),
        ],
        blames: 'host',
      };
    }
    const wrong = (cause.data['wrong'] as readonly string[] | undefined) ?? [];
    const right = (cause.data['right'] as readonly string[] | undefined) ?? [];
    return {
      title: `The configured resolvers contradict each other about ${hostList(cause)}`,
      why: sentence(
        `${list(wrong)}; ${list(right)} ${right.length === 1 ? 'gives' : 'give'} addresses.`,
        cause.data['parallel'] === true
          ? null
          : cause.data['wrongFirst'] === true
            ? 'The wrong one is asked first, so the Agent gets its answer.'
            : 'The right one is asked first; the wrong one counts whenever the first is slow.',
        cause.data['parallel'] === true &&
          'This Agent is built with musl: it asks all resolvers at once and takes the first NOERROR or NXDOMAIN.',
      ),
      remedies: [
        remedy('host', 'Configure only resolvers that agree: the second one is a spare, not a second opinion.', {
          command: 'cat /etc/resolv.conf',
        }),
        remedy('host', 'Ask the DNS team to fix the resolver that is wrong about the name.', {
          command: digCommand(cause.subject.resolvers[0], cause.subject.hosts[0]),
        }),
      ],
    };
  },
});

/** The resolvers answer us on the wire, and the operating system says that there is no such name: it asks elsewhere. */
function isOnlyTheSystem(one: DnsCase, ev: Ev): boolean {
  const denied = one.resolve?.failure != null && !isSilent(one.resolve);
  return denied && one.answers.length > 0 && one.answers.every((answer) => isRight(answer, ev));
}

function systemDraft(one: DnsCase): Draft {
  const lookup = one.resolve === null ? [] : [one.resolve.id];
  return {
    subject: { hosts: [one.host], legs: one.legs ?? [], resolvers: one.answers.map(({ resolver }) => resolver) },
    evidence: [...lookup, ...one.answers.flatMap((answer) => answer.queries.map(({ id }) => id))],
    explains: lookup,
    tags: ['rcode'],
    key: 'system',
    data: {
      system: true,
      right: one.answers.map(({ resolver }) => resolver),
      code: one.resolve?.failure?.rawCode ?? null,
    },
  };
}

type Ev = Parameters<FindingRule['evaluate']>[0];

function isRight({ kind, name, addresses }: ResolverAnswer, ev: Ev): boolean {
  return kind === 'addresses' && !addresses.every((address) => isSinkhole(name, address, ev));
}

/** Silence is another cause: `dns.resolver_unreachable` or `dns.timeout`. */
function isWrong({ kind, name, addresses }: ResolverAnswer, ev: Ev): boolean {
  if (kind === 'addresses') return addresses.every((address) => isSinkhole(name, address, ev));
  return kind !== 'silent' && kind !== 'unreachable';
}
