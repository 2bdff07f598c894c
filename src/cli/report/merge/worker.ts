/** Reads files for a merge on a thread of its own. Facts that are alike are sent once, and by their number from then on. */
import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import type { FleetFacts, LeftOut } from '../../../report/fleet/document.js';
import { FactsPool } from '../../../report/fleet/fleet.js';
import { readRuns } from './read-runs.js';

/** `facts` = number of the facts, which came with this or an earlier answer of the same worker. */
interface SentRow {
  /** What completes the path: `, line 3`. */
  readonly where: string;
  readonly host: string;
  readonly startedAt: string;
  readonly source: string | null;
  readonly facts: number;
}

export interface WorkerAnswer {
  /** In the order of the paths that were asked for. */
  readonly files: readonly { readonly rows: readonly SentRow[]; readonly left: readonly LeftOut[] }[];
  readonly facts: readonly (readonly [number: number, facts: FleetFacts])[];
}

/** An empty list of paths ends it. */
export async function mergeWorker(): Promise<void> {
  const port = parentPort;
  if (port === null) return;
  const pool = new FactsPool();
  const numbers = new Map<FleetFacts, number>();
  for (;;) {
    const [paths] = (await once(port, 'message')) as [readonly string[]];
    if (paths.length === 0) break;
    const fresh: [number, FleetFacts][] = [];
    const files = [];
    for (const path of paths) {
      const { rows, left } = await readRuns(path);
      const sent = rows.map(({ name, row: { host, startedAt, source, facts } }): SentRow => {
        const one = pool.one(facts);
        let number = numbers.get(one);
        if (number === undefined) {
          numbers.set(one, (number = numbers.size));
          fresh.push([number, one]);
        }
        return { where: name.slice(path.length), host, startedAt, source, facts: number };
      });
      files.push({ rows: sent, left });
    }
    port.postMessage({ files, facts: fresh } satisfies WorkerAnswer);
  }
  port.close();
}
