/**
 * Memory of the watch over 10,000 rounds with a clock of its own: `npm run build && node --expose-gc scripts/bench-watch.mjs`.
 * The reports are those of the simulated cloud, healthy and broken in turn; every tenth day something changes.
 */
import { runScenario } from '../dist/cli/lab/run-scenario.js';
import { doctorOptions } from '../dist/cli/doctor/options.js';
import { findScenario } from '../dist/sim/scenarios/registry.js';
import { pluginOutput } from '../dist/watch/plugins-d.js';
import { metricsText } from '../dist/watch/open-metrics.js';
import { watch } from '../dist/watch/loop.js';

const ROUNDS = 10_000;
const play = (id) =>
  runScenario(findScenario(id), {
    options: doctorOptions({ stepTimeout: 700, timeout: 4000 }),
    interrupt: new AbortController().signal,
  }).then(({ report }) => JSON.stringify(report));
const [good, bad] = await Promise.all([play('healthy'), play('tcp-dropped')]).catch(async () => [
  await play('healthy'),
  null,
]);
const heapMb = () => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
};

let wallMs = Date.UTC(2026, 0, 1);
let steadyMs = 0;
let round = 0;
let kept = '';
const marks = new Map();
const plugin = pluginOutput('host', 10);
const began = process.cpuUsage();
await watch({
  pace: { everyMs: 300_000, share: 0.5 },
  clock: {
    wallMs: () => wallMs,
    steadyMs: () => steadyMs,
    sleep: async (ms) => {
      wallMs += ms;
      steadyMs += ms;
      return 'slept';
    },
  },
  look: async (depth) => {
    if (depth === 'light') round += 1;
    const report = JSON.parse(bad !== null && round % 50 >= 47 ? bad : good);
    // An address of its own now and then: names that rotate must not be remembered for ever.
    for (const seen of report.observations)
      if (seen.operation === 'resolve')
        seen.addresses.push({ address: `198.51.100.${String(round % 251)}`, family: 4 });
    return report;
  },
  held: async () => null,
  history: {
    read: () => ({ older: '', newer: '' }),
    append: (line) => {
      kept = line;
    },
    setAside: () => undefined,
  },
  emit: (event) => void JSON.stringify(event),
  publish: (state) => {
    plugin.print(state, wallMs);
    metricsText(state, 'text', '0', 300_000);
    if (round === 500 || round % 2500 === 0) marks.set(round, heapMb());
  },
  alive: () => undefined,
  ended: () => false,
  rounds: ROUNDS,
});
const { user, system } = process.cpuUsage(began);
for (const [at, mb] of marks) console.log(`after ${String(at).padStart(5)} rounds: heap ${mb.toFixed(1)} MB`);
console.log(
  `line of the history: ${String(kept.length)} bytes; CPU a round: ${((user + system) / 1000 / ROUNDS).toFixed(2)} ms`,
);
const grown = marks.get(ROUNDS) - marks.get(500);
console.log(`grown by ${grown.toFixed(2)} MB between round 500 and ${String(ROUNDS)}`);
if (!(grown < 3)) process.exitCode = 1;
