/** A merge that remembers is the same merge: whatever came, went or changed since, and wherever it was interrupted. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type InputRuns, readRuns } from '../../../src/cli/report/merge/read-runs.js';
import { readAll } from '../../../src/cli/report/merge/readers.js';
import { MergeState, stampOf } from '../../../src/cli/report/merge/state.js';
import { FactsPool, Fleet } from '../../../src/report/fleet/fleet.js';
import { fleetJson } from '../../../src/report/fleet/json.js';
import { onHost, summaryOf } from '../../helpers/sample-fleet.js';
import { healthy, mqttDropped, nxdomain, proxy407 } from '../../helpers/sample-kinds.js';

const dir = mkdtempSync(join(tmpdir(), 'nde-state-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const KINDS = [healthy(), mqttDropped(), nxdomain(), proxy407()];
/** What a file may hold: a run, another one of the same host, none at all. */
function content(what: number, host: number): string {
  if (what === 4) return '{"cut';
  if (what === 5) return '{"schema":"other"}';
  const at = `2026-08-${String(1 + what).padStart(2, '0')}T00:00:00.000Z`;
  const run = JSON.stringify(onHost(KINDS[what] ?? healthy(), `host-${host}`, { at }));
  return what === 3 ? `${run}\n${run}\n` : run;
}

/** Changes are told by the time of the file: each write has its own. */
let clock = 1_800_000_000;
function put(path: string, text: string): void {
  writeFileSync(path, text);
  utimesSync(path, clock, clock);
  clock += 1;
}

/** Merges by a state; tells how many files had to be read. */
async function merge(
  files: readonly string[],
  stateFile: string | null,
  stopAfter = Infinity,
): Promise<{ text: string; read: number }> {
  const pool = new FactsPool();
  const fleet = new Fleet(pool);
  const state = stateFile === null ? null : new MergeState(pool);
  if (stateFile !== null) await state?.load(stateFile);
  let read = 0;
  const take = ({ rows, left }: InputRuns): void => {
    for (const { name, row } of rows) fleet.addRow(row, name);
    for (const one of left) fleet.leaveOut(one);
  };
  for (const file of files) {
    const stamp = stampOf(statSync(file));
    const known = state?.known(file, stamp) ?? null;
    if (known !== null) take(known);
    else {
      if (read >= stopAfter) {
        // Killed here: what was kept until then is what there is.
        if (stateFile !== null) writeFileSync(stateFile, [...(state?.text(null) ?? [])].join(''));
        return { text: '', read };
      }
      const runs = await readRuns(file);
      read += 1;
      state?.keep(file, stamp, runs);
      take(runs);
    }
  }
  const document = summaryOf(fleet, null);
  if (stateFile !== null)
    writeFileSync(
      stateFile,
      [...(state?.text({ at: '2026-09-01T00:00:00.000Z', rows: document.hosts }) ?? [])].join(''),
    );
  return { text: [...fleetJson(document)].join(''), read };
}

describe('a merge with a state', () => {
  it('is the same as one without, after any changes, and reads only what changed', async () => {
    const step = fc.record({
      file: fc.nat({ max: 7 }),
      what: fc.nat({ max: 6 }),
      host: fc.nat({ max: 4 }),
      stop: fc.nat({ max: 9 }),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
        async (days) => {
          round += 1;
          const folder = join(dir, `round-${round}`);
          mkdirSync(folder);
          const state = join(dir, `state-${round}`);
          const there = new Set<string>();
          for (const changes of days) {
            const changed = new Set<string>();
            for (const { file, what, host } of changes) {
              const path = join(folder, `${file}.json`);
              if (what === 6) {
                rmSync(path, { force: true });
                there.delete(path);
                changed.delete(path);
              } else {
                put(path, content(what, host));
                there.add(path);
                changed.add(path);
              }
            }
            const files = [...there];
            const stop = changes[0]?.stop ?? 9;
            const first = await merge(files, state, stop);
            const second = first.text === '' ? await merge(files, state) : { text: first.text, read: 0 };
            expect(second.text).toBe((await merge(files.toReversed(), null)).text);
            expect(first.read + second.read).toBe(changed.size);
            expect((await merge(files, state)).read).toBe(0);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('knows the hosts of the last finished merge, also when one was cut off since', async () => {
    const [a, b, state] = [join(dir, 'a.json'), join(dir, 'b.json'), join(dir, 'trend')];
    put(a, content(1, 1));
    put(b, content(0, 2));
    await merge([a, b], state);
    put(a, content(0, 1));
    put(b, content(1, 2));
    await merge([a, b], state, 1);
    const again = new MergeState(new FactsPool());
    await again.load(state);
    expect(again.earlier?.at).toBe('2026-09-01T00:00:00.000Z');
    expect([...(again.earlier?.hosts ?? [])].map(([host, { cause }]) => [host, cause])).toEqual([
      ['host-1', 'tcp.dropped'],
      ['host-2', 'none'],
    ]);
  });

  it('believes nothing of a damaged state, and refuses what is none', async () => {
    const [file, state] = [join(dir, 'c.json'), join(dir, 'damaged')];
    put(file, content(1, 1));
    const { text } = await merge([file], state);
    const lines = readFileSync(state, 'utf8').split('\n');
    const spoilt = [
      lines.map((line) => line.replace('"will_fail"', '"will_sing"')),
      lines.map((line) => line.replace(/"e","[^"]*"/, '"e",7')),
      lines.map((line) => line.replace('"form":1', '"form":99')),
      lines.slice(0, -2),
      [...lines.slice(0, 2), '{"cut'],
    ];
    for (const broken of spoilt) {
      writeFileSync(state, broken.join('\n'));
      const again = await merge([file], state);
      expect(again).toEqual({ text, read: 1 });
    }
    writeFileSync(state, lines.join('\n').replace('"form":1', '"form":99'));
    const newer = new MergeState(new FactsPool());
    await newer.load(state);
    expect(newer.earlier?.hosts.get('host-1')?.cause).toBe('tcp.dropped');
    for (const other of ['', 'text', '{"schema":"netdata-egress/report"}\n']) {
      writeFileSync(state, other);
      await expect(new MergeState(new FactsPool()).load(state)).rejects.toThrow('is no state of a merge');
    }
  });
});

describe('reading many files', () => {
  async function* list(files: readonly string[]): AsyncGenerator<string> {
    yield* files;
  }

  it('never throws for what a file can be, and gives every file once', async () => {
    const files = Array.from({ length: 70 }, (_, i) => join(dir, `many-${i}.json`));
    for (const [i, file] of files.entries()) writeFileSync(file, content(i % 6, i));
    const all = [...files, join(dir, 'missing.json'), dir, '/dev/null'];
    const seen = new Map<string, InputRuns>();
    for await (const [file, runs] of readAll(list(all), new FactsPool(), 0)) seen.set(file, runs);
    expect([...seen.keys()]).toEqual(all);
    expect(seen.get(join(dir, 'missing.json'))?.left[0]?.kind).toBe('unreadable');
    expect(seen.get('/dev/null')?.left[0]?.kind).toBe('unreadable');
    expect(seen.get(files[3] ?? '')?.rows).toHaveLength(2);
  });
});
