/** Reads what `targets/csv.ts` writes, and nothing else. */
import { fqdnProblem } from '../../src/firewall/core/sanitise.js';
import { isIP } from 'node:net';
import { COLUMNS } from '../../src/firewall/targets/csv.js';
import type { RenderedFile } from '../../src/model/allow-list.js';

export function csv(files: readonly RenderedFile[]): readonly string[] {
  const rows = (files[0]?.content ?? '').split('\n');
  const problems = rows[0] === COLUMNS.join(',') ? [] : ['the first row does not name the columns'];
  if (rows.pop() !== '') problems.push('no final newline');
  if (rows.length < 2) problems.push('no rows');
  rows.slice(1).forEach((row, index) => {
    const cells = row.split(',');
    if (cells.length !== COLUMNS.length) problems.push(`row ${String(index + 2)} has ${String(cells.length)} cells`);
    if (fqdnProblem(cells[0] ?? '') !== null && isIP(cells[0] ?? '') === 0)
      problems.push(`row ${String(index + 2)}: ${JSON.stringify(cells[0])} is no name`);
    if (cells.some((value) => /^[=+\-@"]/.test(value)))
      problems.push(`row ${String(index + 2)} could be read as a formula`);
  });
  return problems;
}
