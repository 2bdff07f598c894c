/** Watching for months: 10,000 rounds by clocks of its own, in a network where something changes in every one. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { watch } from '../../src/watch/loop.js';
import { metricsText } from '../../src/watch/open-metrics.js';
import { pluginOutput } from '../../src/watch/plugins-d.js';
import { healthy, mqttDropped } from '../helpers/sample-kinds.js';

const ROUNDS = 10_000;
/** Everything that is bounded has come to its bound. */
const SETTLED = 2000;
const EVERY_MS = 300_000;

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** The link breaks and is mended every third round; every round gives each name other addresses. */
function reportOf(round: number): Report {
  const report = Math.floor(round / 3) % 2 === 0 ? healthy() : mqttDropped();
  const other = `10.${String(round % 250)}.${String(Math.floor(round / 250) % 250)}`;
  const observations = report.observations.map((seen) =>
    seen.operation === 'resolve'
      ? { ...seen, addresses: seen.addresses.map((one, index) => ({ ...one, address: `${other}.${String(index)}` })) }
      : seen,
  );
  return { ...report, observations };
}

it('the heap stays as large as it was', { timeout: 300_000 }, async () => {
  const collect = collector();
  let wall = Date.parse('2026-03-30T12:00:00Z');
  let steady = 0;
  let round = 0;
  let written = 0;
  const heaps: number[] = [];
  const output = pluginOutput('host', 10);
  await watch({
    pace: { everyMs: EVERY_MS, share: 0.25 },
    clock: {
      wallMs: () => wall,
      steadyMs: () => steady,
      sleep: (ms) => {
        wall += ms;
        steady += ms;
        return Promise.resolve('slept');
      },
    },
    look: (depth) => {
      if (depth === 'light') round += 1;
      return Promise.resolve(reportOf(round));
    },
    held: () => Promise.resolve(null),
    history: { read: () => ({ older: '', newer: '' }), append: () => void (written += 1), setAside: () => undefined },
    emit: () => undefined,
    publish: (state) => {
      output.print(state, wall);
      metricsText(state, 'text', '1.2.3', EVERY_MS);
      if (round % 1000 !== 0 || round < SETTLED) return;
      collect();
      heaps.push(process.memoryUsage().heapUsed);
    },
    alive: () => undefined,
    ended: () => false,
    rounds: ROUNDS,
  });
  expect(written).toBe(ROUNDS);
  expect(heaps).toHaveLength(9);
  // A hundred bytes a round would be seen.
  expect(Math.max(...heaps) - (heaps[0] ?? 0), heaps.join(' ')).toBeLessThan(800_000);
});
