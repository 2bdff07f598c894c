/**
 * Many hosts' runs in one table of causes × hosts. Each report is reduced to a few words as it passes, so that memory
 * depends on the number of different causes, not of reports. Pure.
 */
import type { Outcome } from '../model/prediction.js';
import type { Report } from '../model/report.js';
import type { Blame } from '../model/finding.js';
import { routeText } from './describe.js';
import { judge, worstOutcome } from './judgement.js';

/** Different values kept per column; what comes later is counted as others. */
const MOST_VALUES = 200;
/** Host names kept as examples per cause. */
const MOST_EXAMPLES = 12;
/** Different causes kept; ids are ours, so only a hostile file could reach this. */
const MOST_CAUSES = 500;

/** Counts values, without remembering more than MOST_VALUES of them. */
export class Tally {
  readonly #counts = new Map<string, number>();
  others = 0;

  add(value: string): void {
    const known = this.#counts.get(value);
    if (known === undefined && this.#counts.size >= MOST_VALUES) this.others += 1;
    else this.#counts.set(value, (known ?? 0) + 1);
  }

  /** Most frequent first; equal ones by name. */
  top(n: number): readonly (readonly [value: string, count: number])[] {
    return [...this.#counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, n);
  }

  get distinct(): number {
    return this.#counts.size;
  }
}

export interface FleetRow {
  /** Finding id; `none` = nothing found; `undecided` = nothing found and nothing proven. */
  readonly cause: string;
  readonly title: string;
  readonly blames: Blame | null;
  reports: number;
  readonly claim: Record<Outcome, number>;
  readonly link: Record<Outcome, number>;
  readonly routes: Tally;
  readonly resolvers: Tally;
  readonly versions: Tally;
  /** First hosts seen with it. */
  readonly examples: string[];
}

const none = (): Record<Outcome, number> => ({ will_work: 0, will_fail: 0, at_risk: 0, unknown: 0 });

export class Fleet {
  reports = 0;
  readonly outcomes = none();
  readonly #rows = new Map<string, FleetRow>();

  add(report: Report): void {
    this.reports += 1;
    const worst = worstOutcome(report);
    this.outcomes[worst] += 1;
    const row = this.#row(report, worst);
    row.reports += 1;
    row.claim[report.verdict.claim.outcome] += 1;
    row.link[report.verdict.link.outcome] += 1;
    row.routes.add(routeText(report, report.agent.legs.link.routeId));
    row.versions.add(report.agent.version.value);
    for (const o of report.observations) {
      if (o.operation === 'read_host_network') for (const r of o.resolvers.slice(0, 4)) row.resolvers.add(r.address);
    }
    if (row.examples.length < MOST_EXAMPLES && !row.examples.includes(report.environment.hostname)) {
      row.examples.push(report.environment.hostname.slice(0, 200));
    }
  }

  #row(report: Report, worst: Outcome): FleetRow {
    const { cause } = judge(report);
    let key = cause?.id ?? (worst === 'unknown' ? 'undecided' : 'none');
    if (!this.#rows.has(key) && this.#rows.size >= MOST_CAUSES) key = 'others';
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const row: FleetRow = {
      cause: key,
      title: (cause?.title ?? (key === 'none' ? 'nothing in the way' : 'could not be decided')).slice(0, 300),
      blames: cause?.blames ?? null,
      reports: 0,
      claim: none(),
      link: none(),
      routes: new Tally(),
      resolvers: new Tally(),
      versions: new Tally(),
      examples: [],
    };
    this.#rows.set(key, row);
    return row;
  }

  /** Most reports first, `none` last. */
  rows(): readonly FleetRow[] {
    return [...this.#rows.values()].toSorted(
      (a, b) =>
        Number(a.cause === 'none') - Number(b.cause === 'none') ||
        b.reports - a.reports ||
        (a.cause < b.cause ? -1 : 1),
    );
  }
}
