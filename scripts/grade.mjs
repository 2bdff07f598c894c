/**
 * Runs every case of the root lab and writes docs/grade.md: true cause against diagnosed cause, the counts, and what curl,
 * openssl s_client and nc would have said. Usage (as root): npm run grade [-- group…]
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = await mkdtemp(join(tmpdir(), 'netdata-egress-grade-'));
const groups = process.argv.slice(2);
const filters = groups.map((group) => `netns/${group}.test.ts`);
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.netns.config.ts', ...filters];
await new Promise((resolve) => {
  const child = spawn(process.execPath, vitest, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NETDATA_EGRESS_GRADE: directory },
  });
  child.on('close', resolve);
});

const ORDER = [
  'healthy',
  'dns',
  'transport',
  'tls',
  'http',
  'proxy-routes',
  'proxy-faults',
  'urls',
  'agents',
  'combos',
];
const records = [];
for (const name of await readdir(directory)) {
  for (const line of (await readFile(join(directory, name), 'utf8')).trim().split('\n')) records.push(JSON.parse(line));
}
records.sort((a, b) => ORDER.indexOf(a.group) - ORDER.indexOf(b.group));
await rm(directory, { recursive: true, force: true });
if (records.length === 0) {
  console.error('No case was graded.');
  process.exit(1);
}

const count = (grade) => records.filter((record) => record.grade === grade).length;
const grades = ['right', 'wrong', 'missed', 'false_alarm', 'crashed'];
const summary = `${records.length} cases (${records.filter((r) => r.unusual).length} of them healthy but unusual): ${grades
  .map((grade) => `${count(grade)} ${grade.replace('_', ' ')}`)
  .join(', ')}.`;
console.log(`\n${summary}`);
for (const record of records.filter((r) => r.grade !== 'right')) {
  console.log(`  ${record.grade.padEnd(11)} ${record.id}: ${record.deviations.join('; ')}`);
}
if (groups.length > 0) {
  console.log('Some groups only: docs/grade.md is left as it is.');
} else {
  await writeFile(join(root, 'docs/grade.md'), document());
  console.log('docs/grade.md written.');
}
process.exitCode = count('right') === records.length ? 0 : 1;

function document() {
  const tools = ['curl', 'openssl', 'nc'].map((tool) => `${tool} ${toolScore(tool)}`).join(', ');
  return [
    '# Grading: true cause against diagnosed cause',
    '',
    'Written by `npm run grade` (as root). Every case is a network built from namespaces with real resolvers, proxies, brokers and',
    'packet filters; the doctor runs in it as the built binary. The truth is what an Agent v2.10.3 lives through in that network',
    '(a case says so where it is about another version).',
    '',
    summary,
    '',
    '- **right**: the outcome of claim, link and every leg, the exit code and the one cause are all as they should be.',
    '- **wrong**: something was said, but not that. **missed**: something is wrong and nothing was said.',
    '- **false alarm**: nothing is wrong and more than a note was raised.',
    '',
    'The last three columns are other tools, asked as an admin would ask them (`curl` to the three hosts, `openssl s_client` with',
    'verification, `nc -z`): `ok`, or the host and exit code of what failed first. A tool is right when it says `ok` exactly where both',
    `claim and link work; none of them can name a cause or tell the two apart. Right by that measure: ${tools}; the doctor`,
    `${records.filter((r) => fateRight(r)).length} of ${records.length}.`,
    '',
    '## Cases',
    '',
    '| case | truth: claim / link | true cause | diagnosed | grade | s | curl | openssl | nc |',
    '|---|---|---|---|---|---|---|---|---|',
    ...records.map(row),
    '',
    '## What each case is',
    '',
    ...records.map((r) => `- \`${r.id}\`: ${r.title}${r.unusual ? ' (healthy but unusual)' : ''}.`),
    '',
    '## True cause against diagnosed cause',
    '',
    ...matrix(),
    '',
    ...deviations(),
  ].join('\n');
}

function row(r) {
  const fate = `${word(r.claimWorks)} / ${word(r.linkWorks)}`;
  const others = r.others ?? { curl: '', openssl: '', nc: '' };
  const cells = [`\`${r.id}\``, fate, code(r.cause), code(r.diagnosed), r.grade.replace('_', ' ')];
  return `| ${[...cells, r.seconds.toFixed(1), others.curl, others.openssl, others.nc].join(' | ')} |`;
}

function word(works) {
  if (works === null) return 'depends';
  return works ? 'works' : 'fails';
}

function code(id) {
  return id === null ? '-' : `\`${id}\``;
}

/** Did it get right whether both sides work? */
function fateRight(r) {
  return !r.deviations.some((text) => /^(claim|link|leg) /.test(text)) && r.grade !== 'crashed';
}

function toolScore(tool) {
  const asked = records.filter((r) => r.others !== null && r.claimWorks !== null && r.linkWorks !== null);
  const right = asked.filter((r) => (r.others[tool] === 'ok') === (r.claimWorks && r.linkWorks));
  return `${right.length} of ${asked.length}`;
}

/** One line per true cause: what it was taken for. */
function matrix() {
  const lines = ['| true cause | diagnosed as (cases) |', '|---|---|'];
  const causes = [...new Set(records.map((r) => r.cause))].sort((a, b) => String(a).localeCompare(String(b)));
  for (const cause of causes) {
    const seen = new Map();
    for (const r of records.filter((record) => record.cause === cause)) {
      seen.set(r.diagnosed, (seen.get(r.diagnosed) ?? 0) + 1);
    }
    const cells = [...seen].sort((a, b) => b[1] - a[1]).map(([id, n]) => `${id === null ? 'nothing' : code(id)} ${n}`);
    lines.push(`| ${cause === null ? 'nothing is wrong' : code(cause)} | ${cells.join(', ')} |`);
  }
  return lines;
}

function deviations() {
  const bad = records.filter((r) => r.grade !== 'right');
  if (bad.length === 0) return [];
  return [
    '## Deviations',
    '',
    ...bad.map((r) => `- \`${r.id}\` (${r.grade.replace('_', ' ')}): ${r.deviations.join('; ')}`),
    '',
  ];
}
