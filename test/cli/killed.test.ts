/** A run that is killed at any moment leaves the former file or a valid document that says so; never a torn one. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadReport } from '../../src/report/load.js';
import { schemaFaults } from '../helpers/published-schema.js';
import { healthy } from '../helpers/sample-kinds.js';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';

const FORMER = JSON.stringify(healthy());
let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-killed-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ms: number;
}

/** A run against a silent network on loopback, which takes about a second, killed after `afterMs`. */
async function runAndKill(output: string, kill: NodeJS.Signals | null, when: () => Promise<unknown>): Promise<End> {
  const started = performance.now();
  const args = [
    ...PROGRAM_ARGS,
    'lab',
    'run',
    'all_dropped',
    '--step-timeout',
    '700ms',
    '--timeout',
    '6s',
    '--output',
    output,
  ];
  const child = spawn(PROGRAM, [...args, '--json'], { stdio: 'ignore' });
  const ended = new Promise<End>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, ms: performance.now() - started }));
  });
  if (kill !== null) {
    await Promise.race([when(), ended]);
    if (child.exitCode === null && child.signalCode === null) child.kill(kill);
  }
  return await ended;
}

/** Until a first, unfinished document stands there; bounded by the end of the run itself. */
async function exists(path: string): Promise<void> {
  for (let i = 0; i < 500; i += 1) {
    if (
      await stat(path).then(
        () => true,
        () => false,
      )
    )
      return;
    await sleep(20);
  }
}

const POINTS = 12;
const AT_ONCE = 4;
const SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGINT'] as const;

describe('doctor --output, killed at random points', () => {
  it('leaves the former file or a marked document', async () => {
    const whole = await runAndKill(join(dir, 'whole.json'), null, () => sleep(0));
    expect(loadReport(await readFile(join(dir, 'whole.json'), 'utf8'), 'whole.json').interrupted).toBe(false);
    const points = Array.from({ length: POINTS }, (_, i) => ({
      output: join(dir, `run-${i}.json`),
      signal: SIGNALS[i % SIGNALS.length] ?? 'SIGKILL',
      // Spread over the whole run and a little beyond, with some chance.
      afterMs: ((i + Math.random()) / POINTS) * whole.ms * 1.1,
    }));
    const seen = { former: 0, marked: 0, complete: 0 };
    const queue = [...points];
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let point = queue.shift(); point !== undefined; point = queue.shift()) {
          await writeFile(point.output, FORMER);
          const end = await runAndKill(point.output, point.signal, () => sleep(point.afterMs));
          const text = await readFile(point.output, 'utf8');
          const what = `${point.signal} after ${Math.round(point.afterMs)} ms`;
          if (text === FORMER) {
            seen.former += 1;
            continue;
          }
          const report = loadReport(text, what);
          expect(schemaFaults(JSON.parse(text)), what).toBe('');
          if (report.interrupted) {
            seen.marked += 1;
            expect(report.exitCode, what).toBe(130);
            expect(report.notChecked.length, what).toBeGreaterThan(0);
            for (const verdict of [report.verdict.claim, report.verdict.link]) {
              expect(verdict.outcome, what).not.toBe('will_work');
            }
          } else {
            seen.complete += 1;
            expect(end, what).toMatchObject({ code: report.exitCode, signal: null });
          }
        }
      }),
    );
    expect(seen.former + seen.marked + seen.complete).toBe(POINTS);
    // The points were spread well enough to prove something.
    expect(seen.marked).toBeGreaterThanOrEqual(3);
  });

  it('tidies up after itself when it is asked to stop', async () => {
    const folder = await mkdtemp(join(dir, 'asked-'));
    const ends = await Promise.all(
      (['SIGINT', 'SIGTERM'] as const).map((signal) => {
        const output = join(folder, `${signal}.json`);
        return runAndKill(output, signal, () => exists(output));
      }),
    );
    for (const signal of ['SIGINT', 'SIGTERM']) {
      const report = loadReport(await readFile(join(folder, `${signal}.json`), 'utf8'), signal);
      expect(report).toMatchObject({ interrupted: true, exitCode: 130 });
    }
    for (const name of await readdir(folder)) expect(name).toMatch(/^SIG(?:INT|TERM)\.json$/);
    for (const end of ends) expect(end).toMatchObject({ code: 130, signal: null });
  });
});
