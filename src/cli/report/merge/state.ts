/**
 * What a merge knew last time (`--state FILE`): the rows of every file it read, by path, size, time of change and inode,
 * and the hosts of the last finished merge. Written as a whole now and then and at the end, so that a merge that was
 * killed goes on where it was. Nothing in the file is trusted: what is not as it should be is read again from its source.
 */
import type { Stats } from 'node:fs';
import { openTyped } from '../../../host/typed.js';
import { isMissing, codeOf } from '../../../host/walk.js';
import { UsageError } from '../../../model/errors.js';
import type { Outcome } from '../../../model/prediction.js';
import { LEFT_OUT_WORDS, OUTCOMES } from '../../../report/fleet/words.js';
import type { FleetFacts, FleetRow, LeftOut, LeftOutKind } from '../../../report/fleet/document.js';
import type { FactsPool } from '../../../report/fleet/fleet.js';
import { checkFacts } from '../../../report/fleet/schema.js';
import type { Earlier } from '../../../report/fleet/trend.js';
import { fileErrorText } from '../../file-errors.js';
import type { InputRuns } from './read-runs.js';

const SCHEMA = 'netdata-egress/fleet-state';
/** Raised whenever a row is made otherwise than before: what is kept is then read again. */
const FORM = 1;
const MAX_BYTES = 512 * 1024 * 1024;
const MAX_LINE = 4 * 1024 * 1024;

/** What tells that a file is the one that was read. */
type Stamp = readonly [size: number, mtimeMs: number, inode: number];

export const stampOf = ({ size, mtimeMs, ino }: Pick<Stats, 'size' | 'mtimeMs' | 'ino'>): Stamp => [size, mtimeMs, ino];

interface Entry {
  readonly stamp: Stamp;
  readonly runs: InputRuns;
  /** This merge met the file. */
  seen: boolean;
}

async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  let size = 0;
  for await (const chunk of openTyped(path)) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new UsageError(`${path} is too large to be the state of a merge`);
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      yield Buffer.concat([rest, chunk.subarray(from, at)]).toString('utf8');
      rest = Buffer.alloc(0);
      from = at + 1;
    }
    rest = Buffer.concat([rest, chunk.subarray(from)]);
    if (rest.length > MAX_LINE) throw new UsageError(`${path} is no state of a merge: a line is too long`);
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 4096;

export class MergeState {
  readonly #entries = new Map<string, Entry>();
  readonly #pool: FactsPool;
  earlier: Earlier | null = null;

  constructor(pool: FactsPool) {
    this.#pool = pool;
  }

  /** A file that is not there yet is an empty state. Throws UsageError for one that is none, before it is overwritten. */
  async load(path: string): Promise<void> {
    try {
      await this.#load(path);
    } catch (error) {
      if (error instanceof UsageError || !isMissing(codeOf(error))) {
        if (error instanceof UsageError) throw error;
        throw new UsageError(`cannot read ${path}: ${fileErrorText(error)}`);
      }
    }
  }

