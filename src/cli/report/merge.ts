/** `report merge`: many runs, one after another, into one page for whoever owns the hosts. */
import { opendir, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { UsageError } from '../../model/errors.js';
import { safeText } from '../../report/escape.js';
import { fleetCsv } from '../../report/fleet/csv.js';
import type { FleetDocument, LeftOut } from '../../report/fleet/document.js';
import { FactsPool, Fleet } from '../../report/fleet/fleet.js';
import { fleetHtml } from '../../report/fleet/html.js';
import { fleetJson } from '../../report/fleet/json.js';
import { fleetLetters } from '../../report/fleet/letter-form.js';
import { fleetMarkdown } from '../../report/fleet/markdown.js';
import { fleetPrometheus } from '../../report/fleet/prometheus.js';
import { summarise } from '../../report/fleet/summarise.js';
import { fleetText } from '../../report/fleet/text.js';
import { LEFT_OUT_WORDS } from '../../report/fleet/words.js';
import { MAX_REPORT_BYTES, UnusableRun, loadReport } from '../../report/load.js';
import { readCapped } from '../../host/capped-read.js';
import { fileErrorText } from '../file-errors.js';
import { packageVersion } from '../version.js';
import { writeFileAtomic } from '../write-file.js';
import { nameOf, oneOf, openInput, renderOptionsFor, type ShowFlags } from './io.js';
import { readLabels } from './label-file.js';
import { readEarlier } from './since.js';
import { splitDocuments } from './split-documents.js';

const RUN_FILE = /\.(?:json|ndjson|jsonl|html)$/;
/** Complaints printed one by one; the rest is counted. */
const MOST_COMPLAINTS = 20;
/** Folders in folders. */
const DEEPEST = 12;

/** A file of this size is read at once: a stream costs more than the run in it. */
const SMALL_FILE = 4 * 1024 * 1024;

interface MergeFlags extends ShowFlags {
  readonly labelFrom?: string;
  readonly since?: string;
}

async function* inFolder(path: string, depth: number): AsyncGenerator<string> {
  for await (const entry of await opendir(path, { bufferSize: 1024 })) {
    const inner = join(path, entry.name);
    // Links to folders are not followed: they may lead in a circle.
    if (entry.isDirectory() && depth < DEEPEST) yield* inFolder(inner, depth + 1);
    else if (entry.isFile() && RUN_FILE.test(entry.name)) yield inner;
  }
}

/** Files as given; a folder stands for the runs in it and below, in no order. */
async function* filesOf(paths: readonly string[]): AsyncGenerator<string> {
  for (const path of paths) {
    let folder = false;
    try {
      folder = path !== '-' && (await stat(path)).isDirectory();
    } catch (error) {
      throw new UsageError(`cannot read ${path}: ${fileErrorText(error)}`);
    }
    if (folder) yield* inFolder(path, 0);
    else yield path;
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
  complain: (left: LeftOut) => void,
): Promise<void> {
  for await (const { text, where } of splitDocuments(input, MAX_REPORT_BYTES)) {
    const full = `${name}${where}`;
    try {
      if (text === null) {
        throw new UnusableRun('too_large', `${full} is larger than ${MAX_REPORT_BYTES / 1024 / 1024} MiB`);
      }
      fleet.add(loadReport(text, full), full);
    } catch (error) {
      if (!(error instanceof UnusableRun)) throw error;
      complain({ kind: error.fault, name: full, text: error.message });
    }
  }
}

type Form = (fleet: FleetDocument, flags: MergeFlags) => string | Iterable<string>;

const FORMS: Readonly<Record<string, Form>> = {
  text: (fleet, flags) => fleetText(fleet, renderOptionsFor(flags)),
  json: fleetJson,
  markdown: fleetMarkdown,
  html: fleetHtml,
  csv: fleetCsv,
  prometheus: fleetPrometheus,
  letters: fleetLetters,
};

const BY_SUFFIX: Readonly<Record<string, string>> = {
  json: 'json',
  md: 'markdown',
  markdown: 'markdown',
  html: 'html',
  htm: 'html',
  csv: 'csv',
  prom: 'prometheus',
};

function formOf({ format, output }: MergeFlags): Form {
  const suffix = /\.(\w+)$/.exec(output ?? '')?.[1]?.toLowerCase() ?? '';
  const name = oneOf('--format', format ?? BY_SUFFIX[suffix] ?? 'text', Object.keys(FORMS));
  return FORMS[name] ?? fleetMarkdown;
}

/** Piece by piece: a large fleet is never one text unless it is a file, which is replaced as a whole. */
async function deliver(result: string | Iterable<string>, { output }: MergeFlags): Promise<void> {
  const pieces = typeof result === 'string' ? [result] : result;
  if (output !== undefined) {
    await writeFileAtomic(output, [...pieces].join(''));
    return;
  }
  let batch = '';
  const flush = async (): Promise<void> => {
    if (batch !== '' && !process.stdout.write(batch)) await once(process.stdout, 'drain');
    batch = '';
  };
  for (const piece of pieces) {
    batch += piece;
    if (batch.length > 65_536) await flush();
  }
  await flush();
}

export async function mergeCommand(paths: readonly string[], raw: Record<string, unknown>): Promise<void> {
  const flags = raw as MergeFlags;
  const form = formOf(flags);
  const earlier = flags.since === undefined ? null : await readEarlier(flags.since);
  const label = flags.labelFrom === undefined ? undefined : await readLabels(flags.labelFrom);
  const fleet = new Fleet(new FactsPool(), label);
  let bad = 0;
  const complain = (left: LeftOut): void => {
    bad += 1;
    fleet.leaveOut(left);
    if (bad > MOST_COMPLAINTS) return;
    process.stderr.write(`netdata-egress: left out (${LEFT_OUT_WORDS[left.kind]}): ${safeText(left.text, 400)}\n`);
  };
  for await (const file of filesOf(paths)) {
    try {
      await mergeInput(await inputOf(file), nameOf(file), fleet, complain);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      complain({ kind: 'unreadable', name: file, text: `cannot read ${nameOf(file)}: ${fileErrorText(error)}` });
    }
  }
  if (bad > MOST_COMPLAINTS) process.stderr.write(`netdata-egress: left out ${bad - MOST_COMPLAINTS} more\n`);
  if (fleet.reports === 0) throw new UsageError('no saved run was found');
  const document = summarise(fleet, { toolVersion: packageVersion(), now: new Date().toISOString(), earlier });
  await deliver(form(document, flags), flags);
  process.exitCode = bad === 0 ? 0 : 1;
}
