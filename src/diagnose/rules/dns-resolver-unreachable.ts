import { looksUpLikeMusl } from '../../agent/own-lookups.js';
import { tookMs } from '../../trace/silence.js';
import { certain, likely, type Tag, excludingHost } from '../confidence.js';
import type { ResolverAnswer } from '../../trace/dns.js';
import type { Evidence } from '../evidence.js';
import { digCommand, remedy } from '../remedies.js';
import { list, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { dnsCases } from './dns-cases.js';

/** A configured resolver that answers nothing, for no name. */
export const dnsResolverUnreachable = defineRule({
  id: 'dns.resolver_unreachable',
  title: 'A configured resolver does not answer',
  blames: 'dns',
  confidence: excludingHost(
    certain('resolver_dead', 'other_resolver_differs'),
    certain('resolver_dead', 'local_network_works'),
    likely('Another resolver on the same network, or --controls.'),
  ),
  requires: ['dns_query'],
  evaluate(ev) {
    const dead = ev.dns.resolvers.filter((resolver) => ev.dns.alive.get(resolver) === false);
    // Somebody answered the C library, and later than we waited on the wire: slow, not dead (dns.timeout).
    const isSlow = dead.length === ev.dns.resolvers.length && lateLookups(ev).length > 0;
    return [...(isSlow ? [] : dead.map((resolver) => deadDraft(resolver, dead, ev))), ...withoutWire(ev)];
  },
  describe(cause, ev) {
    const every = cause.data['all'] === true;
    const refused = cause.data['how'] === 'refused';
    return {
      title: every
        ? `No configured resolver answers${cause.subject.resolvers.length > 0 ? ` (${list(cause.subject.resolvers)})` : ''}`
        : `The resolver ${list(cause.subject.resolvers)} does not answer`,
      why: sentence(
        refused
          ? 'Its port is closed: the address is alive, but nothing serves DNS there.'
          : 'No question got an answer over UDP, for any name.',
        cause.tags.has('local_network_works') && 'The local network itself works.',
        cause.tags.has('other_resolver_differs') && 'Another resolver answers the same questions.',
        every
          ? 'Without a resolver, the Agent reports "cannot resolve hostname" and stops.'
          : looksUpLikeMusl(ev.agent.installation)
            ? 'This Agent is built with musl: it asks all resolvers at once and needs only one answer.'
            : firstLine(cause.data['first'] === true, cause.data['lostSeconds']),
        !every &&
          !looksUpLikeMusl(ev.agent.installation) &&
          cause.subject.legs.includes('claim') &&
          'The claim allows 5 s for lookup and connection together; the link has no limit for the lookup.',
        ev.controls('known_address').some(({ connect }) => connect?.failure === null) &&
          'This host reaches the cloud at its published addresses, so only name resolution fails.',
      ),
      remedies: [
        remedy(
          'host',
          'Ask the DNS team to check that the resolver runs, serves this host, and that UDP and TCP 53 are open between them.',
          {
            command: digCommand(cause.subject.resolvers[0], cause.subject.hosts[0] ?? 'app.netdata.cloud'),
          },
        ),
        remedy('host', 'Check that this host uses the resolver of this network.', {
          command: 'cat /etc/resolv.conf',
        }),
      ],
    };
  },
});

function deadDraft(resolver: string, dead: readonly string[], ev: Evidence): Draft {
  const answers = [...ev.dns.answers.values()].flat().filter((answer) => answer.resolver === resolver);
  const live = ev.dns.liveness.get(resolver) ?? [];
  const all = dead.length === ev.dns.resolvers.length;
  const first = ev.dns.resolvers[0] === resolver;
  const queries = [...answers.flatMap(({ queries: own }) => own), ...live].map(({ id }) => id);
  const cases = dnsCases(ev);
  const failed = all ? failedResolves(ev) : first ? delayedLookups(ev) : [];
  const needed = cases.length > 0 || failed.length > 0;
  return {
    subject: {
      resolvers: [resolver],
      hosts: all ? cases.filter((one) => one.failed).map(({ host }) => host) : [],
      legs: all ? cases.flatMap((one) => (one.failed ? (one.legs ?? []) : [])) : [],
    },
    evidence: [...queries, ...failed],
    explains: [...queries, ...failed],
    tags: tagsOf(answers, ev),
    data: { how: how(answers), all, first, lostSeconds: all ? null : lostSeconds(failed, ev) },
    // The resolver asked first makes every lookup wait; a spare one that is dead is worth knowing, no more.
    ...(!all && first && needed && !looksUpLikeMusl(ev.agent.installation) ? { floor: 'risks' as const } : {}),
    ...(!needed ? { cap: 'notes' as const } : {}),
  };
}

/** A step deadline on the wire has passed by then. */
const LATE_MS = 4000;

function lateLookups(ev: Evidence): readonly string[] {
  return ev.dns.lookups
    .filter((lookup) => lookup.addresses.length > 0 && tookMs(lookup) >= LATE_MS)
    .map(({ id }) => id);
}

/** With every resolver dead, every failed lookup of the OS is its consequence, also that of a proxy's name. */
function failedResolves(ev: Evidence): readonly string[] {
  return ev.dns.lookups.filter(({ failure }) => failure !== null).map(({ id }) => id);
}

/** glibc asks the next resolver after 5 s, or what `options timeout:` says, which is at least 1 s (resolv.conf(5)). */
const LEAST_DELAY_MS = 900;

/** With the first resolver dead, every lookup waits for it before the next one is asked. */
function delayedLookups(ev: Evidence): readonly string[] {
  return ev.dns.lookups.filter((lookup) => tookMs(lookup) >= LEAST_DELAY_MS).map(({ id }) => id);
}

function lostSeconds(delayed: readonly string[], ev: Evidence): number | null {
  const took = ev.dns.lookups.filter(({ id }) => delayed.includes(id)).map(tookMs);
  return took.length === 0 ? null : Number((Math.max(...took) / 1000).toFixed(1));
}

function tagsOf(answers: readonly ResolverAnswer[], ev: Evidence): Tag[] {
  const tags: Tag[] = ['resolver_dead'];
  const others = [...ev.dns.answers.values(), ...ev.dns.publicAnswers.values()].flat();
  if (others.some(({ kind, resolver }) => kind === 'addresses' && !answers.some((own) => own.resolver === resolver))) {
    tags.push('other_resolver_differs');
  }
  if (ev.timing.gatewayMs !== null || ev.attempts.some(({ connect }) => connect?.failure === null)) {
    tags.push('local_network_works');
  }
  return tags;
}

function how(answers: readonly ResolverAnswer[]): string {
  const kinds = answers.flatMap(({ queries }) =>
    queries.flatMap(({ failure }) => (failure === null ? [] : [failure.kind])),
  );
  return kinds.includes('connection_refused')
    ? 'refused'
    : kinds.includes('host_unreachable')
      ? 'unreachable'
      : 'silent';
}

/** The OS says that it got no answer, and nobody was asked on the wire. */
function withoutWire(ev: Evidence): Draft[] {
  return dnsCases(ev)
    .filter(({ failed, answers, decisive }) => failed && answers.length === 0 && decisive === 'silent')
    .map((one) => ({
      subject: { hosts: [one.host], legs: one.legs ?? [] },
      evidence: lookupIds(one.host, ev),
      explains: lookupIds(one.host, ev),
      tags: [],
      data: { how: 'silent', all: true, first: true },
    }));
}

function firstLine(first: boolean, lostSeconds: unknown): string {
  const lost = typeof lostSeconds === 'number' ? `${String(lostSeconds)} s here` : 'about 5 s';
  return first
    ? `It comes first, so every lookup waits for it (${lost}) before it asks the next resolver.`
    : 'It does not come first, so lookups do not wait for it while the first one answers.';
}

function lookupIds(host: string, ev: Evidence): readonly string[] {
  return ev.dns.lookups.filter(({ hostname }) => hostname === host).map(({ id }) => id);
}
