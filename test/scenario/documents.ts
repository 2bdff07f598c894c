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
 * the original: nothing that redaction takes away is evidence.
 */
export function expectDocuments(reports: ReadonlyMap<string, Report>): void {
  expect(reports.size).toBeGreaterThan(0);
  for (const [id, report] of reports) {
    expect(schemaFaults(report), id).toBe('');
    for (const mode of ['standard', 'strict'] as const) {
      const shared = redactReport(report, { mode, secrets: [] }).report;
      expect(schemaFaults(shared), `${id}, ${mode}`).toBe('');
      expect(gist(shared), `${id}, ${mode}`).toEqual(gist(report));
    }
  }
}

/** A password that is a word of ours is told from no other, in the words of every finding that the runs made. */
export function expectNoPasswords(reports: ReadonlyMap<string, Report>): void {
  const known = new Set<string>();
  for (const report of reports.values()) {
    const found = report.findings.flatMap((f) => (f.outcome === 'found' ? [f.id] : []));
    if (found.every((id) => known.has(id))) continue;
    for (const id of found) known.add(id);
    expectNoPassword(report, 'wrong', 'tiger');
  }
  expect(known.size).toBeGreaterThan(0);
}
