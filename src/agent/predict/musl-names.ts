/**
 * How a static Agent looks names up (docs/reference/agent.md#t38): its C library (musl) knows the hosts file and the
 * nameservers of resolv.conf, and nothing else of the host. It sends both questions (A, AAAA) to all nameservers at
 * once, takes the first NOERROR or NXDOMAIN for each and passes over every other answer. A question without such an
 * answer within 5 s, or one NXDOMAIN, fails the whole name, whatever the other question brought. Names with fewer dots
 * than `ndots` are asked for with each `search` domain first: NXDOMAIN goes on to the next, anything else is the end.
 */
import type { DnsQueryObservation } from '../../model/observation.js';
import { fails, type Stop } from './judged.js';
import { isTelling, tookMs } from '../../trace/silence.js';
import { leavesWaiting, type LegView } from './view.js';

/** `luck`: nameservers differ on whether the name exists, and the first answer counts. */
export type MuslNames =
  | {
      readonly ok: true;
      readonly addresses: readonly string[];
      readonly at: DnsQueryObservation;
      readonly luck: boolean;
    }
  | { readonly ok: false; readonly stop: Stop };

/** All its attempts together, s. */
const GIVES_UP_SECONDS = 5;
/** Two answers this close together may come in either order next time, ms. */
const PHOTO_FINISH_MS = 20;
/** More nameservers than this are not asked. */
const MAX_NAMESERVERS = 3;

/** Null where the C library's own look-up is all that is known: the hosts file has the name, or nobody was asked. */
export function muslNames(view: LegView, host: string): MuslNames | null {
  if (view.inHostsFile(host)) return null;
  for (const name of view.searchedNames(host)) {
    const completed = oneName(view, name);
    if (completed === null) return null;
    if (completed.ok) return completed;
    const { at } = completed.stop;
    if (at?.operation === 'dns_query' && at.rcode === 'NXDOMAIN') continue;
    return { ok: false, stop: { ...completed.stop, rule: 'dns.search_domain' } };
  }
  return oneName(view, host);
}

function oneName(view: LegView, host: string): MuslNames | null {
  const asked = view.wireQueries(host, MAX_NAMESERVERS).filter((query) => isTelling(query));
  const [four, six] = (['A', 'AAAA'] as const).map((type) => asked.filter((query) => query.type === type));
  if (four === undefined || six === undefined || four.length === 0 || six.length === 0) return null;
  const first = [four, six].map(firstTaken);
  for (const [index, taken] of first.entries()) {
    const query = taken ?? lastOf(index === 0 ? four : six);
    if (query === null) return null;
    if (taken === null) return { ok: false, stop: fails(ruleOf(asked), query, GIVES_UP_SECONDS) };
    if (query.rcode === 'NXDOMAIN') return { ok: false, stop: deniedBy(query, asked) };
  }
  const [a, aaaa] = first;
  if (a == null || aaaa == null) return null;
  // In the order in which glibc sorts them as well where both families are routed.
  const addresses = [...new Set([...aaaa.addresses, ...a.addresses])];
  const at = tookMs(aaaa) > tookMs(a) ? aaaa : a;
  if (addresses.length === 0) return { ok: false, stop: fails('dns.unresolvable', at, tookMs(at) / 1000) };
  return { ok: true, addresses, at, luck: asked.some(({ rcode }) => rcode === 'NXDOMAIN') };
}

function deniedBy(query: DnsQueryObservation, asked: readonly DnsQueryObservation[]): Stop {
  const rivals = asked.filter((other) => other.type === query.type && other.rcode === 'NOERROR');
  const stop = fails(ruleOf(asked), query, tookMs(query) / 1000);
  if (rivals.length === 0) return stop;
  const close = rivals.some((rival) => tookMs(rival) - tookMs(query) < PHOTO_FINISH_MS);
  return { ...stop, rule: 'dns.first_answer_counts', ...(close ? { outcome: 'at_risk' } : {}) };
}

/** The first answer that counts, of all nameservers. */
function firstTaken(queries: readonly DnsQueryObservation[]): DnsQueryObservation | null {
  const taken = queries.filter(({ rcode }) => rcode === 'NOERROR' || rcode === 'NXDOMAIN');
  return taken.reduce<DnsQueryObservation | null>(
    (best, query) => (best === null || tookMs(query) < tookMs(best) ? query : best),
    null,
  );
}

/** Of answers that do not count, the one to show: one that says something. */
function lastOf(queries: readonly DnsQueryObservation[]): DnsQueryObservation | null {
  return queries.find((query) => !leavesWaiting(query)) ?? queries[0] ?? null;
}

/** Half an answer, or none: other programs of the host get by with half. */
function ruleOf(asked: readonly DnsQueryObservation[]): 'dns.half_answer' | 'dns.unresolvable' {
  return asked.some(({ addresses }) => addresses.length > 0) ? 'dns.half_answer' : 'dns.unresolvable';
}
