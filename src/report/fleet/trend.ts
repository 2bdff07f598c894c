/** What became of each host since an earlier merge. Pure. */
import type { Outcome } from '../../model/prediction.js';
import type { FleetRow, Trend, TrendHost } from './document.js';

/** An earlier merge, as far as the trend asks for it. */
export interface Earlier {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly hosts: ReadonlyMap<string, { readonly outcome: Outcome; readonly cause: string }>;
}

export function earlierOf(at: string, rows: Iterable<FleetRow>): Earlier {
  const hosts = new Map<string, { outcome: Outcome; cause: string }>();
  for (const { host, facts } of rows) hosts.set(host, facts);
  return { at, hosts };
}

const isTrouble = (outcome: Outcome): boolean => outcome === 'will_fail' || outcome === 'at_risk';

/** `rows` sorted by host. */
export function trendOf(rows: readonly FleetRow[], earlier: Earlier): Trend {
  const lists = { fixed: [], new: [], still: [], unclear: [] } as Record<
    'fixed' | 'new' | 'still' | 'unclear',
    TrendHost[]
  >;
  const added: string[] = [];
  const seen = new Set<string>();
  for (const { host, facts } of rows) {
    seen.add(host);
    const then = earlier.hosts.get(host);
    if (then === undefined) added.push(host);
    const change = { host, before: then?.cause ?? null, now: facts.cause };
    const before = then !== undefined && isTrouble(then.outcome);
    if (isTrouble(facts.outcome)) lists[before ? 'still' : 'new'].push(change);
    else if (before) lists[facts.outcome === 'will_work' ? 'fixed' : 'unclear'].push(change);
  }
  const gone = [...earlier.hosts.keys()].filter((host) => !seen.has(host)).sort();
  return { since: earlier.at, ...lists, added, gone };
}
