import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { SchemaNode } from '../../../src/model/schema/build.js';
import { DEFINITIONS, publishedSchema, reportSchema } from '../../../src/model/schema/report.js';
import { validator as ownValidator } from '../../../src/report/schema/validate.js';
import { redactReport } from '../../../src/report/redact.js';
import { KINDS, interrupted, proxy407 } from '../../helpers/sample-kinds.js';

/** A document to be spoilt. */
// oxlint-disable-next-line typescript/no-explicit-any
type Run = any;

const published = JSON.parse(JSON.stringify(publishedSchema())) as SchemaNode;

function* nodes(node: SchemaNode, path = ''): Generator<[string, SchemaNode]> {
  yield [path, node];
  for (const [name, child] of Object.entries(node.properties ?? {})) yield* nodes(child, `${path}.${name}`);
  if (node.items !== undefined) yield* nodes(node.items, `${path}[]`);
  for (const child of node.prefixItems ?? []) yield* nodes(child, `${path}[]`);
  for (const child of node.oneOf ?? []) yield* nodes(child, `${path}|`);
}

const everyNode = [
  nodes(published, '$'),
  ...Object.entries(DEFINITIONS).map(([name, node]) => nodes(node, name)),
].flatMap((g) => [...g]);

/** No field beyond those described: for documents that this very version writes. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const copy: Record<string, unknown> = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, closed(value)]),
  );
  if ('properties' in copy && copy['type'] === 'object') copy['additionalProperties'] = false;
  return copy;
}

function validator(schema: unknown) {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false });
  for (const keyword of ['x-raw', 'x-own', 'x-sentence']) ajv.addKeyword(keyword);
  return ajv.compile(schema as object);
}

describe('the published schema', () => {
  it('is what the types say (if not: npm run schema)', async () => {
    const file = await readFile(new URL('../../../schema/report-v1.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(file)).toEqual(published);
  });

  it('describes every field, and what null means wherever null may stand', () => {
    const bare = everyNode.filter(([path, node]) => path.includes('.') && (node.description ?? '').length < 3);
    expect(bare.map(([path]) => path)).toEqual([]);
    const silent = everyNode.filter(
      ([, node]) =>
        node.anyOf?.some((option) => option.type === 'null') === true &&
        node.anyOf.length === 2 &&
        !/null = .{3}/.test(node.description ?? ''),
    );
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  it('has no dangling reference', () => {
    const names = everyNode.flatMap(([, node]) => (node.$ref === undefined ? [] : [node.$ref]));
    expect(names.filter((name) => !(name.replace('#/$defs/', '') in DEFINITIONS))).toEqual([]);
  });

  const complaintOf = ownValidator(reportSchema, DEFINITIONS);
  const validate = validator(closed(published));
  for (const [kind, make] of Object.entries(KINDS)) {
    it(`accepts the sample ${kind}, plain and redacted, by ajv and by our own checker`, () => {
      for (const report of [make(), redactReport(make(), { mode: 'strict', secrets: [] }).report]) {
        const document = JSON.parse(JSON.stringify(report)) as unknown;
        expect(validate(document) ? [] : validate.errors).toEqual([]);
        expect(complaintOf(document)).toBeNull();
      }
    });
  }

  it('agrees with ajv about broken documents', () => {
    const open = validator(published);
    let disagreements = 0;
    let rejected = 0;
    for (const make of [interrupted, proxy407]) {
      // A few observations are enough: ajv tries sixteen shapes on each.
      const report = make();
      const source = JSON.stringify({ ...report, observations: report.observations.slice(0, 6) });
      const paths = Array.from(source.matchAll(/"(\w+)":(null|true|-?\d+|"[^"\\]{0,40}"|\[\])/g));
      for (const match of paths.filter((_, index) => index % 17 === 0)) {
        for (const broken of ['"zzz"', 'null', '-7.5', '[null]', '{}']) {
          const text = `${source.slice(0, match.index)}"${match[1]}":${broken}${source.slice(match.index + match[0].length)}`;
          const document = JSON.parse(text) as unknown;
          const ours = complaintOf(document) === null;
          if (!ours) rejected += 1;
          if (ours !== open(document)) disagreements += 1;
        }
      }
    }
    expect(rejected).toBeGreaterThan(30);
    expect(disagreements).toBe(0);
  });

  it.each([
    [
      'observations[0].operation',
      (run: Run) => (run.observations[0].operation = 'guess'),
      'observations[0]',
      'another shape',
    ],
    ['a missing field', (run: Run) => delete run.observations[0].id, 'observations[0].id', 'to be there'],
    ['a nested field', (run: Run) => (run.agent.version.value = 7), 'agent.version.value', 'string'],
    ['an item', (run: Run) => (run.verdict.claim.evidence = [true]), 'verdict.claim.evidence[0]', 'string'],
    ['a bound', (run: Run) => (run.agent.legs.claim.port = 65_536), 'agent.legs.claim.port', 'at most 65535'],
    [
      'a word',
      (run: Run) => (run.agent.environmentSource = 'me'),
      'agent.environmentSource',
      'one of daemon, unit, self',
    ],
  ])('says where and what is wrong: %s', (_what, spoil, path, expected) => {
    const run: Run = JSON.parse(JSON.stringify(proxy407()));
    spoil(run);
    expect(complaintOf(run)).toEqual({ path, expected });
  });
});
