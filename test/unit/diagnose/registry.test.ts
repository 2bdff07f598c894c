import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { RULES } from '../../../src/diagnose/registry.js';

import type { FindingId } from '../../../src/model/finding-id.js';

const ids = RULES.map(({ id }) => id);
const tests = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.test.ts') && name !== 'registry.test.ts')
  .map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'))
  .join('\n');

describe('the registry of rules', () => {
  it('has exactly the ids that the compiler knows, each once', () => {
    expectTypeOf<(typeof RULES)[number]['id']>().toEqualTypeOf<FindingId>();
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(RULES)('$id: says what would raise what is not certain', ({ confidence: rows }) => {
    for (const { confidence, wouldTell } of rows) expect(wouldTell === null).toBe(confidence === 'certain');
  });

  it.each(ids)('%s: is told and kept silent in a test', (id) => {
    expect(tests.includes(`'${id}'`)).toBe(true);
  });
});
