import { expect } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { redactReport } from '../../src/report/redact.js';
import { schemaFaults } from '../helpers/published-schema.js';

/** Every document that a run may leave validates: as it was made, and as it is shared. */
export function expectDocuments(reports: ReadonlyMap<string, Report>): void {
  expect(reports.size).toBeGreaterThan(0);
  for (const [id, report] of reports) {
    expect(schemaFaults(report), id).toBe('');
    for (const mode of ['standard', 'strict'] as const) {
      expect(schemaFaults(redactReport(report, { mode, secrets: [] }).report), `${id}, ${mode}`).toBe('');
    }
  }
}
