import { rulesFor } from '../versions.js';

/** What predictions need to know of an Agent version; the facts are those of versions.ts. */
export interface PredictRules {
  /** `X: ` with nothing behind it on the HTTPS legs (docs/reference/agent.md#seen-10). */
  /** A header without `: ` is refused at once; before, the Agent took the separator of a later line. */
  readonly headerWithoutSeparatorIsSafe: boolean;
  /** CR and LF of a line may arrive one after the other; before, the CR alone counted as the end of the line. */
  readonly putsLineEndsTogether: boolean;
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

const CONNACK_SECONDS = 120;

/** @param version without leading v; the newest release's rules for a text that is no version */
export function predictRules(version: string): PredictRules {
  const rules = rulesFor(version);
  return {
    headerWithoutSeparatorIsSafe: rules.headerWithoutSeparatorIsSafe,
    putsLineEndsTogether: rules.putsLineEndsTogether,
    // Both came with the check of the name on those legs.
    namesCertificateFailures: rules.httpsLegsCheckName,
    namesLinkFailures: rules.connackBudget,
    connackBudgetSeconds: rules.connackBudget ? CONNACK_SECONDS : null,
  };
}
