#!/usr/bin/env node
// Merges the runs of many hosts, as NDJSON on standard input, as files of one folder, and once more with the state that
// was kept, and prints how fast and in how much memory. The runs are real ones (scenarios of the simulated cloud), each
// of a host of its own. BENCH_REPORTS = how many (4,000; 100,000 take 3.6 GB of disk). Not a test: nothing fails here.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { doctorOptions } from '../dist/cli/doctor/options.js';
import { runScenario } from '../dist/cli/lab/run-scenario.js';
import { findScenario } from '../dist/sim/scenarios/registry.js';

const bin = fileURLToPath(new URL('../bin/netdata-egress.js', import.meta.url));
const COUNT = Number(process.env.BENCH_REPORTS ?? 4000);
const NAMES = [
  'healthy',
  'nxdomain',
  'all_refused',
  'proxy_403',
  'proxy_ok',
  'expired',
  'ws_403',
  'healthy_dual_stack',
];
const told = [
  '--import',
  'data:text/javascript,import{isMainThread}from"node:worker_threads";if(isMainThread)process.on("exit",()=>{const{maxRSS:m,userCPUTime:u,systemCPUTime:s}=process.resourceUsage();process.stderr.write("rss="+m+" cpu="+(u+s))})',
];

const options = doctorOptions({ stepTimeout: 4000, timeout: 12_000 });
const texts = [];
for (const name of NAMES) {
  const scenario = findScenario(name);
  if (scenario === null) continue;
  const { report } = await runScenario(scenario, { options, interrupt: new AbortController().signal });
  texts.push(JSON.stringify(report));
}

/** The run of host `i`: its own name, its own address, one of a few hundred networks. */
function textOf(i) {
  const address = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
  return texts[i % texts.length]
    .replace(/"hostname":"[^"]*"/, `"hostname":"host-${i}"`)
    .replaceAll(/"localAddress":"[^"]*"/g, `"localAddress":"${address}"`);
}

/** Runs `report merge`, feeding it `feed` lines on standard input if it reads that. */
function merge(args, feed) {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(process.execPath, [...told, bin, 'report', 'merge', '--format', 'prometheus', ...args]);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('close', () => {
      const seconds = (performance.now() - started) / 1000;
      const hosts = [...stdout.matchAll(/^netdata_egress_fleet_hosts\{.*\} (\d+)$/gm)].reduce(
        (n, m) => n + Number(m[1]),
        0,
      );
      const rss = Number(/rss=(\d+)/.exec(stderr)?.[1] ?? 0) / 1024;
      resolve({ seconds, rss, hosts, cpu: Number(/cpu=(\d+)/.exec(stderr)?.[1] ?? 0) / 1e6 });
    });
    child.stdin.on('error', () => undefined);
    let i = 0;
    const more = () => {
      while (i < feed) if (!child.stdin.write(`${textOf(i++)}\n`)) return void child.stdin.once('drain', more);
      child.stdin.end();
    };
    more();
  });
}

function print(what, megabytes, { seconds, cpu, rss, hosts }) {
  const speed = megabytes / seconds;
  console.log(
    `${speed.toFixed(0).padStart(5)} MB/s, ${(hosts / seconds).toFixed(0)} runs/s, ${seconds.toFixed(1)} s (${cpu.toFixed(1)} s CPU), peak ${rss.toFixed(0)} MB RSS: ${hosts} hosts (${megabytes.toFixed(0)} MB), ${what}`,
  );
  return speed;
}

const MIB = 1024 * 1024;
/** What reading JSON costs at all, on this machine and now: MB/s by the clock and by CPU time. */
function bareParse() {
  const sample = Array.from({ length: Math.min(2000, COUNT) }, (_, i) => textOf(i));
  const bytes = sample.reduce((sum, text) => sum + text.length, 0) / MIB;
  const cpu = process.cpuUsage();
  const started = performance.now();
  for (const text of sample) JSON.parse(text);
  const { user, system } = process.cpuUsage(cpu);
  return { clock: bytes / ((performance.now() - started) / 1000), cpu: bytes / ((user + system) / 1e6) };
}

const folder = mkdtempSync(join(tmpdir(), 'egress-merge-'));
try {
  let bytes = 0;
  let some = 0;
  for (let i = 0; i < COUNT; i += 1) {
    const sub = join(folder, 'runs', String(Math.floor(i / 1000)));
    if (i % 1000 === 0) mkdirSync(sub, { recursive: true });
    const text = textOf(i);
    bytes += text.length;
    if (i < COUNT / 10) some += text.length;
    writeFileSync(join(sub, `${i}.json`), text);
  }
  console.log(`${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}`);
  const lines = Math.ceil(COUNT / 10);
  print('as NDJSON, a tenth of them: memory must be nearly the same', some / MIB, await merge(['-'], lines));
  const runs = join(folder, 'runs');
  const state = join(folder, 'fleet.state');
  const before = bareParse();
  const files = print('as files', bytes / MIB, await merge([runs], 0));
  const after = bareParse();
  const parse = (before.clock + after.clock) / 2;
  console.log(`      files / bare JSON.parse on one core (${parse.toFixed(0)} MB/s): ${(files / parse).toFixed(2)}`);
  print('as files, keeping a state', bytes / MIB, await merge([runs, '--state', state], 0));
  for (let i = 0; i < COUNT; i += 100) writeFileSync(join(runs, String(Math.floor(i / 1000)), `${i}.json`), textOf(i));
  print('the next day, one in a hundred new', bytes / MIB, await merge([runs, '--state', state], 0));
  console.log(`      state: ${(statSync(state).size / MIB).toFixed(1)} MB`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
