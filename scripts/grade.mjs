/**
 * Runs every case of the root lab and writes docs/grade.md: true cause against diagnosed cause, the counts, and what curl,
 * openssl s_client and nc would have said. Usage (as root): npm run grade [-- group…]; with some groups only, docs/grade.md is
 * left alone.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gradeDocument, summaryOf } from './grade-document.mjs';

/** Groups of the lab, in the order of the document. */
const GROUPS = [
  'healthy',
  'dns',
  'transport',
  'tls',
  'http',
  'proxy-routes',
  'proxy-faults',
  'matrix',
  'urls',
  'agents',
  'static',
  'combos',
  'singles',
  'pairs',
  'unusual',
  'modes',
  'versions',
  'local-rules',
  'products',
];

const root = fileURLToPath(new URL('..', import.meta.url));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !GROUPS.includes(name));
if (unknown.length > 0) {
  console.error(`There is no group ${unknown.join(', ')}; groups: ${GROUPS.join(', ')}`);
  process.exit(2);
}

// Given from outside, the records are kept: groups may then be run one by one, and what is newest of a case counts.
const kept = process.env['NETDATA_EGRESS_GRADE'];
const directory = kept ?? (await mkdtemp(join(tmpdir(), 'netdata-egress-grade-')));
const files = (asked.length > 0 ? asked : GROUPS).map((group) => `test/netns/${group}.test.ts`);
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.netns.config.ts', ...files];
await new Promise((resolve) => {
  const child = spawn(process.execPath, vitest, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NETDATA_EGRESS_GRADE: directory },
  });
  child.on('close', resolve);
});

const newest = new Map();
for (const name of await readdir(directory)) {
  const lines = (await readFile(join(directory, name), 'utf8')).trim().split('\n');
  for (const record of lines.map((line) => JSON.parse(line))) newest.set(record.id, record);
}
const records = [...newest.values()];
if (kept === undefined) await rm(directory, { recursive: true, force: true });
if (records.length === 0) {
  console.error('No case was graded.');
  process.exit(1);
}
records.sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) || (a.id < b.id ? -1 : 1));

console.log(`\n${summaryOf(records)}`);
for (const record of records.filter((r) => r.grade !== 'right')) {
  console.log(`  ${record.grade.padEnd(11)} ${record.id}: ${record.deviations.join('; ')}`);
}
if (GROUPS.some((group) => records.every((record) => record.group !== group))) {
  console.log('Some groups only: docs/grade.md is left as it is.');
} else {
  await writeFile(join(root, 'docs/grade.md'), gradeDocument(records));
  console.log('docs/grade.md written.');
}
process.exitCode = records.every((r) => r.grade === 'right' || r.known !== null) ? 0 : 1;
