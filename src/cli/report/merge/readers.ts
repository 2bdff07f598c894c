/**
 * Many files, read by a few threads where there are many: parsing is all the work there is, and it is shared out in
 * batches. Where this program cannot start a thread (the executable, a script from standard input), it reads by itself.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { FactsPool } from '../../../report/fleet/fleet.js';
import type { FleetFacts } from '../../../report/fleet/document.js';
import { MERGE_WORKER } from '../../hidden-verbs.js';
import { ownProgram } from '../../self.js';
import { type InputRuns, readRuns } from './read-runs.js';
import type { WorkerAnswer } from './worker.js';

/** Threads pay from here on: one costs as much as reading so many files. */
const MANY = 300;
const BATCH = 32;
const MOST_THREADS = 4;
/** So much of the heap is garbage of parsing: small, and given back often. */
const YOUNG_MB = 16;

/** A script that a thread can run; null where there is none. */
function script(): string | null {
  const { file, args, input } = ownProgram();
  return file === process.execPath && input === null ? (args[0] ?? null) : null;
}

/** One thread, which answers batch by batch. */
class Reader {
  readonly #worker: Worker;
  readonly #facts: FleetFacts[] = [];
  readonly #pool: FactsPool;
  #waiting: { resolve: (answer: WorkerAnswer) => void; reject: (error: unknown) => void } | null = null;

  constructor(file: string, pool: FactsPool) {
    this.#pool = pool;
    this.#worker = new Worker(file, {
      argv: [MERGE_WORKER],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker.on('message', (answer: WorkerAnswer) => this.#settle()?.resolve(answer));
    this.#worker.on('error', (error) => this.#settle()?.reject(error));
    this.#worker.on('exit', () => this.#settle()?.reject(new Error('the thread ended')));
  }

  #settle() {
    const waiting = this.#waiting;
    this.#waiting = null;
    return waiting;
  }

  async read(paths: readonly string[]): Promise<readonly InputRuns[]> {
    const { files, facts } = await new Promise<WorkerAnswer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      this.#worker.postMessage(paths);
    });
    for (const [number, one] of facts) this.#facts[number] = this.#pool.one(one);
    return files.map(({ rows, left }, index) => ({
      left,
      rows: rows.flatMap(({ where, host, startedAt, source, facts: number }) => {
        const known = this.#facts[number];
        // The name that is held already, not another copy of it.
        const name = `${paths[index] ?? ''}${where}`;
        return known === undefined ? [] : [{ name, row: { host, startedAt, source, facts: known } }];
      }),
    }));
  }

  end(): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage([]);
  }
}

/** What the files hold, in no order. `threads`: how many may be started, 0 = none. */
export async function* readAll(
  files: AsyncIterable<string>,
  pool: FactsPool,
  threads = script() === null ? 0 : Math.min(MOST_THREADS, availableParallelism()),
): AsyncGenerator<readonly [file: string, runs: InputRuns]> {
  const source = files[Symbol.asyncIterator]();
  const next = async (): Promise<readonly string[]> => {
    const batch: string[] = [];
    while (batch.length < BATCH) {
      const one = await source.next();
      if (one.done === true) break;
      batch.push(one.value);
    }
    return batch;
  };
  const here = async (batch: readonly string[]): Promise<readonly InputRuns[]> => {
    const read: InputRuns[] = [];
    for (const file of batch) {
      const { rows, left } = await readRuns(file);
      const shared = rows.map(({ name, row }) => ({ name, row: { ...row, facts: pool.one(row.facts) } }));
      read.push({ rows: shared, left });
    }
    return read;
  };
  const alone = threads === 0 ? Infinity : MANY;
  for (let read = 0; read < alone; read += BATCH) {
    const batch = await next();
    if (batch.length === 0) return;
    for (const [index, runs] of (await here(batch)).entries()) yield [batch[index] ?? '', runs];
  }
  const file = script() ?? '';
  type Done = { readonly reader: Reader; readonly batch: readonly string[]; readonly read: readonly InputRuns[] };
  const readers = Array.from({ length: threads }, () => new Reader(file, pool));
  const busy = new Map<Reader, Promise<Done>>();
  const start = async (reader: Reader): Promise<void> => {
    const batch = await next();
    if (batch.length === 0) return;
    // A thread that broke is no reason to lose files: they are read here.
    busy.set(
      reader,
      reader.read(batch).then(
        (read) => ({ reader, batch, read }),
        async () => ({ reader, batch, read: await here(batch) }),
      ),
    );
  };
  try {
    for (const reader of readers) await start(reader);
    while (busy.size > 0) {
      const { reader, batch, read } = await Promise.race(busy.values());
      busy.delete(reader);
      await start(reader);
      for (const [index, runs] of read.entries()) yield [batch[index] ?? '', runs];
    }
  } finally {
    for (const reader of readers) reader.end();
  }
}
