/**
 * What this host's own rules have to do with something that failed: derived here, once, for every finding that could
 * blame somebody else. Only `clear` excludes this host.
 */
import { BESIDES_RULES, isBesidesRules } from '../../model/besides.js';
import type {
  LocalFirewallRule,
  LocalFlow,
  Observation,
  ReadLocalFirewallObservation,
} from '../../model/observation.js';

export type OwnRules =
  /** Read, and none touches it. */
  | { readonly state: 'clear' }
  /** Read, and this one surely stops it or sends it elsewhere. */
  | { readonly state: 'bites'; readonly rule: LocalFirewallRule; readonly read: ReadLocalFirewallObservation }
  /** Read, and this one perhaps does. */
  | {
      readonly state: 'uncertain';
      readonly rule: LocalFirewallRule;
      readonly read: ReadLocalFirewallObservation;
      /** The kernel counted that no packet of it left this host: whatever stops it, stops it here. */
      readonly droppedHere: boolean;
    }
  /** Not read, or not all of them. */
  | { readonly state: 'not_read'; readonly why: Unread };

/** Why not, in the order of what is told first. */
export type Unread = 'not_permitted' | 'too_large' | 'no_program' | 'failed' | 'not_asked';

/** The exchange that a step belongs to: `address` null = it never got as far as one. */
export interface Exchange {
  readonly protocols: readonly LocalFlow['protocol'][];
  readonly address: string;
  readonly port: number | null;
  /** The handshake of TCP was over: what a rule lets through no further counts too. */
  readonly established: boolean;
}

/** Of a step that failed. */
export function exchangeOf(seen: Observation): Exchange | null {
  if (seen.operation === 'dns_query')
    return {
      protocols: ['udp', 'tcp'],
      address: seen.resolver.split('%')[0] ?? '',
      port: seen.resolverPort,
      established: false,
    };
  if (seen.address === null) return null;
  return {
    protocols: ['tcp'],
    address: seen.address,
    port: seen.operation === 'connect' ? seen.port : null,
    established: seen.operation !== 'connect',
  };
}

/** @param uid whom the probes ran as */
export function ownRulesOn(
  reads: readonly ReadLocalFirewallObservation[],
  exchanges: readonly Exchange[],
  uid: number | null,
): OwnRules {
  const touching = reads.flatMap((read) =>
    read.rules
      .filter((rule) => rule.matches !== false && exchanges.some((exchange) => touches(rule, exchange, uid)))
      .map((rule) => ({ rule, read })),
  );
  const established = exchanges.length > 0 && exchanges.every((exchange) => exchange.established);
  // What was reached was not stopped by a rule that stops the first packet: sent elsewhere it may have been.
  const bite = touching.find(
    ({ rule }) => rule.matches === true && (!established || rule.afterHandshake === true || rule.action === 'redirect'),
  );
  if (bite !== undefined) return { state: 'bites', ...bite };
  const unread = unreadOf(reads);
  // A rule that may be the one is worth more to the reader than that others were not read.
  const [perhaps] = touching;
  const droppedHere = touching.some(({ read }) => read.manager === BESIDES_RULES.kernel);
  if (perhaps !== undefined) return { state: 'uncertain', ...perhaps, droppedHere };
  return unread === null ? { state: 'clear' } : { state: 'not_read', why: unread };
}

/** Whether a rule bites, or perhaps does, for whoever sent this exchange. */
function touches(rule: LocalFirewallRule, exchange: Exchange, uid: number | null): boolean {
  const { flows, addresses, owner } = rule;
  if (rule.afterHandshake === true && !exchange.established) return false;
  if (flows !== undefined)
    return flows.some(
      (flow) =>
        flow.uid === uid &&
        flow.unit === undefined &&
        exchange.protocols.includes(flow.protocol) &&
        flow.address === exchange.address &&
        (exchange.port === null || flow.port === exchange.port),
    );
  // Runs saved before flows were kept.
  if (rule.matches === null) return owner === null;
  if (addresses !== undefined && !addresses.includes(exchange.address)) return false;
  return owner === null || owner.startsWith('gid') || owner === `uid ${String(uid)}`;
}

function unreadOf(reads: readonly ReadLocalFirewallObservation[]): Unread | null {
  const rules = reads.filter((read) => !isBesidesRules(read));
  if (rules.length === 0) return 'not_asked';
  const kinds = rules.flatMap(({ failure }) => (failure === null ? [] : [failure.kind]));
  if (kinds.length === 0) return null;
  if (kinds.includes('not_permitted')) return 'not_permitted';
  if (kinds.includes('response_too_large') || kinds.includes('generic_timeout_error')) return 'too_large';
  return kinds.includes('not_supported') ? 'no_program' : 'failed';
}
