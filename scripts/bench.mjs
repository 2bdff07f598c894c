#!/usr/bin/env node
// Prints, as ratios measured in this run: start-up against a bare node, a healthy run against its longest chain of
// dependent round trips, a silent network against the step deadline, and peak memory. Not a test: nothing fails here.
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../bin/netdata-egress.js', import.meta.url));
const RUNS = Number(process.env.BENCH_RUNS ?? 15);

/** Wall ms, exit code and what it printed. */
function time(args) {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const stdout = [];
    child.stdout.on('data', (chunk) => stdout.push(chunk));
    child.stderr.resume();
    child.on('close', (code) =>
      resolve({ ms: performance.now() - started, code, stdout: Buffer.concat(stdout).toString() }),
    );
  });
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const rows = [];
const row = (what, value, goal) => rows.push({ what, value, goal });

const samples = { bare: [], version: [], help: [] };
for (let i = 0; i < RUNS; i += 1) {
  samples.bare.push((await time(['-e', '0'])).ms);
  samples.version.push((await time([bin, '--version'])).ms);
  samples.help.push((await time([bin, '--help'])).ms);
}
const bare = median(samples.bare);
row('--version / node -e 0', (median(samples.version) / bare).toFixed(2), '<= 1.30');
row('--help / node -e 0', (median(samples.help) / bare).toFixed(2), '<= 1.30');

// The longest chain is the link's: resolve, TLS, upgrade, CONNACK (connect itself is not delayed on loopback).
const DELAY = 50;
const CHAIN = 4 * DELAY;
const fast = [];
const slow = [];
const memory = [];
// Peak memory of the process itself, reported on exit.
const peak = [
  '--import',
  'data:text/javascript,process.on("exit",()=>process.stderr.write("rss="+process.resourceUsage().maxRSS))',
];
for (let i = 0; i < 5; i += 1) {
  fast.push((await time([bin, 'lab', 'run', 'healthy', '--json'])).ms);
  slow.push((await time([bin, 'lab', 'run', 'healthy', '--json', '--answer-delay', `${DELAY}ms`])).ms);
  memory.push(await peakMb([bin, 'lab', 'run', 'healthy', '--json']));
}
row(
  'healthy run / (the same without delay + longest chain of 4 x 50 ms)',
  (median(slow) / (median(fast) + CHAIN)).toFixed(2),
  '<= 1.25',
);
row('peak memory of a healthy run, simulated cloud included (MB RSS)', median(memory).toFixed(0), '< 110');

// Of the run's own document: how long it took beside the longest of its chains, resolver to CONNACK.
const proxied = [];
for (let i = 0; i < 5; i += 1) {
  const { stdout } = await time([bin, 'lab', 'run', 'proxy_ok', '--json', '--answer-delay', `${DELAY}ms`]);
  const { durationMs, observations } = JSON.parse(stdout);
  const chains = new Map();
  for (const { transactionId, t0Ms, tMs } of observations) {
    const { from, to } = chains.get(transactionId) ?? { from: t0Ms, to: tMs };
    chains.set(transactionId, { from: Math.min(from, t0Ms), to: Math.max(to, tMs) });
  }
  proxied.push(durationMs / Math.max(...[...chains.values()].map(({ from, to }) => to - from)));
}
row('healthy run through an HTTP proxy, 50 ms an answer / its longest chain', median(proxied).toFixed(2), '<= 1.25');

const STEP = 2;
// The run's own clock: setting up the lab's silent ports is no part of the doctor.
const silent = await time([bin, 'lab', 'run', 'all_dropped', '--json', '--step-timeout', `${STEP}s`]);
const { durationMs } = JSON.parse(silent.stdout);
row(
  `everything silent, step deadline ${STEP} s: wall s`,
  (durationMs / 1000).toFixed(2),
  `<= ${(STEP + 0.5).toFixed(1)}`,
);

for (const { what, value, goal } of rows) console.log(`${value.padStart(8)}  goal ${goal.padEnd(8)} ${what}`);

function peakMb(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...peak, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('close', () => resolve(Number(/rss=(\d+)/.exec(stderr)?.[1] ?? 0) / 1024));
  });
}
