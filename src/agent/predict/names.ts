import type { DnsQueryObservation, ResolveObservation } from '../../model/observation.js';
import { UNREADABLE_URL_HOST } from '../url.js';
import { fails, unseen, type Stop, type Trail } from './judged.js';
import { muslNames } from './musl-names.js';
import type { PredictRule } from './rule-ids.js';
import { sameHost } from '../../trace/legs.js';
import { tookMs } from '../../trace/silence.js';
import { isAddressLiteral, leavesWaiting, type LegView } from './view.js';

/** Addresses of a host in the order in which the Agent gets them; several orders when they were seen to rotate. */
export type Names =
  | {
      readonly ok: true;
      readonly orders: readonly (readonly string[])[];
      /** Null for address literals. */
      readonly at: ResolveObservation | DnsQueryObservation | null;
      /** Set where the next look-up may end otherwise. */
      readonly risk?: PredictRule;
    }
  | { readonly ok: false; readonly stop: Stop };

/**
 * getaddrinfo as both legs use it (docs/reference/agent.md#tcp-connect, #claim-request), of the C library that the
 * Agent was built with.
 */
export function resolveNames(view: LegView, host: string): Names {
  const seen = view.resolutions(host);
  const first = seen[0];
  const musl = view.isStaticBuild && !isAddressLiteral(host) ? muslNames(view, host) : null;
  if (musl?.ok === true) {
    const known = first?.addresses.map(({ address }) => address).filter((address) => musl.addresses.includes(address));
    const order = [...new Set([...(known ?? []), ...musl.addresses])];
    return { ok: true, orders: [order], at: musl.at, ...(musl.luck ? { risk: 'dns.first_answer_counts' } : {}) };
  }
  if (musl !== null) return musl;
  if (first !== undefined && first.addresses.length > 0) return { ok: true, orders: ordersOf(first, seen), at: first };
  if (isAddressLiteral(host)) return { ok: true, orders: [[host]], at: null };
  const failed = first;
  if (failed === undefined) return { ok: false, stop: unseen() };
  const wire = leavesWaiting(failed) ? view.wireAddresses(host) : [];
  if (wire.length > 0) {
    // The answer is delayed beyond our patience, not beyond the OS's: it will be what the resolvers have.
    const walked = wire.filter((address) => sameHost(view.peer.host, host) && view.chain(address) !== null);
    if (walked.length > 0) return { ok: true, orders: [walked], at: failed };
    return { ok: false, stop: { outcome: 'at_risk', rule: 'dns.slow_resolver', at: failed, seconds: null } };
  }
  if (sameHost(host, UNREADABLE_URL_HOST)) return { ok: false, stop: fails('config.url_unusable', failed) };
  return { ok: false, stop: fails('dns.unresolvable', failed, tookMs(failed) / 1000) };
}

/** The first order, and other orders of the same addresses: they rotate. */
function ordersOf(first: ResolveObservation, seen: readonly ResolveObservation[]): readonly (readonly string[])[] {
  const orders = new Map<string, readonly string[]>();
  const key = (addresses: readonly string[]): string => addresses.join(' ');
  const set = key(first.addresses.map(({ address }) => address).sort());
  for (const { addresses } of seen) {
    const order = addresses.map(({ address }) => address);
    if (key([...order].sort()) === set) orders.set(key(order), order);
  }
  return [...orders.values()];
}

/** A look-up that succeeded, with what endangers the next one. */
export function passNames(trail: Trail, { at, risk }: Extract<Names, { ok: true }>): void {
  if (at === null) return;
  trail.passed(at);
  if (risk !== undefined) trail.risk({ rule: risk, at });
}
