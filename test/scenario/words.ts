import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { createPaint } from '../../src/cli/terminal.js';
import type { Report } from '../../src/model/report.js';
import { letter } from '../../src/report/letter.js';
import { renderText } from '../../src/report/text.js';

/** At 80 columns. */
const MOST_LINES = { failing: 30, healthy: 8 } as const;
const MOST_WORDS = 30;

/** `| not this | but this |` of the list of words in CONTRIBUTING.md. */
export function wordList(): readonly RegExp[] {
  const text = readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8');
  const [, section = ''] = /^## Words\n([^]*?)(?=^## |$(?![^]))/m.exec(text) ?? [];
  const rows = [...section.matchAll(/^\| ([^|]+?) +\| [^|]+\|$/gm)].map(([, cell = '']) => cell).slice(2);
  return rows.flatMap((cell) => cell.split(', ').map((word) => new RegExp(`\\b${word.replaceAll('`', '')}\\b`, 'iu')));
}

/** A list as the subject of its sentence, with a verb for one. */
const SINGULAR =
  /(?:^|\bthat )(?:[\w-]+, )*[\w-]+ and [\w.-]*[\w-] (?:is|has|does|was|answers|takes|closes|resolves|accepts|goes)\b/;

/** What others said is theirs. */
const withoutQuotes = (text: string): string => text.replaceAll(/"[^"]*"/g, '"…"');

const sentences = (text: string): readonly string[] => text.split(/(?<=[.!?:]) +(?=[A-Z"])/);

/** The default text of every run: short, in plain words, nothing said twice. */
export function expectWords(reports: ReadonlyMap<string, Report>): void {
  const banned = wordList();
  expect(banned.length).toBeGreaterThan(10);
  const faults: string[] = [];
  for (const [id, report] of reports) {
    const text = renderText(report, { paint: createPaint(false), width: 80, unicode: true, verbose: 0 });
    const lines = text.trimEnd().split('\n').length;
    const { claim, link } = report.verdict;
    const kind = claim.outcome === 'will_work' && link.outcome === 'will_work' ? 'healthy' : 'failing';
    if (lines > MOST_LINES[kind]) faults.push(`${id}: ${String(lines)} lines`);
    const said = [
      ...[claim, link].map(({ note }) => note),
      ...report.findings.flatMap((finding) =>
        finding.outcome === 'found'
          ? [
              finding.title,
              ...(finding.proof ?? [finding.why]),
              finding.wouldTell ?? '',
              ...finding.remedies.map((remedy) => remedy.text),
            ]
          : [finding.because],
      ),
    ].flatMap((part) => sentences(withoutQuotes(part)));
    for (const one of said) {
      if (one.split(/\s+/).length > MOST_WORDS) faults.push(`${id}: more than ${String(MOST_WORDS)} words: ${one}`);
      if (SINGULAR.test(one)) faults.push(`${id}: a list with a verb for one: ${one}`);
    }
    for (const page of [text, letter(report), ...said]) {
      const own = withoutQuotes(page);
      for (const word of banned) {
        const found = word.exec(own);
        if (found !== null)
          faults.push(`${id}: ${found[0]}: …${own.slice(Math.max(0, found.index - 40), found.index + 40)}…`);
      }
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
