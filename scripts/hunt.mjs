/**
 * A hunt for networks in which the doctor is wrong: `npm run hunt -- --seed N --cases 200 [--only 7,12] [--workers 2]`, as
 * root. Random networks of the root lab, from a seed; what was injected is the judge. Prints networks, right, wrong,
 * certain and wrong, per kind, and how to play each miss again. Exits 1 when anything was wrong.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: '200' },
    only: { type: 'string' },
    workers: { type: 'string', default: '4' },
    records: { type: 'string' },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const directory = values.records ?? (await mkdtemp(join(tmpdir(), 'netdata-egress-hunt-')));
const workers = values.only === undefined ? Number(values.workers) : 1;

/** Each worker has namespaces of its own. */
function work(shard) {
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'test/netns/hunt/vitest.config.ts',
    '--reporter=dot',
  ];
  const env = {
    ...process.env,
    HUNT_SEED: values.seed,
    HUNT_CASES: values.cases,
    HUNT_RECORDS: directory,
    HUNT_SHARD: String(shard),
    HUNT_SHARDS: String(workers),
    ...(values.only === undefined ? {} : { HUNT_ONLY: values.only }),
  };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env });
    child.on('close', (code) => resolve(code));
  });
}

const codes = await Promise.all(Array.from({ length: workers }, (_, shard) => work(shard)));
const records = [];
for (const name of (await readdir(directory)).filter((file) => file.endsWith('.jsonl'))) {
  const lines = (await readFile(join(directory, name), 'utf8')).trim().split('\n');
  records.push(...lines.map((line) => JSON.parse(line)));
}
records.sort((a, b) => a.index - b.index);
/** A machine that kept the doctor from seeing tells nothing about it: not right, and not wrong. */
const undecided = records.filter(({ diagnosed }) => diagnosed === 'host.too_busy');
const judged = records.filter((record) => !undecided.includes(record));
const wrong = judged.filter(({ grade }) => grade !== 'right');
const count = (list, test) => list.filter(test).length;
const row = (name, list) =>
  `${name.padEnd(28)} ${String(list.length).padStart(5)} ${String(count(list, ({ grade }) => grade === 'right')).padStart(6)} ${String(
    count(list, ({ grade }) => grade !== 'right'),
  ).padStart(6)} ${String(count(list, ({ certainAndWrong }) => certainAndWrong)).padStart(8)}`;

for (const { index, title, grade, deviations, certainAndWrong } of wrong) {
  console.log(`${grade}${certainAndWrong ? ', and certain' : ''}: ${title}`);
  for (const deviation of deviations) console.log(`    ${deviation}`);
  console.log(`    npm run hunt -- --seed ${values.seed} --only ${String(index)}`);
}
console.log(`\n${''.padEnd(28)} networks right  wrong  certain and wrong`);
console.log(row('all', judged));
console.log(
  row(
    'healthy',
    judged.filter(({ faults }) => faults.length === 0),
  ),
);
for (const kind of ['direct', 'squid', 'tinyproxy', 'socks'])
  console.log(
    row(
      kind,
      judged.filter(({ route }) => route === kind),
    ),
  );
const faults = [...new Set(judged.flatMap((record) => record.faults))].sort();
for (const fault of faults)
  console.log(
    row(
      `  ${fault}`,
      judged.filter((record) => record.faults.includes(fault)),
    ),
  );
console.log(`\n${String(undecided.length)} not decided: this machine was too busy\nRecords: ${directory}`);
const played = values.only === undefined ? Number(values.cases) : values.only.split(',').length;
if (records.length !== played)
  console.log(`${String(played - records.length)} networks were not played (exit codes ${codes.join(', ')})`);
process.exitCode = wrong.length > 0 || records.length !== played ? 1 : 0;
