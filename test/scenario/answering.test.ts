import { beforeAll, describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../src/sim/scenarios/registry.js';
import type { Report } from '../../src/model/report.js';
import { IS_NAMED } from '../helpers/program.js';
import { playAll, said, waitsForSilence } from '../helpers/sim/play.js';
import { expectDocuments, expectNoPasswords } from './documents.js';
import { KNOWN_GAPS } from './gaps.js';

/** Whether the end comes within the same breath is a matter of ms: played alone, on a quiet event loop. */
const RACES: readonly string[] = ['close_at_once'];
const scenarios = SCENARIOS.filter((scenario) => !waitsForSilence(scenario) && !RACES.includes(scenario.id));

describe('the doctor on networks that answer', () => {
  let reports: ReadonlyMap<string, Report>;
  beforeAll(
    async () => {
      // Real handshakes keep a processor busy: few at once, so that none misses its deadline.
      reports = await playAll(scenarios, 3);
      // Each by a process of its own, where a program is named.
    },
    IS_NAMED ? 600_000 : 120_000,
  );

  for (const { id, title, expect: truth } of scenarios) {
    (id in KNOWN_GAPS ? it.fails : it)(`${id}: ${title}`, () => {
      expect(said(reports.get(id))).toEqual(truth);
    });
  }

  for (const scenario of SCENARIOS.filter(({ id }) => RACES.includes(id))) {
    it(`${scenario.id}: ${scenario.title}`, { retry: 3 }, async () => {
      const report = (await playAll([scenario], 1)).get(scenario.id);
      expect(said(report)).toEqual(scenario.expect);
    });
  }

  it('writes documents that their schema describes', () => expectDocuments(reports));

  it('tells no password from another', () => expectNoPasswords(reports), 120_000);

  it('never shows a password of a proxy', () => {
    for (const { id, proxy } of scenarios) {
      if (!proxy?.credentials) continue;
      const text = JSON.stringify(reports.get(id));
      expect(text.includes(JSON.stringify(proxy.credentials.password).slice(1, -1)), id).toBe(false);
      expect(text.includes(encodeURIComponent(proxy.credentials.password)), id).toBe(false);
    }
  });
});
