/** In-memory companions of the safe model types: what the probes need and no report may hold. */
import type { AgentFacts, TrustStoreFacts } from './agent.js';
import type { Observation } from './observation.js';
import type { RouteEntry } from './route.js';
import type { Credentials } from './secret.js';

/** A route with what it takes to walk it. Two legs that decode credentials differently have two entries. */
export interface PlannedRoute extends RouteEntry {
  readonly credentials: Credentials | null;
}

export interface LegEndpoint {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/**
 * Where an /env document sends the next legs (docs/reference/agent.md#env-document); null where nobody can connect to
 * what its URL means to the Agent.
 */
export interface EnvEndpoints {
  readonly auth: LegEndpoint | null;
  readonly link: LegEndpoint | null;
}

/** A trust store with its certificates (PEM blocks, one certificate each). */
export interface LoadedTrustStore {
  readonly facts: TrustStoreFacts;
  readonly certificates: readonly string[];
}

/** What whoever writes one of the Agent's files must know. */
interface WritingFacts {
  /** The Agent's account; null = there is none on this host. */
  readonly account: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] } | null;
  /** The file that names the Agent's directories; null = they are where they always are, or were given. */
  readonly directoriesNamedBy: string | null;
}

/** What discovery hands on. `facts` may be printed; the rest stays in memory. */
export interface Discovery {
  readonly facts: AgentFacts;
  /** Host facts (read_config, read_environment, …). */
  readonly observations: readonly Observation[];
  /** The Agent's own routes first, then alternatives already at hand (direct, other proxies found). */
  readonly routes: readonly PlannedRoute[];
  readonly trustStores: readonly LoadedTrustStore[];
  /** Raw secret values met on the way (passwords, tokens, claimed id, machine GUID): for redaction only. */
  readonly secrets: readonly { readonly kind: string; readonly value: string }[];
  /** What could not be told about this host, one sentence each. */
  readonly notChecked: readonly string[];
  readonly writing: WritingFacts;
}
