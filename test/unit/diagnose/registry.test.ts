import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../src/diagnose/catalogue.js';
import { CONFIDENCE } from '../../../src/diagnose/confidence.js';
import { RULES } from '../../../src/diagnose/registry.js';

const ids = CATALOGUE.map(({ id }) => id);
const tests = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.test.ts') && name !== 'registry.test.ts')
  .map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'))
  .join('\n');

describe('the catalogue of causes', () => {
  it('has every id once', () => {
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has exactly one rule per id', () => {
    expect(RULES.map(({ id }) => id).sort()).toEqual([...ids].sort());
  });

  it.each(ids)('%s: has a confidence table with a last row', (id) => {
    const rows = CONFIDENCE[id] ?? [];
    expect(rows.length).toBeGreaterThan(0);
    for (const { confidence, wouldTell } of rows) expect(wouldTell === null).toBe(confidence === 'certain');
  });

  it.each(ids)('%s: is told and kept silent in a test', (id) => {
    expect(tests.includes(`'${id}'`)).toBe(true);
  });
});
