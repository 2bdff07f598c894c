/** Names that this host has to resolve, and how that went; shared by the dns rules. */
import type { FailureKind } from '../../model/failure.js';
import type { ResolveObservation } from '../../model/observation.js';
import type { AnswerKind, ResolverAnswer } from '../../trace/dns.js';
import { UNREADABLE_URL_HOST, UNUSABLE_URL_HOST } from '../../agent/url.js';
import type { Evidence } from '../evidence.js';
import type { Tag } from '../confidence.js';
import type { Draft } from '../rule.js';

export interface DnsCase {
  readonly host: string;
  readonly resolve: ResolveObservation | null;
  /** Configured resolvers, in the order the OS asks them. */
  readonly answers: readonly ResolverAnswer[];
  /** What decides, by the rules of a stub resolver: the first one whose answer it takes. */
  readonly decisive: AnswerKind | null;
  readonly failed: boolean;
  readonly legs: Draft['subject']['legs'];
}

/** Target names that are resolved on this host (never the names of proxies, never names that a proxy resolves). */
export function dnsCases(ev: Evidence): readonly DnsCase[] {
  const hosts = [...new Set(ev.needs.map(({ target }) => target.host))].filter(
    // A base URL that cannot be used has a host that stands for that: no resolver was asked.
    (host) => ev.resolvedLocally(host) && host !== UNUSABLE_URL_HOST && host !== UNREADABLE_URL_HOST,
  );
  return hosts.flatMap((host): DnsCase[] => {
    const resolve = ev.dns.resolved.get(host) ?? null;
    const answers = ev.dns.answers.get(host) ?? [];
    if (resolve === null && answers.length === 0) return [];
    const decisive = decide(answers) ?? (resolve?.failure ? kindOfFailure(resolve.failure.kind) : null);
    return [
      {
        host,
        resolve,
        answers,
        decisive,
        failed:
          resolve === null
            ? decisive !== 'addresses' && decisive !== null
            : resolve.failure !== null || resolve.addresses.length === 0,
        legs: ev.needs.flatMap(({ leg, target }) => (leg !== null && target.host === host ? [leg] : [])),
      },
    ];
  });
}

/** A stub takes the first answer that is one; it goes on after silence, SERVFAIL and REFUSED. */
function decide(answers: readonly ResolverAnswer[]): AnswerKind | null {
  const final = answers.find(({ kind }) => kind === 'addresses' || kind === 'nxdomain' || kind === 'no_data');
  const said = answers.find(({ kind }) => kind === 'servfail' || kind === 'refused' || kind === 'other_rcode');
  return (final ?? said ?? answers[0])?.kind ?? null;
}

function kindOfFailure(kind: FailureKind): AnswerKind | null {
  switch (kind) {
    case 'dns_nxdomain_error':
      return 'nxdomain';
    case 'dns_no_answer':
      return 'no_data';
    case 'dns_servfail_error':
    // EAI_FAIL: the C library got an answer that it cannot use.
    case 'dns_non_recoverable_failure':
    case 'dns_server_misbehaving':
      return 'servfail';
    case 'dns_refused_error':
      return 'refused';
    case 'dns_temporary_failure':
    case 'generic_timeout_error':
    case 'timed_out':
      return 'silent';
    default:
      return null;
  }
}

/** A draft about one name; the OS's own failure is what it explains. */
export function caseDraft(one: DnsCase, kind: AnswerKind | null, ev: Evidence): Draft {
  const matching = kind === null ? one.answers : one.answers.filter((answer) => answer.kind === kind);
  const queries = matching.flatMap((answer) => answer.queries.map(({ id }) => id));
  const lookups = ev.dns.lookups.filter(({ hostname }) => hostname === one.host).map(({ id }) => id);
  const evidence = [...lookups, ...queries];
  return {
    subject: { hosts: [one.host], legs: one.legs ?? [], resolvers: matching.map(({ resolver }) => resolver) },
    evidence,
    explains: one.failed ? evidence : queries,
    tags: caseTags(one, matching, ev),
  };
}

function caseTags(one: DnsCase, matching: readonly ResolverAnswer[], ev: Evidence): Tag[] {
  const tags: Tag[] = [];
  if (matching.length > 0) tags.push('rcode');
  if (matching.length > 0 && matching.length === one.answers.length) tags.push('all_resolvers_agree');
  if (matching.some(({ resolver }) => ev.dns.alive.get(resolver) === true)) tags.push('resolver_alive');
  const others = [...one.answers, ...(ev.dns.publicAnswers.get(one.host) ?? [])];
  if (others.some(({ kind }) => kind === 'addresses')) tags.push('other_resolver_differs');
  if (provenElsewhere(one.host, ev, 'known_address')) tags.push('known_address_genuine');
  return tags;
}

/** The same name has a valid certificate at an address that the answer did not give. */
export function provenElsewhere(
  host: string,
  ev: Evidence,
  ...kinds: ('known_address' | 'other_resolver_address')[]
): boolean {
  return ev
    .controls(...kinds)
    .some(({ host: own, address }) => own === host && address !== null && ev.proven(host, address));
}

export function said(cause: { readonly subject: { readonly resolvers: readonly string[] } }): string {
  const [first, ...rest] = cause.subject.resolvers;
  if (first === undefined) return "the operating system's resolver";
  return rest.length === 0 ? `the resolver ${first}` : `the resolvers ${[first, ...rest].join(', ')}`;
}
