import { beforeAll, describe, expect, it } from 'vitest';
import { rediagnose } from '../../src/cli/report/diagnose.js';
import { SCENARIOS } from '../../src/sim/scenarios/registry.js';
import type { Report } from '../../src/model/report.js';
import { IS_NAMED } from '../helpers/program.js';
import { playAll, said, waitsForSilence } from '../helpers/sim/play.js';
import { expectCommands } from './commands.js';
import { expectWords } from './words.js';
import { expectDocuments, expectNoPasswords } from './documents.js';
import { KNOWN_GAPS } from './gaps.js';
import { useOwnTime } from '../helpers/own-time.js';

useOwnTime();

/** Whether the end comes within the same breath is a matter of ms, and this machine may be busy: the ms are set. */
const RACES: readonly string[] = ['close_at_once'];

/** The same run, on a machine where each end that was seen came so long after its answer. */
function closedAfter(report: Report, closedAfterMs: number): Report {
  const observations = report.observations.map((seen) =>
    seen.operation === 'http_round_trip' && seen.closedAfterMs !== null ? { ...seen, closedAfterMs } : seen,
  );
  expect(observations).not.toEqual(report.observations);
  return rediagnose({ ...report, observations }, report.tool.version);
}
const scenarios = SCENARIOS.filter((scenario) => !waitsForSilence(scenario) && !RACES.includes(scenario.id));

describe('the doctor on networks that answer', () => {
  let reports: ReadonlyMap<string, Report>;
  beforeAll(async () => {
    // Programs keep processors busy, and have deadlines by the clock of the machine.
    reports = await playAll(scenarios, IS_NAMED ? 3 : 8);
  }, 600_000);

  for (const { id, title, expect: truth } of scenarios) {
    (id in KNOWN_GAPS ? it.fails : it)(`${id}: ${title}`, () => {
      expect(said(reports.get(id))).toEqual(truth);
    });
  }

  for (const scenario of SCENARIOS.filter(({ id }) => RACES.includes(id))) {
    it(`${scenario.id}: ${scenario.title}`, async () => {
      const report = (await playAll([scenario], 1)).get(scenario.id);
      if (report === undefined) throw new Error('no report');
      expect(said(closedAfter(report, 149))).toEqual(scenario.expect);
      expect(said(closedAfter(report, 150))).toEqual({ claim: 'will_work', link: 'will_work', cause: null });
    });
  }

  it('writes documents that their schema describes', () => expectDocuments(reports));

  it('prints commands that can be pasted', () => expectCommands(reports));

  it('says it shortly and in plain words', () => expectWords(reports));

  it('tells no password from another', () => expectNoPasswords(reports));

  it('never shows a password of a proxy', () => {
    for (const { id, proxy } of scenarios) {
      if (!proxy?.credentials) continue;
      const text = JSON.stringify(reports.get(id));
      expect(text.includes(JSON.stringify(proxy.credentials.password).slice(1, -1)), id).toBe(false);
      expect(text.includes(encodeURIComponent(proxy.credentials.password)), id).toBe(false);
    }
  });
});
