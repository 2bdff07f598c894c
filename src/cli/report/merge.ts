/** `report merge`: many runs, one after another, into one table. Memory does not grow with their number. */
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../model/errors.js';
import { safeText } from '../../report/escape.js';
import { Fleet } from '../../report/fleet.js';
import { fleetJson, fleetMarkdown, fleetText } from '../../report/fleet-forms.js';
import { MAX_REPORT_BYTES, loadReport } from '../../report/load.js';
import { readCapped } from '../../host/capped-read.js';
import { fileErrorText } from '../file-errors.js';
import { emit, nameOf, oneOf, openInput, renderOptionsFor, type ShowFlags } from './io.js';
import { splitDocuments } from './split-documents.js';

const RUN_FILE = /\.(?:json|ndjson|jsonl|html)$/;
/** Complaints printed one by one; the rest is counted. */
const MOST_COMPLAINTS = 20;

/** A file of this size is read at once: a stream costs more than the run in it. */
const SMALL_FILE = 4 * 1024 * 1024;

/** Files as given; a folder stands for the runs in it, in no order. */
async function* filesOf(paths: readonly string[]): AsyncGenerator<string> {
  for (const path of paths) {
    let folder = false;
    try {
      folder = path !== '-' && (await stat(path)).isDirectory();
    } catch (error) {
      throw new UsageError(`cannot read ${path}: ${fileErrorText(error)}`);
    }
    if (!folder) yield path;
    else
      for await (const entry of await opendir(path, { bufferSize: 1024 }))
        if (entry.isFile() && RUN_FILE.test(entry.name)) yield join(path, entry.name);
  }
}

/** The bytes of one input. Nothing else waits for this program, so a small file is read without ceremony. */
async function inputOf(file: string): Promise<AsyncIterable<Buffer> | readonly Buffer[]> {
  const small = file === '-' ? null : readCapped(file, SMALL_FILE);
  return small?.state === 'read' && !small.truncated ? [small.bytes] : openInput(file);
}

/** Adds every run of one input; `complain` hears of those that are none. */
export async function mergeInput(
  input: AsyncIterable<Buffer> | readonly Buffer[],
  name: string,
  fleet: Fleet,
  complain: (message: string) => void,
): Promise<void> {
  for await (const { text, where } of splitDocuments(input, MAX_REPORT_BYTES)) {
    try {
      if (text === null) throw new UsageError(`${name}${where} is larger than ${MAX_REPORT_BYTES / 1024 / 1024} MiB`);
      fleet.add(loadReport(text, `${name}${where}`));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      complain(error.message);
    }
  }
}

export async function mergeCommand(paths: readonly string[], raw: Record<string, unknown>): Promise<void> {
  const flags = raw as ShowFlags;
  const format = oneOf('--format', flags.format, ['text', 'json', 'markdown']);
  const fleet = new Fleet();
  let bad = 0;
  const complain = (message: string): void => {
    bad += 1;
    if (bad <= MOST_COMPLAINTS) process.stderr.write(`netdata-egress: left out: ${safeText(message, 400)}\n`);
  };
  for await (const file of filesOf(paths)) {
    try {
      await mergeInput(await inputOf(file), nameOf(file), fleet, complain);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      complain(`cannot read ${nameOf(file)}: ${fileErrorText(error)}`);
    }
  }
  if (bad > MOST_COMPLAINTS) process.stderr.write(`netdata-egress: left out ${bad - MOST_COMPLAINTS} more\n`);
  if (fleet.reports === 0) throw new UsageError('no saved run was found');
  const forms = {
    text: () => fleetText(fleet, renderOptionsFor(flags)),
    json: () => fleetJson(fleet),
    markdown: () => fleetMarkdown(fleet),
  };
  await emit(forms[format](), flags);
  process.exitCode = bad === 0 ? 0 : 1;
}
