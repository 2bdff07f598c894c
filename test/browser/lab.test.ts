/**
 * The HTML form of real runs in a real Chromium: the doctor against every scenario of the simulated cloud. Set
 * NETDATA_EGRESS_RUNS to a folder of saved runs (what the root lab kept, say) to have those looked at too, and
 * NETDATA_EGRESS_SHOTS to a folder for screenshots.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { loadReport } from '../../src/report/load.js';
import { redactReport } from '../../src/report/redact.js';
import { SCENARIOS } from '../../src/sim/scenarios/registry.js';
import { playAll, waitsForSilence } from '../helpers/sim/play.js';
import { expectGood } from './look.js';
import { NO_CHROMIUM, Pages } from './pages.js';

const SAVED = process.env['NETDATA_EGRESS_RUNS'];
const savedNames = SAVED === undefined ? [] : readdirSync(SAVED).filter((name) => name.endsWith('.json'));

describe.skipIf(NO_CHROMIUM)('the HTML form of the lab in Chromium', () => {
  let pages: Pages;
  let runs: ReadonlyMap<string, Report>;

  beforeAll(async () => {
    // Waiting for silence costs nothing: those side by side with the others.
    const [launched, silent, answering] = await Promise.all([
      Pages.launch(),
      playAll(SCENARIOS.filter(waitsForSilence), 12),
      playAll(
        SCENARIOS.filter((scenario) => !waitsForSilence(scenario)),
        3,
      ),
    ]);
    pages = launched;
    runs = new Map([...silent, ...answering]);
  }, 180_000);
  afterAll(() => pages?.close());

  it('has every scenario, and all kinds of answers are among them', () => {
    expect(runs.size).toBe(SCENARIOS.length);
    const outcomes = [...runs.values()].map(({ verdict }) => `${verdict.claim.outcome} ${verdict.link.outcome}`);
    for (const kind of ['will_work will_work', 'will_work will_fail', 'will_fail will_fail']) {
      expect(outcomes).toContain(kind);
    }
  });

  it.concurrent.for(SCENARIOS.map(({ id }) => id))('%s', async (id) => {
    const report = runs.get(id);
    if (report === undefined) throw new Error(`${id} was not played`);
    const shared = redactReport(report, { mode: 'standard', secrets: [] }).report;
    await pages.with(id, shared, (sheet) => expectGood(sheet, id));
  });

  it.concurrent.for(savedNames)('saved run %s', async (name) => {
    const report = loadReport(readFileSync(join(SAVED ?? '', name), 'utf8'), name);
    await pages.with(name, report, (sheet) => expectGood(sheet, name));
  });
});
