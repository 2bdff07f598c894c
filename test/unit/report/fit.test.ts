import { describe, expect, it } from 'vitest';
import { fitReport } from '../../../src/report/fit.js';
import { loadReport } from '../../../src/report/load.js';
import { fiftyAddresses, healthy, mqttDropped } from '../../helpers/sample-kinds.js';

describe('fitReport', () => {
  it('leaves a report alone that fits', () => {
    const report = healthy();
    expect(fitReport(report, 1024 * 1024)).toBe(report);
  });

  it('cuts bodies first and keeps every step', () => {
    const base = healthy();
    const report = {
      ...base,
      observations: base.observations.map((o) =>
        o.operation === 'http_round_trip' ? { ...o, rawBody: 'x'.repeat(65_536) } : o,
      ),
    };
    const fitted = fitReport(report, 100_000);
    expect(JSON.stringify(fitted).length).toBeLessThanOrEqual(100_000);
    expect(fitted.observations).toHaveLength(report.observations.length);
    expect(fitted.notChecked.at(-1)).toContain('shortened to 8192 bytes');
  });

  it('then drops only what nothing rests on, and stays valid', () => {
    const report = mqttDropped();
    const fitted = fitReport(report, 20_000);
    const ids = new Set(fitted.observations.map((o) => o.id));
    for (const finding of fitted.findings)
      if (finding.outcome === 'found')
        for (const id of finding.evidence)
          expect(ids.has(id) || !report.observations.some((o) => o.id === id)).toBe(true);
    expect(loadReport(JSON.stringify(fitReport(fiftyAddresses(), 10_000)), 'x').findings).toEqual(
      fiftyAddresses().findings,
    );
  });
});
