#!/usr/bin/env node
// Merges many saved runs, as files of one folder and as NDJSON on standard input, and prints how fast and in how much
// memory. The runs are real ones (scenarios of the simulated cloud); the files are hard links, so that 100,000 of them
// take hardly any disk. Not a test: nothing fails here.
import { spawn } from 'node:child_process';
import { linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { doctorOptions } from '../dist/cli/doctor/options.js';
import { runScenario } from '../dist/cli/lab/run-scenario.js';
import { findScenario } from '../dist/sim/scenarios/registry.js';

const bin = fileURLToPath(new URL('../bin/netdata-egress.js', import.meta.url));
const COUNT = Number(process.env.BENCH_REPORTS ?? 100_000);
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
const peak = [
  '--import',
  'data:text/javascript,import{isMainThread}from"node:worker_threads";if(isMainThread)process.on("exit",()=>process.stderr.write("rss="+process.resourceUsage().maxRSS))',
];

const options = doctorOptions({ stepTimeout: '4s', timeout: '12s' });
const texts = [];
for (const name of NAMES) {
  const scenario = findScenario(name);
  if (scenario === null) continue;
  const { report } = await runScenario(scenario, { options, interrupt: new AbortController().signal });
  texts.push(JSON.stringify(report));
}
const bytesOf = (count) =>
  texts.reduce((sum, text, i) => sum + Buffer.byteLength(text) * Math.ceil((count - i) / texts.length), 0);

/** Runs `report merge`, feeding it `feed` lines on standard input if it reads that. */
function merge(args, feed) {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(process.execPath, [...peak, bin, 'report', 'merge', '--format', 'json', ...args]);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('close', () => {
      const rss = Number(/rss=(\d+)/.exec(stderr)?.[1] ?? 0) / 1024;
      resolve({ seconds: (performance.now() - started) / 1000, rss, reports: JSON.parse(stdout).reports });
    });
    child.stdin.on('error', () => undefined);
    let i = 0;
    const more = () => {
      while (i < feed)
        if (!child.stdin.write(`${texts[i++ % texts.length]}\n`)) return void child.stdin.once('drain', more);
      child.stdin.end();
    };
    more();
  });
}

function print(what, count, { seconds, rss, reports }) {
  const mb = bytesOf(count) / 1024 / 1024;
  const speed = mb / seconds;
  console.log(
    `${speed.toFixed(0).padStart(5)} MB/s, ${(reports / seconds).toFixed(0)} reports/s, peak ${rss.toFixed(0)} MB RSS: ${reports} of ${count} reports (${mb.toFixed(0)} MB), ${what}`,
  );
  return speed;
}

// What reading JSON costs at all, on this machine and now.
const sample = Math.max(1, Math.min(2000, Math.floor(COUNT / 10)));
const started = performance.now();
for (let i = 0; i < sample; i += 1) JSON.parse(texts[i % texts.length]);
const parse = bytesOf(sample) / 1024 / 1024 / ((performance.now() - started) / 1000);

const folder = mkdtempSync(join(tmpdir(), 'egress-merge-'));
try {
  // A file may have a limited number of names (65,000 on ext4): several originals share the load.
  for (const [n, text] of texts.entries()) writeFileSync(join(folder, `${n}.json`), text);
  for (let i = texts.length; i < COUNT; i += 1)
    linkSync(join(folder, `${i % texts.length}.json`), join(folder, `${i}.json`));
  print(
    'as NDJSON, a tenth of them: memory must be the same',
    Math.ceil(COUNT / 10),
    await merge(['-'], Math.ceil(COUNT / 10)),
  );
  const files = print('as files', COUNT, await merge([folder], 0));
  console.log(
    `      files / bare JSON.parse of the same texts (${parse.toFixed(0)} MB/s): ${(files / parse).toFixed(2)}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
