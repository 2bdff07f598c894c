import { connackSeconds } from '../patience.js';
import { rulesFor, type AgentRules } from '../versions.js';

/** What predictions need to know of an Agent version; the facts are those of versions.ts. */
export interface PredictRules extends AgentRules {
  /** Without leading v. */
  readonly version: string;
  /** Failed certificate checks have a status of their own on the HTTPS legs (docs/reference/agent.md#tls). */
  readonly namesCertificateFailures: boolean;
  /**
   * Failures of the link leg behind TCP have a status; else it just stays `offline` (docs/reference/agent.md#seen-4,
   * #seen-13).
   */
  readonly namesLinkFailures: boolean;
  /** Seconds from TLS start to CONNACK; null = waits for ever (docs/reference/agent.md#seen-4). */
  readonly connackBudgetSeconds: number | null;
}

/** @param version without leading v; the newest release's rules for a text that is no version */
export function predictRules(version: string): PredictRules {
  const rules = rulesFor(version);
  return {
    ...rules,
    version,
    // Both came with the check of the name on those legs.
    namesCertificateFailures: rules.httpsLegsCheckName,
    namesLinkFailures: rules.connackBudget,
    connackBudgetSeconds: connackSeconds(version),
  };
}
