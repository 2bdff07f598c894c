#!/usr/bin/env node
// Prints, as ratios measured in this run: start-up against a bare node, a healthy run against its longest chain of
// dependent round trips, a silent network against the step deadline, and peak memory. Not a test: nothing fails here.
// The script and the executable that `npm run package -- linux-x64` made last are measured beside the launcher.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../bin/netdata-egress.js', import.meta.url));
const RUNS = Number(process.env.BENCH_RUNS ?? 15);

const out = fileURLToPath(new URL('../out/', import.meta.url));
const node = process.execPath;
/** Each with its bare Node: what it cannot be faster than. */
const FORMS = [
  { name: 'bin', command: [node, bin], bare: [node, '-e', '0'] },
  { name: 'script', command: [node, `${out}netdata-egress.cjs`], bare: [node, '-e', '0'] },
  { name: 'executable', command: [`${out}netdata-egress-linux-x64`], bare: [pinnedNode(), '-e', '0'] },
].filter(({ command, bare }) => [...command, bare[0]].every((path) => existsSync(path)));

/** The Node inside the executable, as it was unpacked to make it. */
function pinnedNode() {
  const pins = JSON.parse(readFileSync(new URL('package/node-binaries.json', import.meta.url), 'utf8'));
  const { package: from, version } = pins['linux-x64'];
  const cache = '../node_modules/.cache/node-binaries/';
  return fileURLToPath(new URL(`${cache}${from}-${version}/package/bin/node`, import.meta.url));
}

const time = (args) => timeOf([node, ...args]);

/** Wall ms, exit code and what it printed. */
function timeOf([program, ...args]) {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
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

const samples = FORMS.map((form) => ({ ...form, bareMs: [], version: [], help: [] }));
for (let i = 0; i < RUNS; i += 1)
  for (const { command, bare, bareMs, version, help } of samples) {
    bareMs.push((await timeOf(bare)).ms);
    version.push((await timeOf([...command, '--version'])).ms);
    help.push((await timeOf([...command, '--help'])).ms);
  }
for (const { name, bareMs, version, help } of samples) {
  row(`${name}: --version / its node -e 0`, (median(version) / median(bareMs)).toFixed(2), '<= 1.25');
  row(`${name}: --help / its node -e 0`, (median(help) / median(bareMs)).toFixed(2), '<= 1.25');
}

// The longest chain is the link's: resolve, TLS, upgrade, CONNACK (connect itself is not delayed on loopback).
const DELAY = 50;
const CHAIN = 4 * DELAY;
for (const { name, command } of FORMS) {
  const healthy = [...command, 'lab', 'run', 'healthy', '--json'];
  const fast = [];
  const slow = [];
  const memory = [];
  for (let i = 0; i < 5; i += 1) {
    fast.push((await timeOf(healthy)).ms);
    slow.push((await timeOf([...healthy, '--answer-delay', `${DELAY}ms`])).ms);
    memory.push(await peakMb(healthy));
  }
  row(
    `${name}: healthy run / (the same without delay + longest chain of 4 x 50 ms)`,
    (median(slow) / (median(fast) + CHAIN)).toFixed(2),
    '<= 1.15',
  );
  row(`${name}: peak memory of a healthy run, simulated cloud included (MB RSS)`, median(memory).toFixed(0), '< 110');
}

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

/** Of the process itself, as the kernel kept it: read as long as it lives (proc(5), VmHWM). */
function peakMb([program, ...args]) {
  const child = spawn(program, args, { stdio: 'ignore' });
  let peak = 0;
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // It has just ended.
    }
  }, 5);
  return new Promise((resolve) => {
    child.on('close', () => {
      clearInterval(look);
      resolve(peak / 1024);
    });
  });
}
