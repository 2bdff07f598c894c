import { readFileSync, readdirSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/model/errors.js';
import { MAX_REPORT_BYTES, loadReport } from '../../../src/report/load.js';
import { jsonFormat } from '../../../src/report/json.js';
import { formats } from '../../../src/report/registry.js';
import { plainPaint } from '../../../src/report/paint.js';
import { KINDS, healthy } from '../../helpers/sample-kinds.js';

const options = { paint: plainPaint, width: 80, unicode: true, verbose: 0 };

function message(json: string): string {
  try {
    loadReport(json, 'run.json');
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  return 'accepted';
}

describe('loadReport', () => {
  it('gives back what was written', () => {
    for (const make of Object.values(KINDS))
      expect(loadReport(jsonFormat.render(make(), options), 'x')).toEqual(make());
  });

  it('accepts a byte-order mark and fields of a later minor version', () => {
    expect(message(`\ufeff${JSON.stringify({ ...healthy(), laterField: { a: [1] } })}`)).toBe('accepted');
  });

  it('reads documents whose rules of the Agent have no prefix of their own yet, and writes them with it', () => {
    const report = healthy();
    const older = report.predictions.map((one) => ({ ...one, rule: one.rule.replace('agent:', '') }));
    expect(older.map(({ rule }) => rule).join()).not.toContain('agent:');
    const loaded = loadReport(JSON.stringify({ ...report, predictions: older }), 'run.json');
    expect(loaded.predictions).toEqual(report.predictions);
    expect(loadReport(JSON.stringify(loaded), 'run.json')).toEqual(loaded);
  });

  it('refuses a newer version politely, naming both versions', () => {
    const text = message(
      JSON.stringify({ ...healthy(), version: 2, tool: { name: 'netdata-egress', version: '9.1.0' } }),
    );
    expect(text).toMatch(/version 2, written by netdata-egress 9\.1\.0; this program reads up to 1: please update/);
  });

  it('names the place of what is wrong', () => {
    const report = healthy();
    expect(
      message(
        JSON.stringify({ ...report, verdict: { ...report.verdict, claim: { ...report.verdict.claim, evidence: [] } } }),
      ),
    ).toContain('verdict.claim.evidence should be at least 1 items');
    expect(message(JSON.stringify({ ...report, durationMs: 'long' }))).toContain('durationMs should be number');
  });

  it('turns any other text into one sentence', () => {
    for (const text of ['', '[]', '{', '3', '{"schema":"x"}', '{"schema":"netdata-egress/report"}', '\u001b[2J']) {
      expect(message(text)).toMatch(/^run\.json /);
      expect(message(text)).not.toMatch(/\p{C}/u);
    }
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(message(text)).not.toBe('accepted');
      }),
    );
  });

  it('refuses what is too large or too deep', () => {
    expect(message(' '.repeat(MAX_REPORT_BYTES + 1))).toContain('larger than 32 MiB');
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect(message(JSON.stringify(healthy()).replace(/\}$/, `,"x":${deep}}`))).toContain(
      'x should be less deeply nested',
    );
  });
});

describe('runs saved by earlier versions', () => {
  const folder = new URL('../../golden/report/v1/', import.meta.url);
  for (const name of readdirSync(folder)) {
    it(`${name} still loads and renders in every form`, () => {
      // These files are what 0.1.0 wrote. They are never regenerated: a change that breaks them breaks users' files.
      const report = loadReport(readFileSync(new URL(name, folder), 'utf8'), name);
      for (const format of Object.values(formats)) expect(format.render(report, options).length).toBeGreaterThan(40);
    });
  }
});
