import { expect } from 'vitest';
import { createPaint } from '../../src/cli/terminal.js';
import type { Finding } from '../../src/model/finding.js';
import type { Report } from '../../src/model/report.js';
import { diffReports } from '../../src/report/diff.js';
import { diffText } from '../../src/report/diff-forms.js';
import { letter } from '../../src/report/letter.js';
import { renderText } from '../../src/report/text.js';
import { BANNED, bannedIn, proseFaults, sentences } from '../helpers/plain-words.js';

/** At 80 columns. Commands that name a file instead of the installed program may take a line more. */
const MORE = process.env['EGRESS_BIN'] === undefined ? 0 : 1;
const MOST_LINES = { failing: 30 + MORE, healthy: 8 + MORE } as const;
const FORM = { paint: createPaint(false), width: 80, unicode: true };

/** Every text of a finding, as it was written. */
export function textsOf(finding: Finding): readonly string[] {
  if (finding.outcome !== 'found') return [finding.because];
  const { title, proof, why, wouldTell, remedies } = finding;
  return [title, ...(proof ?? [why]), wouldTell ?? '', ...remedies.map(({ text }) => text)];
}

/** The text of every run: short, in plain words, nothing said twice. */
export function expectWords(reports: ReadonlyMap<string, Report>): void {
  expect(BANNED.length).toBeGreaterThan(10);
  const faults: string[] = [];
  const [first] = reports.values();
  for (const [id, report] of reports) {
    const text = renderText(report, { ...FORM, verbose: 0 });
    const lines = text.trimEnd().split('\n').length;
    const { claim, link } = report.verdict;
    const kind = claim.outcome === 'will_work' && link.outcome === 'will_work' ? 'healthy' : 'failing';
    if (lines > MOST_LINES[kind]) faults.push(`${id}: ${String(lines)} lines`);
    const said = [claim.note, link.note, ...report.findings.flatMap(textsOf)];
    for (const one of said) faults.push(...proseFaults(id, one));
    const changes = first === undefined ? '' : diffText(diffReports(first, report), { ...FORM, verbose: 0 });
    for (const page of [text, renderText(report, { ...FORM, verbose: 1 }), changes, letter(report), ...said]) {
      faults.push(...bannedIn(id, page));
      if (page.includes('unusable-proxy.invalid')) faults.push(`${id}: unusable-proxy.invalid`);
    }
    const once = new Set<string>();
    for (const one of sentences(text.replaceAll(/\s+/g, ' '))) {
      if (one.length > 20 && once.has(one)) faults.push(`${id}: said twice: ${one}`);
      once.add(one);
    }
  }
  expect([...new Set(faults)]).toEqual([]);
}
