/** One input of a merge: its runs as rows, and what of it is none. All reads are capped; nothing in a file is fatal. */
import { isAscii } from 'node:buffer';
import { readCapped } from '../../../host/capped-read.js';
import type { FleetRow, LeftOut } from '../../../report/fleet/document.js';
import { rowOf } from '../../../report/fleet/row.js';
import { MAX_REPORT_BYTES, UnusableRun, loadReport } from '../../../report/load.js';
import { fileErrorText } from '../../file-errors.js';
import { nameOf, openInput } from '../io.js';
import { splitDocuments } from '../split-documents.js';

/** A file of this size is read at once: a stream costs more than the run in it. */
const SMALL_FILE = 4 * 1024 * 1024;

export interface NamedRow {
  /** File, and line of a file with many. */
  readonly name: string;
  readonly row: FleetRow;
}

export interface InputRuns {
  readonly rows: readonly NamedRow[];
  readonly left: readonly LeftOut[];
}

/** Null for text that is no run of any kind, with the reason in `left`. */
function rowFrom(text: string | null, name: string, left: (one: LeftOut) => void): NamedRow | null {
  try {
    if (text === null) {
      throw new UnusableRun('too_large', `${name} is larger than ${MAX_REPORT_BYTES / 1024 / 1024} MiB`);
    }
    return { name, row: rowOf(loadReport(text, name)) };
  } catch (error) {
    if (!(error instanceof UnusableRun)) throw error;
    left({ kind: error.fault, name, text: error.message });
    return null;
  }
}

/** Every run of a stream, as it comes; `left` hears of what is none. Throws the file system's errors. */
export async function* streamRows(
  input: AsyncIterable<Buffer> | readonly Buffer[],
  name: string,
  left: (one: LeftOut) => void,
): AsyncGenerator<NamedRow> {
  for await (const { text, where } of splitDocuments(input, MAX_REPORT_BYTES)) {
    const row = rowFrom(text, `${name}${where}`, left);
    if (row !== null) yield row;
  }
}

/** Decoding what is ASCII costs half of what UTF-8 does, and nearly all runs are. */
const textOf = (bytes: Buffer): string => (isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8'));

/** A file with many runs has a line that begins with one behind the first. */
const LINES = /\n\s*\{"/;

/** What a path holds. Never throws for what a file can be. */
export async function readRuns(file: string): Promise<InputRuns> {
  const left: LeftOut[] = [];
  const name = nameOf(file);
  const rows: NamedRow[] = [];
  try {
    const small = readCapped(file, SMALL_FILE);
    const whole = small.state === 'read' && !small.truncated ? small.bytes : null;
    if (whole !== null) {
      const text = textOf(whole);
      const faults: LeftOut[] = [];
      const row = rowFrom(text, name, (one) => faults.push(one));
      if (row !== null) return { rows: [row], left };
      if (faults[0]?.kind !== 'damaged' || !LINES.test(text)) return { rows, left: faults };
    }
    const input = whole === null ? openInput(file) : [whole];
    for await (const row of streamRows(input, name, (one) => left.push(one))) rows.push(row);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    left.push({ kind: 'unreadable', name, text: `cannot read ${name}: ${fileErrorText(error)}` });
  }
  return { rows, left };
}