  async #load(path: string): Promise<void> {
    const facts: FleetFacts[] = [];
    const hosts = new Map<string, { outcome: Outcome; cause: string }>();
    let at: string | null = null;
    let number = 0;
    // Rows of another form are of no use; the hosts of the last merge are.
    let ofForm = false;
    for await (const line of linesOf(path)) {
      number += 1;
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch {
        value = null;
      }
      if (number === 1) {
        const header = (value ?? {}) as { schema?: unknown; form?: unknown; at?: unknown };
        if (header.schema !== SCHEMA) throw new UsageError(`${path} is no state of a merge`);
        at = isText(header.at) && !Number.isNaN(Date.parse(header.at)) ? header.at : null;
        ofForm = header.form === FORM;
      } else if (Array.isArray(value) && (ofForm || value[0] === 'h'))
        this.#line(value as readonly unknown[], facts, hosts);
    }
    if (number === 0) throw new UsageError(`${path} is no state of a merge`);
    this.earlier = at === null ? null : { at, hosts };
  }

  #line(line: readonly unknown[], facts: FleetFacts[], hosts: Map<string, { outcome: Outcome; cause: string }>): void {
    const [kind, ...rest] = line;
    if (kind === 'f') {
      const [number, value] = rest;
      if (typeof number === 'number' && number === facts.length && checkFacts(value) === null)
        facts.push(this.#pool.one(value as FleetFacts));
    } else if (kind === 'h') {
      const [host, outcome, cause] = rest;
      const known = OUTCOMES.find((one) => one === outcome);
      if (isText(host) && known !== undefined && isText(cause)) hosts.set(host, { outcome: known, cause });
    } else if (kind === 'e') this.#entry(rest, facts);
  }

  #entry([path, size, mtimeMs, inode, rows, left]: readonly unknown[], facts: readonly FleetFacts[]): void {
    if (!isText(path) || !Array.isArray(rows) || !Array.isArray(left)) return;
    if (typeof size !== 'number' || typeof mtimeMs !== 'number' || typeof inode !== 'number') return;
    const named = (rows as readonly unknown[]).flatMap((row) => {
      const [where, host, startedAt, source, number] = Array.isArray(row) ? (row as readonly unknown[]) : [];
      const known = typeof number === 'number' ? facts[number] : undefined;
      if (!isText(where) || !isText(host) || !isText(startedAt) || known === undefined) return [];
      if (source !== null && !isText(source)) return [];
      return [{ name: path + where, row: { host, startedAt, source, facts: known } satisfies FleetRow }];
    });
    const faults = (left as readonly unknown[]).flatMap((one): LeftOut[] => {
      const [kind, name, text] = Array.isArray(one) ? (one as readonly unknown[]) : [];
      if (!isText(kind) || !Object.hasOwn(LEFT_OUT_WORDS, kind) || !isText(name) || !isText(text)) return [];
      return [{ kind: kind as LeftOutKind, name, text }];
    });
    // All or nothing: a file whose rows are not all good is read again.
    if (named.length === rows.length && faults.length === left.length && named.length + faults.length > 0)
      this.#entries.set(path, { stamp: [size, mtimeMs, inode], runs: { rows: named, left: faults }, seen: false });
  }

  /** What the file held when it was last read; null when it has changed since, or never was. */
  known(path: string, stamp: Stamp): InputRuns | null {
    const entry = this.#entries.get(path);
    if (entry === undefined || entry.stamp.some((part, index) => part !== stamp[index])) return null;
    entry.seen = true;
    return entry.runs;
  }

  /** What cannot be read now may be readable later without a change of the file: it is not kept. */
  keep(path: string, stamp: Stamp, runs: InputRuns): void {
    if (runs.left.some(({ kind }) => kind === 'unreadable')) return;
    this.#entries.set(path, { stamp, runs, seen: true });
  }

  /**
   * The state, line by line. `finished`: when the merge ended, and its hosts: files that it did not meet are forgotten; null =
   * it is still under way, and all that is known is kept.
   */
  *text(finished: { readonly at: string; readonly rows: readonly FleetRow[] } | null): Generator<string> {
    const numbers = new Map<FleetFacts, number>();
    const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
    const at = finished === null ? this.earlier?.at : finished.at;
    yield line({ schema: SCHEMA, form: FORM, ...(at === undefined ? {} : { at }) });
    if (finished === null)
      for (const [host, { outcome, cause }] of this.earlier?.hosts ?? []) yield line(['h', host, outcome, cause]);
    else for (const { host, facts } of finished.rows) yield line(['h', host, facts.outcome, facts.cause]);
    for (const [path, { stamp, runs, seen }] of this.#entries) {
      if (finished !== null && !seen) continue;
      const rows: unknown[] = [];
      for (const { name, row } of runs.rows) {
        const { host, startedAt, source, facts } = row;
        let number = numbers.get(facts);
        if (number === undefined) {
          numbers.set(facts, (number = numbers.size));
          yield line(['f', number, facts]);
        }
        rows.push([name.slice(path.length), host, startedAt, source, number]);
      }
      const left = runs.left.map(({ kind, name, text }) => [kind, name, text]);
      yield line(['e', path, ...stamp, rows, left]);
    }
  }
}
