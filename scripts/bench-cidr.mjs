#!/usr/bin/env node
// Merging 100,000 prefixes: wall time of our aggregation, alone and with parsing and printing, and as a ratio to
// Debian's iprange (a C program, start-up and parsing included) on the same input in this run. Nothing fails here.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { formatAddress, mergeCidrs, mergePrefixes, parsePrefix } from '../dist/firewall/core/cidr.js';

const COUNT = 100_000;
const RUNS = 5;

/** xorshift32: the same input in every run. */
function* numbers(seed) {
  let x = seed;
  for (;;) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    yield x >>> 0;
  }
}

function prefixes4() {
  const random = numbers(2_463_534_242);
  // Below 224/8, so that iprange's arithmetic stays away from the last address.
  return Array.from({ length: COUNT }, () => {
    const base = random.next().value % 0xdfffffff;
    const length = 20 + (random.next().value % 13);
    return `${formatAddress(4, BigInt(base - (base % 2 ** (32 - length))))}/${length}`;
  });
}

function prefixes6() {
  const random = numbers(88_675_123);
  return Array.from({ length: COUNT }, () => {
    const low = BigInt(random.next().value) << BigInt(random.next().value % 60);
    return `${formatAddress(6, (0x20010db8n << 96n) | low)}/${64 + (random.next().value % 65)}`;
  });
}

function median(work) {
  const samples = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
  return samples.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)];
}

const v4 = prefixes4();
const v6 = prefixes6();
const parsed4 = v4.map((text) => parsePrefix(text));
const parsed6 = v6.map((text) => parsePrefix(text, 'mask'));
const rows = [
  ['merge 100,000 IPv4 prefixes, parsed (ms)', median(() => mergePrefixes(parsed4)), '< 1000'],
  ['merge 100,000 IPv4 prefixes, text to text (ms)', median(() => mergeCidrs(v4)), '< 1000'],
  ['merge 100,000 IPv6 prefixes, parsed (ms)', median(() => mergePrefixes(parsed6)), '< 1000'],
  ['merge 100,000 IPv6 prefixes, text to text (ms)', median(() => mergeCidrs(v6)), '< 1000'],
];
const input = `${v4.join('\n')}\n`;
const probe = spawnSync('iprange', ['-'], { input, maxBuffer: 1 << 28 });
if (probe.status === 0) {
  const iprange = median(() => spawnSync('iprange', ['-'], { input, maxBuffer: 1 << 28 }));
  rows.push(['iprange on the same IPv4 text, process included (ms)', iprange, '']);
  rows.push(['ours, text to text / iprange', rows[1][1] / iprange, '']);
  const theirs = probe.stdout.toString().split('\n').filter(Boolean);
  const same = theirs.map((line) => (line.includes('/') ? line : `${line}/32`)).join() === mergeCidrs(v4).join();
  rows.push([`results equal (${theirs.length} prefixes)`, same ? 1 : 0, '1']);
} else rows.push(['iprange is not installed: no ratio', Number.NaN, '']);
for (const [what, value, goal] of rows)
  process.stdout.write(`${what.padEnd(62)} ${value.toFixed(2).padStart(9)}  ${goal}\n`);
