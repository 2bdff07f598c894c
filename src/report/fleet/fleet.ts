/**
 * Collects rows, the latest one a host, whatever order they come in. Facts that are alike are kept once: memory grows by
 * the name of a host and its address, never by the size of a run. Pure.
 */
import { hash } from 'node:crypto';
import type { Report } from '../../model/report.js';
import type { FleetFacts, FleetRow, LeftOut, LeftOutKind } from './document.js';
import { rowOf } from './row.js';

/** Hosts kept; what comes later is counted. */
const MOST_HOSTS = 250_000;
/** Left-out inputs that are listed; the rest is counted. */
const MOST_LISTED = 200;

const digest = (value: unknown): string => hash('sha1', JSON.stringify(value), 'base64');

/** One object for all that are equal. */
class Interned<T extends object> {
  readonly #known = new Map<string, T>();

  one(value: T, make: (value: T) => T = (same) => same): T {
    const key = digest(value);
    let known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, (known = make(value)));
    return known;
  }
}

/** Facts that are equal are one object; those that are not share at least their lists. */
export class FactsPool {
  readonly #facts = new Interned<FleetFacts>();
  readonly #lists = new Interned<object>();
  readonly #ours = new WeakSet<FleetFacts>();

  one(facts: FleetFacts): FleetFacts {
    if (this.#ours.has(facts)) return facts;
    const one = this.#facts.one(facts, (fresh) => {
      const { findings, needs, labels, resolvers } = fresh;
      return {
        ...fresh,
        findings: this.#list(findings),
        needs: this.#list(needs),
        labels: this.#list(labels),
        resolvers: this.#list(resolvers),
      };
    });
    this.#ours.add(one);
    return one;
  }

  #list<T extends readonly unknown[]>(list: T): T {
    return this.#lists.one(list) as T;
  }
}

/** The later run; of two of the same time, one that does not depend on which came first. */
function later(a: FleetRow, b: FleetRow): FleetRow {
  if (a.startedAt !== b.startedAt) return a.startedAt > b.startedAt ? a : b;
  return JSON.stringify(a) >= JSON.stringify(b) ? a : b;
}

const isSame = (a: FleetRow, b: FleetRow): boolean =>
  a.startedAt === b.startedAt && a.facts === b.facts && a.source === b.source;

interface Entry {
  row: FleetRow;
  /** Where it came from; of several inputs that hold the very same run, the first by name. */
  name: string;
  /** Further inputs that hold the same run; null = none, which is what nearly all have. */
  same: string[] | null;
  /** Earlier runs of the host. */
  older: number;
}

/** The first of them by name. */
function shortest(all: readonly LeftOut[]): LeftOut[] {
  const key = ({ name, kind, text }: LeftOut): string => `${name} ${kind} ${text}`;
  return all.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)).slice(0, MOST_LISTED);
}

/** `input`: the file, or line of a file, that the run came from. */
export type Labeller = (host: string, input: string) => readonly string[];

export class Fleet {
  /** Runs that were read. */
  reports = 0;
  readonly pool: FactsPool;
  readonly #entries = new Map<string, Entry>();
  readonly #counts = new Map<LeftOutKind, number>();
  /** Kept sorted and short, so that what is listed does not depend on the order of the inputs. */
  #listed: LeftOut[] = [];
  readonly #label: Labeller;

  /** `label`: further labels of a host, from outside its run; of the same key, they stand for its own. */
  constructor(pool = new FactsPool(), label: Labeller = () => []) {
    this.pool = pool;
    this.#label = label;
  }

  add(report: Report, name = ''): void {
    this.addRow(rowOf(report), name);
  }

  addRow(given: FleetRow, name = ''): void {
    const row = this.#labelled(given, name);
    this.reports += 1;
    const known = this.#entries.get(row.host);
    if (known === undefined) {
      if (this.#entries.size < MOST_HOSTS) this.#entries.set(row.host, { row, name, same: null, older: 0 });
      else this.leaveOut({ kind: 'too_many', name, text: `${row.host}: too many hosts` });
    } else if (isSame(known.row, row)) {
      (known.same ??= []).push(name < known.name ? known.name : name);
      if (name < known.name) known.name = name;
    } else if (later(known.row, row) === known.row) {
      known.older += 1;
    } else {
      known.older += 1 + (known.same?.length ?? 0);
      known.row = row;
      known.name = name;
      known.same = null;
    }
  }

  #labelled(row: FleetRow, input: string): FleetRow {
    const more = this.#label(row.host, input);
    const { facts } = row;
    if (more.length === 0) {
      const shared = this.pool.one(facts);
      return shared === facts ? row : { ...row, facts: shared };
    }
    const keys = new Set(more.map((label) => label.slice(0, label.indexOf('=') + 1)));
    const own = facts.labels.filter((label) => !keys.has(label.slice(0, label.indexOf('=') + 1)));
    const labels = [...new Set([...own, ...more])].sort();
    return { ...row, facts: this.pool.one({ ...facts, labels }) };
  }

  leaveOut(left: LeftOut): void {
    this.#counts.set(left.kind, (this.#counts.get(left.kind) ?? 0) + 1);
    this.#listed.push({ ...left, name: left.name.slice(0, 400), text: left.text.slice(0, 400) });
    if (this.#listed.length > 4 * MOST_LISTED) this.#listed = shortest(this.#listed);
  }

  /** What does not count: inputs that are no run, the same run again, and runs that a later one of their host replaces. */
  leftOut(): { readonly counts: Readonly<Record<LeftOutKind, number>>; readonly list: readonly LeftOut[] } {
    let duplicate = 0;
    let superseded = 0;
    const doubles: LeftOut[] = [];
    for (const { row, same, older } of this.#entries.values()) {
      superseded += older;
      if (same === null) continue;
      duplicate += same.length;
      for (const name of same) {
        doubles.push({ kind: 'duplicate', name, text: `the run of ${row.host} of ${row.startedAt} again` });
      }
    }
    const n = (kind: LeftOutKind): number => this.#counts.get(kind) ?? 0;
    return {
      counts: {
        damaged: n('damaged'),
        foreign: n('foreign'),
        invalid: n('invalid'),
        newer: n('newer'),
        too_large: n('too_large'),
        unreadable: n('unreadable'),
        duplicate,
        superseded,
        too_many: n('too_many'),
      },
      list: [...shortest(this.#listed), ...shortest(doubles)].slice(0, MOST_LISTED),
    };
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Sorted by name. */
  rows(): readonly FleetRow[] {
    return [...this.#entries.values()].map(({ row }) => row).sort((a, b) => (a.host < b.host ? -1 : 1));
  }
}
