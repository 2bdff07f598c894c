import { beforeAll, describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../src/sim/scenarios/registry.js';
import type { Report } from '../../src/model/report.js';
import { playAll, said, waitsForSilence } from '../helpers/sim/play.js';
import { expectCommands } from './commands.js';
import { expectWords } from './words.js';
import { expectDocuments } from './documents.js';
import { KNOWN_GAPS } from './gaps.js';
import { useOwnTime } from '../helpers/own-time.js';

useOwnTime();

const scenarios = SCENARIOS.filter(waitsForSilence);

describe('the doctor on networks that stay silent', () => {
  let reports: ReadonlyMap<string, Report>;
  beforeAll(async () => {
    // Waiting costs nothing: many at once.
    reports = await playAll(scenarios, 8);
  }, 600_000);

  for (const { id, title, expect: truth } of scenarios) {
    (id in KNOWN_GAPS ? it.fails : it)(`${id}: ${title}`, () => {
      expect(said(reports.get(id))).toEqual(truth);
    });
  }

  it('writes documents that their schema describes', () => expectDocuments(reports));

  it('prints commands that can be pasted', () => expectCommands(reports));

  it('says it shortly and in plain words', () => expectWords(reports));

  it('ends within its budget, not after a sum of deadlines', () => {
    for (const [id, report] of reports) expect(report.durationMs, id).toBeLessThan(15_500);
  });
});
