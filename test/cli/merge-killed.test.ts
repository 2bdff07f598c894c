/** `report merge --state`, killed wherever it happens to be: the next one ends with what an undisturbed one says. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FleetDocument } from '../../src/report/fleet/document.js';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';
import { onHost } from '../helpers/sample-fleet.js';
import { healthy, mqttDropped, nxdomain } from '../helpers/sample-kinds.js';

/** Enough for the threads to start, and for the state to be kept on the way. */
const RUNS = 1200;
const KILLS = 4;

let dir = '';
const at = (name: string): string => join(dir, name);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-killed-'));
  const kinds = [healthy(), mqttDropped(), nxdomain()].map((run) => JSON.stringify(onHost(run, 'NAME')));
  for (let i = 0; i < RUNS; i += 1) {
    const folder = at(`runs/${i % 7}`);
    if (i < 7) await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${i}.json`), (kinds[i % 3] ?? '').replace('"NAME"', `"host-${i}"`));
  }
  const [good = ''] = kinds;
  const old = healthy();
  const others: Readonly<Record<string, string>> = {
    'damaged.json': good.slice(0, 5000),
    'empty.json': '',
    'foreign.json': '{"schema":"somebody/else"}',
    'invalid.json': good.replace('"observations":[', '"observations":[7,'),
    'newer.json': good.replace('"version":1', '"version":2'),
    'no-version.json': good.replace('"version":1', '"version":0'),
    'again.json': (kinds[1] ?? '').replace('"NAME"', '"host-1"'),
    // Before the rules of the Agent had a prefix.
    'old.json': JSON.stringify({
      ...onHost(old, 'old'),
      predictions: old.predictions.map((one) => ({ ...one, rule: one.rule.replace('agent:', '') })),
    }),
    'later.json': (kinds[2] ?? '').replace('"NAME"', '"host-0"').replace(/"startedAt":"\d{4}/, '"startedAt":"2031'),
  };
  for (const [name, text] of Object.entries(others)) await writeFile(at(`runs/0/${name}`), text);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const started = (state: string) =>
  spawn(
    PROGRAM,
    [...PROGRAM_ARGS, 'report', 'merge', at('runs'), '--state', at(state), '--output', at(`${state}.json`)],
    {
      stdio: 'ignore',
    },
  );

async function finished(state: string): Promise<FleetDocument> {
  const [code] = (await once(started(state), 'exit')) as [number | null];
  expect(code).toBe(1);
  return JSON.parse(await readFile(at(`${state}.json`), 'utf8')) as FleetDocument;
}

/** Each write of the state is another file. */
const inode = async (path: string): Promise<number> => (await stat(path).catch(() => null))?.ino ?? 0;

const comparable = (document: FleetDocument) => ({ ...document, createdAt: null });

it('goes on where it was', { timeout: 120_000 }, async () => {
  const whole = await finished('undisturbed');
  expect(whole.reports).toBe(RUNS + 3);
  expect(whole.hosts).toHaveLength(RUNS + 1);
  expect(whole.leftOut).toMatchObject({ damaged: 2, foreign: 1, invalid: 2, newer: 1, duplicate: 1, superseded: 1 });
  expect(whole.leftOutList.map(({ kind, name }) => [name.slice(at('runs/').length), kind])).toEqual([
    ['0/damaged.json', 'damaged'],
    ['0/empty.json', 'damaged'],
    ['0/foreign.json', 'foreign'],
    ['0/invalid.json', 'invalid'],
    ['0/newer.json', 'newer'],
    ['0/no-version.json', 'invalid'],
    ['1/1.json', 'duplicate'],
  ]);
  let partial = 0;
  for (let i = 0; i < KILLS; i += 1) {
    const before = await inode(at('killed'));
    const child = started('killed');
    const gone = once(child, 'exit');
    // As soon as the state was kept, and a little later each time, down to the middle of a write.
    for (let waited = 0; waited < 400 && child.exitCode === null && (await inode(at('killed'))) === before; waited += 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, i * 7));
    child.kill('SIGKILL');
    const [code] = (await gone) as [number | null];
    if (code !== null) break;
    const text = await readFile(at('killed'), 'utf8').catch(() => '');
    const known = text.split('\n').filter((line) => line.startsWith('["e",')).length;
    if (known > 0 && known < RUNS) partial += 1;
    expect(await readdir(dir)).not.toContain('killed.json');
  }
  expect(partial).toBeGreaterThan(0);
  expect(comparable(await finished('killed'))).toEqual(comparable(whole));
});
