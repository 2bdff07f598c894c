/** A table that fits its width: cells are wrapped, columns share what there is. Pure. */
import { columns, padColumns } from '../../report/width.js';

const GAP = 2;

/** The first piece of a word that fits, and the rest. */
function breakWord(word: string, width: number): [string, string] {
  const characters = Array.from(word);
  let take = characters.length;
  while (take > 1 && columns(characters.slice(0, take).join('')) > width) take -= 1;
  return [characters.slice(0, take).join(''), characters.slice(take).join('')];
}

/** Wraps one cell; a word that is wider than its column is broken. Leading spaces indent every line. */
function fit(cell: string, total: number): string[] {
  const indent = /^ */.exec(cell)?.[0] ?? '';
  const width = Math.max(1, total - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of cell.trim().split(/ +/)) {
    let rest = word;
    if (line !== '' && columns(line) + 1 + columns(rest) > width) {
      lines.push(line);
      line = '';
    }
    while (columns(rest) > width) {
      const [piece, after] = breakWord(rest, width);
      lines.push(piece);
      rest = after;
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  return [...lines, line].map((text) => indent + text);
}

/** Widths by need: no column is wider than its longest cell, and the rest share evenly. */
export function columnWidths(rows: readonly (readonly string[])[], total: number): number[] {
  const count = rows[0]?.length ?? 0;
  const needs = Array.from({ length: count }, (_, index) =>
    Math.max(1, ...rows.map((row) => columns(row[index] ?? ''))),
  );
  const widths = needs.map(() => 0);
  let left = total - GAP * (count - 1);
  const open = new Set(needs.keys());
  while (open.size > 0) {
    const share = Math.max(1, Math.floor(left / open.size));
    const small = [...open].filter((index) => (needs[index] ?? 0) <= share);
    for (const index of small.length > 0 ? small : open) {
      const width = small.length > 0 ? (needs[index] ?? 1) : share;
      widths[index] = width;
      left -= width;
      open.delete(index);
    }
  }
  return widths;
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
