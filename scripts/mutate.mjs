// `npm run mutate -- --seed N [--folder F] [--count K]`: changes one sign or number at a time in a copy of the sources,
// and tells for each folder how many of these mutants the nearest tests notice. Same seed, same mutants.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import ts from 'typescript';

const FOLDERS = {
  'agent/predict': /^src\/agent\/predict(?:\/.*)?\.ts$/,
  'agent/parse': /^src\/agent\/parse\/.*\.ts$/,
  trace: /^src\/trace\/.*\.ts$/,
  diagnose: /^src\/diagnose\/.*\.ts$/,
  'net/classify': /^src\/net\/classify.*\.ts$/,
  'firewall/cidr': /^src\/(?:firewall\/core\/cidr|addresses\/).*\.ts$/,
  'firewall/read': /^src\/firewall\/read\/.*\.ts$/,
};
const NOT_COPIED = ['.git', 'node_modules', 'dist'];
/** Test files that are run for one mutant, at most. */
const MOST_TESTS = 48;
/** Of these, so many are run at once. */
const AT_ONCE = 6;
/** A run takes at most this many times what it takes without a mutant, but no less than the shortest limit. */
const SLOWER = 10;
const SHORTEST_LIMIT_MS = 20_000;
const LIMIT_MS = 180_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    folder: { type: 'string' },
    count: { type: 'string', default: '40' },
  },
});
const root = resolve(import.meta.dirname, '..');
const copy = mkdtempSync(join(tmpdir(), 'nde-mutate-'));
process.on('exit', () => {
  stopTester();
  rmSync(copy, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
for (const name of readdirSync(root).filter((one) => !NOT_COPIED.includes(one)))
  cpSync(join(root, name), join(copy, name), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

const files = ['src', 'test/unit', 'test/helpers'].flatMap((folder) =>
  readdirSync(join(copy, folder), { recursive: true })
    .map((name) => `${folder}/${name}`)
    .filter((name) => name.endsWith('.ts'))
    .toSorted(),
);

/** mulberry32: the same numbers for the same seed, everywhere. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const SWAPS = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
};

/** Every place of a file with what to write there instead. */
function mutantsOf(file) {
  const text = readFileSync(join(copy, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const add = (node, now) =>
    found.push({
      file,
      start: node.getStart(source),
      end: node.getEnd(),
      now,
      was: node.getText(source),
      line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1,
    });
  const visit = (node) => {
    // Types have no behaviour.
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    if (ts.isBinaryExpression(node)) {
      const sign = node.operatorToken.getText(source);
      const ofText = [node.left, node.right].some(
        (side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side),
      );
      if (SWAPS[sign] !== undefined && !(sign === '+' && ofText)) add(node.operatorToken, SWAPS[sign]);
    }
    if (ts.isNumericLiteral(node)) add(node, `(${node.getText(source)} + 1)`);
    if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, 'false');
    if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, 'true');
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
      add(node, node.operand.getText(source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** File → the files that import it. */
function importers() {
  const by = new Map();
  for (const file of files) {
    for (const [, path] of readFileSync(join(copy, file), 'utf8').matchAll(/from '(\.[^']+)\.js'/g)) {
      const target = `${posix.normalize(posix.join(posix.dirname(file), path))}.ts`;
      by.set(target, [...(by.get(target) ?? []), file]);
    }
  }
  return by;
}

/** `tls.test.ts` and `rules/tls-certificate.ts`: the same first word. */
function isNamesake(test, file) {
  const [word] = posix.basename(file, '.ts').split('-');
  return posix.basename(test).startsWith(word);
}

/** Groups of test files, the fewest imports away first; those of the command line need the built program. */
function nearestTests(file, by) {
  const seen = new Set([file]);
  const groups = [];
  let left = MOST_TESTS;
  for (let ring = [file]; ring.length > 0 && left > 0;) {
    ring = ring.flatMap((one) => by.get(one) ?? []).filter((one) => !seen.has(one) && seen.add(one));
    const tests = ring
      .filter((one) => one.endsWith('.test.ts') && !one.startsWith('test/unit/cli/'))
      .toSorted()
      .slice(0, left);
    const chunks = Array.from({ length: Math.ceil(tests.length / AT_ONCE) }, (_, index) =>
      tests.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
    );
    // Of those as near, the ones that go by its name.
    const named = (chunk) => chunk.some((test) => isNamesake(test, file));
    groups.push(...chunks.toSorted((one, other) => Number(named(other)) - Number(named(one))));
    left -= tests.length;
  }
  return groups;
}

/** A process group of its own: a mutant that never ends is ended with everything that it started. */
let tester = null;
function stopTester() {
  if (tester === null) return;
  try {
    process.kill(-tester.pid, 'SIGKILL');
  } catch {
    // Gone by itself.
  }
  tester = null;
}

async function answerOf(child, limit) {
  try {
    const [answer] = await once(child, 'message', { signal: AbortSignal.timeout(limit) });
    return answer;
  } catch {
    stopTester();
    return { outcome: 'slow', messages: [`not done after ${limit} ms`] };
  }
}

async function run(file, tests, limit) {
  if (tester === null) {
    tester = fork(join(root, 'scripts/mutate/tester.mjs'), { cwd: copy, detached: true, stdio: 'ignore' });
    if ((await answerOf(tester, LIMIT_MS)).outcome !== 'ready') throw new Error('vitest does not start');
  }
  tester.send({ file, tests });
  return answerOf(tester, limit);
}

/** What these tests take without any mutant, in ms. Tests that fail by themselves would notice every mutant: null. */
const alone = new Map();
async function tookAlone(file, tests) {
  const key = tests.join(' ');
  if (!alone.has(key)) {
    const start = performance.now();
    const { outcome, messages } = await run(file, tests, LIMIT_MS);
    if (outcome !== 'passed') console.log(`left out  ${key}: ${outcome} without a mutant: ${messages.join('; ')}`);
    alone.set(key, outcome === 'passed' ? performance.now() - start : null);
  }
  return alone.get(key);
}

/** Asks a second time where only the clock spoke. */
async function judge(file, tests, aloneMs) {
  const limit = Math.min(LIMIT_MS, Math.max(SHORTEST_LIMIT_MS, Math.ceil(SLOWER * aloneMs)));
  const first = await run(file, tests, limit);
  return first.outcome === 'slow' ? (await run(file, tests, limit)).outcome : first.outcome;
}

/** @returns {Promise<'noticed' | 'survived' | 'undecided'>} */
async function fate({ file, start, end, now }) {
  const text = readFileSync(join(copy, file), 'utf8');
  const mutated = text.slice(0, start) + now + text.slice(end);
  for (const tests of nearestTests(file, by)) {
    const aloneMs = await tookAlone(file, tests);
    if (aloneMs === null) continue;
    writeFileSync(join(copy, file), mutated);
    const outcome = await judge(file, tests, aloneMs);
    writeFileSync(join(copy, file), text);
    if (outcome !== 'passed') return outcome === 'failed' ? 'noticed' : 'undecided';
  }
  return 'survived';
}

const by = importers();
const names = values.folder === undefined ? Object.keys(FOLDERS) : [values.folder];
for (const name of names) {
  const pattern = FOLDERS[name];
  if (pattern === undefined) throw new RangeError(`--folder takes ${Object.keys(FOLDERS).join(', ')}`);
  const random = randomFrom(Number(values.seed));
  const all = files.filter((file) => pattern.test(file)).flatMap(mutantsOf);
  const chosen = all
    .map((mutant) => ({ mutant, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, Number(values.count))
    .map(({ mutant }) => mutant);
  const count = { noticed: 0, survived: 0, undecided: 0 };
  for (const mutant of chosen) {
    const outcome = await fate(mutant);
    count[outcome] += 1;
    if (outcome !== 'noticed') console.log(`${outcome}  ${mutant.file}:${mutant.line}  ${mutant.was} → ${mutant.now}`);
  }
  const judged = count.noticed + count.survived;
  const share = judged === 0 ? 0 : Math.round((100 * count.noticed) / judged);
  console.log(
    `${name}: ${count.noticed} of ${judged} noticed (${share} %), ${count.undecided} undecided, of ${all.length} possible`,
  );
}
stopTester();
