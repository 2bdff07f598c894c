/** What predictions need to know of an Agent version. */
export interface PredictRules {
  /** `X: ` with nothing behind it on the HTTPS legs (agent-confirmed 10). */
  readonly acceptsEmptyHeaderValue: boolean;
  /** Failed certificate checks have a status of their own on the HTTPS legs (agent-behaviour.md §4.6). */
  readonly namesCertificateFailures: boolean;
  /** Failures of the link leg behind TCP have a status; else it just stays `offline` (agent-confirmed 4, 13). */
  readonly namesLinkFailures: boolean;
  /** Seconds from TLS start to CONNACK; null = waits for ever (agent-confirmed 4). */
  readonly connackBudgetSeconds: number | null;
}

export function predictRules(version: string): PredictRules {
  const newer = isAtLeast(version, 2, 11);
  return {
    acceptsEmptyHeaderValue: newer,
    namesCertificateFailures: newer,
    namesLinkFailures: newer,
    connackBudgetSeconds: newer ? 120 : null,
  };
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [a, b] = version.split(/[.-]/, 2).map(Number);
  return (a ?? 0) > major || (a === major && (b ?? 0) >= minor);
}
