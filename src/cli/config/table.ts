/**
 * A table that fits its width: cells are wrapped between words, columns share what there is. Where a value would have to
 * be broken, each row becomes a few lines instead, so that every value can be read and copied whole. Pure.
 */
import { columns, padColumns } from '../../report/width.js';

const GAP = 2;
/** Where a value has a line of its own. */
const NARROW = 4;

/** Wraps one cell between words. Leading spaces indent every line. */
function fit(cell: string, total: number): string[] {
  const indent = /^ */.exec(cell)?.[0] ?? '';
  const width = Math.max(1, total - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of cell.trim().split(/ +/)) {
    if (line !== '' && columns(line) + 1 + columns(word) > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((text) => indent + text);
}

/** Shares `total` by need: nobody gets more than needed, and those who need more than their share get equal parts. */
function share(needs: readonly number[], total: number): number[] {
  const widths = needs.map(() => 0);
  let left = total;
  const open = new Set(needs.keys());
  while (open.size > 0) {
    const part = Math.max(0, Math.floor(left / open.size));
    const small = [...open].filter((index) => (needs[index] ?? 0) <= part);
    for (const index of small.length > 0 ? small : open) {
      const width = small.length > 0 ? (needs[index] ?? 0) : part;
      widths[index] = width;
      left -= width;
      open.delete(index);
    }
  }
  return widths;
}

const longestWord = (cell: string): number =>
  (/^ */.exec(cell)?.[0].length ?? 0) + Math.max(...cell.trim().split(/ +/).map(columns));

/** First room for every column's longest word, then for whole cells; null = a word would have to be broken. */
function columnWidths(rows: readonly (readonly string[])[], total: number): number[] | null {
  const most = (need: (cell: string) => number) =>
    Array.from({ length: rows[0]?.length ?? 0 }, (_, index) =>
      Math.max(1, ...rows.map((row) => need(row[index] ?? ''))),
    );
  const [words, cells] = [most(longestWord), most(columns)];
  const room = total - GAP * (words.length - 1);
  if (words.reduce((sum, width) => sum + width, 0) > room) return null;
  const base = share(words, room);
  const rest = room - base.reduce((sum, width) => sum + width, 0);
  const extra = share(
    cells.map((width, index) => width - (base[index] ?? 0)),
    rest,
  );
  return base.map((width, index) => Math.max(1, width + (extra[index] ?? 0)));
}

/** Under its first cell and its second, what the others say; equal ones once, `-` not at all. */
function stacked(heads: readonly string[], row: readonly string[], first: number, total: number): string[] {
  const [name = '', value = '', ...others] = row;
  const told = new Map<string, string[]>();
  for (const [index, cell] of others.entries())
    if (cell !== '-') told.set(cell, [...(told.get(cell) ?? []), heads[index + 2] ?? '']);
  const says = [...told].map(([cell, by]) => `${by.join(' and ')}: ${cell}`);
  const column = first + GAP;
  const beside = [value, ...says].every((text) => column + longestWord(text) <= total);
  const indent = beside ? column : NARROW;
  const under = says.flatMap((text) => fit(text, total - indent)).map((line) => ' '.repeat(indent) + line);
  if (beside) return [`${padColumns(name, column)}${value}`, ...under];
  return [name, `${' '.repeat(NARROW)}${value}`, ...under];
}

/** Lines per row; the first row is the head, which has none where the rows are stacked. */
export function renderTable(rows: readonly (readonly string[])[], total: number): string[][] {
  const widths = columnWidths(rows, total);
  if (widths === null) {
    const [heads = [], ...body] = rows;
    const first = Math.max(...body.map(([name = '']) => columns(name)));
    return [[], ...body.map((row) => stacked(heads, row, first, total))];
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => fit(cell, widths[column] ?? 1));
    const height = Math.max(...cells.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((cell, column) => padColumns(cell[line] ?? '', widths[column] ?? 1))
        .join(' '.repeat(GAP))
        .trimEnd(),
    );
  });
}
