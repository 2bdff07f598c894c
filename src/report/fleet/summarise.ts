/** From rows to the one document that every form shows. Pure: the same rows give the same document. */
import type { Blame, Severity } from '../../model/finding.js';
import type { Outcome } from '../../model/prediction.js';
import {
  FLEET_SCHEMA,
  FLEET_VERSION,
  type FindingCount,
  type FleetCause,
  type FleetDocument,
  type FleetNeed,
  type FleetRow,
} from './document.js';
import { type Counts, countFacets, facetsOf, spreadOf } from './facets.js';
import type { Fleet } from './fleet.js';
import { lettersOf, mostCommon } from './letters.js';
import { oddHosts } from './odd.js';
import { type Earlier, trendOf } from './trend.js';

const MOST_SUBNETS = 50;
/** Causes are ids of ours: more than this only hostile documents have. */
const MOST_CAUSES = 500;

export interface SummaryOptions {
  readonly toolVersion: string;
  /** ISO 8601 UTC. */
  readonly now: string;
  readonly earlier: Earlier | null;
}

const noOutcomes = (): Record<Outcome, number> => ({ will_work: 0, will_fail: 0, at_risk: 0, unknown: 0 });

function outcomesOf(rows: readonly FleetRow[]): Record<Outcome, number> {
  const outcomes = noOutcomes();
  for (const { facts } of rows) outcomes[facts.outcome] += 1;
  return outcomes;
}

function causeOf(cause: string, rows: readonly FleetRow[], whole: Counts): FleetCause {
  const titles = new Map<string, number>();
  let blames: Blame | null = null;
  for (const { facts } of rows) {
    const first = facts.findings.find(({ id }) => id === facts.cause);
    if (first === undefined || cause === 'others') continue;
    titles.set(first.title, (titles.get(first.title) ?? 0) + 1);
    blames = first.blames;
  }
  const title = mostCommon(titles);
  return {
    cause,
    title: title === '' ? (cause === 'none' ? 'nothing in the way' : 'could not be decided') : title,
    blames,
    outcomes: outcomesOf(rows),
    cannotClaim: rows.filter(({ facts }) => facts.claim === 'will_fail').length,
    cannotLink: rows.filter(({ facts }) => facts.link === 'will_fail').length,
    hosts: rows.map(({ host }) => host),
    ...(cause === 'none' ? { ...spreadOf(rows, whole), common: [] } : spreadOf(rows, whole)),
  };
}

/** Most hosts first; what could not be decided and what is fine come last. */
function causesOf(rows: readonly FleetRow[], whole: Counts): readonly FleetCause[] {
  const byCause = new Map<string, FleetRow[]>();
  for (const row of rows) {
    const known = byCause.get(row.facts.cause);
    if (known === undefined) byCause.set(row.facts.cause, [row]);
    else known.push(row);
  }
  const rank = (cause: string): number => (cause === 'none' ? 2 : cause === 'undecided' ? 1 : 0);
  const sorted = [...byCause].sort(
    ([a, some], [b, others]) => rank(a) - rank(b) || others.length - some.length || (a < b ? -1 : 1),
  );
  return sorted.slice(0, MOST_CAUSES).map(([cause, some]) => causeOf(cause, some, whole));
}

const SEVERITIES: readonly Severity[] = ['blocks', 'risks', 'notes'];

function findingsOf(rows: readonly FleetRow[]): readonly FindingCount[] {
  interface Counted extends Omit<FindingCount, 'title' | 'hosts' | 'first'> {
    readonly titles: Map<string, number>;
    hosts: number;
    first: number;
  }
  const found = new Map<string, Counted>();
  for (const { facts } of rows) {
    const told = new Set<string>();
    for (const { id, severity, blames, title } of facts.findings) {
      const key = `${severity} ${id}`;
      if (told.has(key)) continue;
      told.add(key);
      let counted = found.get(key);
      if (counted === undefined) {
        if (found.size >= MOST_CAUSES) continue;
        found.set(key, (counted = { id, severity, blames, titles: new Map<string, number>(), hosts: 0, first: 0 }));
      }
      counted.titles.set(title, (counted.titles.get(title) ?? 0) + 1);
      counted.hosts += 1;
      if (facts.cause === id && facts.findings[0]?.severity === severity) counted.first += 1;
    }
  }
  return [...found.values()]
    .map(({ titles, ...rest }) => ({ ...rest, title: mostCommon(titles) }))
    .sort(
      (a, b) =>
        SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.hosts - a.hosts || (a.id < b.id ? -1 : 1),
    );
}

/** The union of what the hosts need, and who needs it. */
function needsOf(rows: readonly FleetRow[]): readonly FleetNeed[] {
  const found = new Map<
    string,
    { need: Omit<FleetNeed, 'hosts' | 'subnets' | 'more'>; hosts: number; by: Map<string, number> }
  >();
  for (const { facts } of rows) {
    for (const { host, port, through, required } of facts.needs) {
      const key = JSON.stringify([host, port, through]);
      const known = found.get(key);
      const entry = known ?? { need: { host, port, through, required }, hosts: 0, by: new Map<string, number>() };
      if (known === undefined) found.set(key, entry);
      if (required && !entry.need.required) entry.need = { ...entry.need, required };
      entry.hosts += 1;
      const subnet = facts.subnet ?? 'unknown';
      entry.by.set(subnet, (entry.by.get(subnet) ?? 0) + 1);
    }
  }
  return [...found]
    .sort(
      ([a, x], [b, y]) => Number(y.need.required) - Number(x.need.required) || y.hosts - x.hosts || (a < b ? -1 : 1),
    )
    .map(([, { need, hosts, by }]) => {
      const subnets = [...by]
        .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
        .map(([value, n]) => ({ value, hosts: n }));
      return {
        ...need,
        hosts,
        subnets: subnets.slice(0, MOST_SUBNETS),
        more: Math.max(0, subnets.length - MOST_SUBNETS),
      };
    });
}

export function summarise(fleet: Fleet, options: SummaryOptions): FleetDocument {
  const hosts = fleet.rows();
  const whole = countFacets(hosts);
  const times = hosts.map(({ startedAt }) => startedAt);
  const { odd, more: moreOdd } = oddHosts(hosts);
  const { counts, list } = fleet.leftOut();
  return {
    schema: FLEET_SCHEMA,
    version: FLEET_VERSION,
    tool: { name: 'netdata-egress', version: options.toolVersion },
    createdAt: options.now,
    reports: fleet.reports,
    outcomes: outcomesOf(hosts),
    from: times.reduce<string | null>((a, b) => (a === null || b < a ? b : a), null),
    to: times.reduce<string | null>((a, b) => (a === null || b > a ? b : a), null),
    causes: causesOf(hosts, whole),
    findings: findingsOf(hosts),
    odd,
    moreOdd,
    facets: facetsOf(whole),
    needs: needsOf(hosts),
    letters: lettersOf(hosts, needsOf),
    trend: options.earlier === null ? null : trendOf(hosts, options.earlier),
    changed: hosts.filter(({ facts }) => facts.changed).length,
    leftOut: counts,
    leftOutList: list,
    hosts,
  };
}
