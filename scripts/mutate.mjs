// `npm run mutate -- --seed N [--folder F] [--count K]`: changes one sign or number at a time in a copy of the sources,
// and tells for each folder how many of these mutants the nearest tests notice. Same seed, same mutants.
import { spawnSync } from 'node:child_process';
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
  'firewall/cidr': /^src\/firewall\/cidr.*\.ts$/,
  'firewall/read': /^src\/firewall\/read\/.*\.ts$/,
};
const COPIED = ['src', 'test', 'schema', 'docs', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
/** Nearest test files that are run for one mutant, and how long they may take together. */
const MOST_TESTS = 4;
const LIMIT_MS = 120_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    folder: { type: 'string' },
    count: { type: 'string', default: '40' },
  },
});
const root = resolve(import.meta.dirname, '..');
const files = ['src', 'test/unit', 'test/helpers'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
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
  const text = readFileSync(join(root, file), 'utf8');
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
    for (const [, path] of readFileSync(join(root, file), 'utf8').matchAll(/from '(\.[^']+)\.js'/g)) {
      const target = `${posix.normalize(posix.join(posix.dirname(file), path))}.ts`;
      by.set(target, [...(by.get(target) ?? []), file]);
    }
  }
  return by;
}

/** The test files that are the fewest imports away; those of the command line need the built program. */
function nearestTests(file, by) {
  const seen = new Set([file]);
  const tests = [];
  for (let ring = [file]; ring.length > 0 && tests.length < MOST_TESTS;) {
    ring = ring.flatMap((one) => by.get(one) ?? []).filter((one) => !seen.has(one) && seen.add(one));
    tests.push(...ring.filter((one) => one.endsWith('.test.ts') && !one.startsWith('test/unit/cli/')));
  }
  return tests.slice(0, MOST_TESTS);
}

const copy = mkdtempSync(join(tmpdir(), 'nde-mutate-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
for (const name of COPIED) cpSync(join(root, name), join(copy, name), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

function passes(tests) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--bail=1', '--maxWorkers=1', '--reporter=dot', ...tests];
  return spawnSync(process.execPath, args, { cwd: copy, stdio: 'ignore', timeout: LIMIT_MS }).status === 0;
}

/** Tests that fail without any mutant would notice every one of them. */
const sound = new Set();
function mustPass(tests) {
  const key = tests.join(' ');
  if (sound.has(key)) return;
  if (!passes(tests)) throw new Error(`fails without a mutant, or takes longer than ${LIMIT_MS} ms: ${key}`);
  sound.add(key);
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
  let killed = 0;
  for (const { file, start, end, now, was, line } of chosen) {
    const text = readFileSync(join(root, file), 'utf8');
    const tests = nearestTests(file, by);
    if (tests.length > 0) mustPass(tests);
    writeFileSync(join(copy, file), text.slice(0, start) + now + text.slice(end));
    const survived = tests.length === 0 || passes(tests);
    writeFileSync(join(copy, file), text);
    if (survived) console.log(`survived  ${file}:${line}  ${was} → ${now}`);
    else killed += 1;
  }
  const share = chosen.length === 0 ? 0 : Math.round((100 * killed) / chosen.length);
  console.log(`${name}: ${killed} of ${chosen.length} noticed (${share} %), of ${all.length} possible`);
}
