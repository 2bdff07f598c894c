/** A network as a story: one cloud, its faults, perhaps a proxy, and what the doctor must say about it. */
import type { FindingId } from '../../model/finding.js';
import type { Outcome } from '../../model/prediction.js';
import type { CloudOptions, HostRole } from '../types.js';

/** Where a published address leads: `impostor` is a server of somebody else, see `Scenario.impostor`. */
export type Destination = 'cloud' | 'refused' | 'dropped' | 'impostor';

export interface PublishedAddress {
  /** As the resolver gives it, public-looking. */
  readonly address: string;
  readonly leads: Destination;
}

/** The proxy a scenario puts between the Agent and the cloud. */
export interface ScenarioProxy {
  /** How the Agent is told to use it: `http://…`, `socks5://…`, `socks5h://…`. */
  readonly scheme: 'http' | 'socks5' | 'socks5h';
  /** Behaviour id of sim/proxy (`ok`, `auth_basic`, `407_ntlm`, `rep_02`, …), or `absent`: nobody listens there. */
  readonly behaviour: string;
  /** Credentials in the Agent's configuration (plain text, as decoded); null = none. */
  readonly credentials: { readonly user: string; readonly password: string } | null;
  /** Hosts it refuses. */
  readonly denyHosts?: readonly string[];
  /** Name in the configuration instead of its address. */
  readonly host?: string;
}

export interface Expectation {
  readonly claim: Outcome;
  readonly link: Outcome;
  /** Root cause; null = nothing stops anything. */
  readonly cause: FindingId | null;
}

export interface Scenario {
  /** snake_case, unique. */
  readonly id: string;
  readonly title: string;
  /** Fault specifications for startCloud. */
  readonly faults: readonly string[];
  readonly proxy: ScenarioProxy | null;
  /** What the resolver publishes for a host; default one address, which leads to the cloud. */
  readonly addresses?: Partial<Readonly<Record<HostRole, readonly PublishedAddress[]>>>;
  /** Where other addresses lead that a fault brings up; the cloud's published ones lead to it, all else is refused. */
  readonly reach?: Readonly<Record<string, Destination>>;
  /** Faults of the server behind addresses that lead to an impostor. */
  readonly impostor?: readonly string[];
  /** A second configured resolver, with these faults of its own. */
  readonly secondResolver?: readonly string[];
  /** Legs whose trust store has the roots of the inspecting middlebox, besides the cloud's. */
  readonly trustInterceptor?: readonly ('claim' | 'link')[];
  readonly cloud?: Pick<CloudOptions, 'answerDelayMs' | 'seed'>;
  /** The host has no default route for IPv6. Default: it has one when an IPv6 address is published. */
  readonly noRoute6?: boolean;
  readonly expect: Expectation;
}

/** For scenarios with a fault and nothing else. */
export function faulty(id: string, title: string, faults: readonly string[], expect: Expectation): Scenario {
  return { id, title, faults, proxy: null, expect };
}

export const WORKS: Expectation = { claim: 'will_work', link: 'will_work', cause: null };

/** Claim and link both fail for this reason. */
export function bothFail(cause: FindingId): Expectation {
  return { claim: 'will_fail', link: 'will_fail', cause };
}

/** Silence, and packets that arrive: the claim runs out of time, the link would wait longer than we do. */
export function linkWaits(cause: FindingId, claim: Outcome = 'will_work'): Expectation {
  return { claim, link: 'unknown', cause };
}

/** Claiming works, the link fails for this reason. */
export function linkFails(cause: FindingId): Expectation {
  return { claim: 'will_work', link: 'will_fail', cause };
}
