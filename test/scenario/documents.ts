import { expect } from 'vitest';
import { rediagnose } from '../../src/cli/report/diagnose.js';
import type { Report } from '../../src/model/report.js';
import { redactReport } from '../../src/report/redact.js';
import { expectNoPassword } from '../helpers/password-echo.js';
import { schemaFaults } from '../helpers/published-schema.js';

/** What a judgement comes to. */
function gist(report: Report): unknown {
  const { verdict, findings } = rediagnose(report, report.tool.version);
  const found = findings.flatMap((f) => (f.outcome === 'found' ? [[f.id, f.severity]] : []));
  return { claim: verdict.claim.outcome, link: verdict.link.outcome, found };
}

/**
 * Every document that a run may leave validates: as it was made, and as it is shared. What is shared is judged like
 * the original: nothing that redaction takes away is evidence. A password that is a word of ours is told from no other.
 */
export function expectDocuments(reports: ReadonlyMap<string, Report>): void {
  expect(reports.size).toBeGreaterThan(0);
  for (const [id, report] of reports) {
    expect(schemaFaults(report), id).toBe('');
    expectNoPassword(report, 'wrong', 'tiger');
    for (const mode of ['standard', 'strict'] as const) {
      const shared = redactReport(report, { mode, secrets: [] }).report;
      expect(schemaFaults(shared), `${id}, ${mode}`).toBe('');
      expect(gist(shared), `${id}, ${mode}`).toEqual(gist(report));
    }
  }
}
