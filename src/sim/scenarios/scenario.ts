/** A network as a story: one cloud, its faults, perhaps a proxy, and what the doctor must say about it. */
import type { FindingId } from '../../model/finding.js';
import type { Outcome } from '../../model/prediction.js';
import type { CloudOptions } from '../types.js';

/** The proxy a scenario puts between the Agent and the cloud. */
export interface ScenarioProxy {
  /** How the Agent is told to use it: `http://…`, `socks5://…`, `socks5h://…`. */
  readonly scheme: 'http' | 'socks5' | 'socks5h';
  /** Behaviour id of sim/proxy: `ok`, `auth_basic`, `407_ntlm`, `403`, `rep_02`, … */
  readonly behaviour: string;
  /** Credentials in the Agent's configuration (plain text, as decoded); null = none. */
  readonly credentials: { readonly user: string; readonly password: string } | null;
  /** Hosts it refuses. */
  readonly denyHosts?: readonly string[];
}

export interface Scenario {
  /** snake_case, unique. */
  readonly id: string;
  readonly title: string;
  /** Fault specifications for startCloud. */
  readonly faults: readonly string[];
  readonly proxy: ScenarioProxy | null;
  /** Cloud options other than faults, e.g. more addresses. */
  readonly cloud?: Omit<CloudOptions, 'faults' | 'onEvent'>;
  /** Roots that the doctor's trust stores get besides the cloud's: the CA of the inspecting middlebox, per leg. */
  readonly trustInterceptor?: readonly ('claim' | 'link')[];
  readonly expect: { readonly claim: Outcome; readonly link: Outcome; readonly cause: FindingId | null };
}
