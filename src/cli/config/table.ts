/** A table that fits its width: cells are wrapped, columns share what there is. Pure. */
import { breakWord, columns, padColumns } from '../../report/width.js';

const GAP = 2;

/** Wraps one cell; a word that is wider than its column is broken. Leading spaces indent every line. */
function fit(cell: string, total: number): string[] {
  const indent = /^ */.exec(cell)?.[0] ?? '';
  const width = Math.max(1, total - indent.length);
  const lines: string[] = [];
  let line = '';
  const words = cell
    .trim()
    .split(/ +/)
    .flatMap((word) => breakWord(word, width));
  for (const word of words) {
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

/** First room for every column's longest word, then for whole cells. */
function columnWidths(rows: readonly (readonly string[])[], total: number): number[] {
  const most = (need: (cell: string) => number) =>
    Array.from({ length: rows[0]?.length ?? 0 }, (_, index) =>
      Math.max(1, ...rows.map((row) => need(row[index] ?? ''))),
    );
  const [words, cells] = [most(longestWord), most(columns)];
  const room = total - GAP * (words.length - 1);
  const base = share(words, room);
  const rest = room - base.reduce((sum, width) => sum + width, 0);
  const extra = share(
    cells.map((width, index) => width - (base[index] ?? 0)),
    rest,
  );
  return base.map((width, index) => Math.max(1, width + (extra[index] ?? 0)));
}

/** Lines per row. */
export function renderTable(rows: readonly (readonly string[])[], total: number): string[][] {
  const widths = columnWidths(rows, total);
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
