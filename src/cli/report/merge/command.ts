/** `report merge`: many runs, one after another, into one page for whoever owns the hosts. */
import { statSync } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { UsageError } from '../../../model/errors.js';
import { safeText } from '../../../report/escape.js';
import { fleetCsv } from '../../../report/fleet/csv.js';
import type { FleetDocument, LeftOut } from '../../../report/fleet/document.js';
import { FactsPool, Fleet } from '../../../report/fleet/fleet.js';
import { fleetHtml } from '../../../report/fleet/html.js';
import { fleetJson } from '../../../report/fleet/json.js';
import { fleetLetters } from '../../../report/fleet/letter-form.js';
import { fleetMarkdown } from '../../../report/fleet/markdown.js';
import { fleetPrometheus } from '../../../report/fleet/prometheus.js';
import { summarise } from '../../../report/fleet/summarise.js';
import { fleetText } from '../../../report/fleet/text.js';
import { LEFT_OUT_WORDS } from '../../../report/fleet/words.js';
import { fileErrorText } from '../../file-errors.js';
import { packageVersion } from '../../version.js';
import { assertWritable, makeDirectory, writeFileAtomic } from '../../write-file.js';
import { nameOf, oneOf, openInput, renderOptionsFor, type ShowFlags } from '../io.js';
import { readLabels } from './label-file.js';
import { type InputRuns, streamRows } from './read-runs.js';
import { readAll } from './readers.js';
import { readEarlier } from './since.js';
import { MergeState, stampOf } from './state.js';

const RUN_FILE = /\.(?:json|ndjson|jsonl|html)$/;
/** Complaints printed one by one; the rest is counted. */
const MOST_COMPLAINTS = 20;
/** Folders in folders. */
const DEEPEST = 12;
/** The state is kept while the merge goes on: a twentieth of the time at most goes into that, ms at least. */
const KEEP_SHARE = 20;
const KEEP_EVERY_MS = 100;

interface MergeFlags extends ShowFlags {
  readonly labelFrom?: string;
  readonly since?: string;
  readonly state?: string;
  readonly outputDir?: string;
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
      folder = (await stat(path)).isDirectory();
    } catch (error) {
      throw new UsageError(`cannot read ${path}: ${fileErrorText(error)}`);
    }
    if (folder) yield* inFolder(path, 0);
    else yield path;
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

export const MERGE_FORMS: readonly string[] = Object.keys(FORMS);

const BY_SUFFIX: Readonly<Record<string, string>> = {
  json: 'json',
  md: 'markdown',
  markdown: 'markdown',
  html: 'html',
  htm: 'html',
  csv: 'csv',
  prom: 'prometheus',
};

/** Names of the files in --output-dir. */
const FILE_OF: Readonly<Record<string, string>> = {
  text: 'fleet.txt',
  json: 'fleet.json',
  markdown: 'fleet.md',
  html: 'fleet.html',
  csv: 'fleet.csv',
  prometheus: 'fleet.prom',
  letters: 'letters.txt',
};

interface Chosen {
  readonly form: Form;
  /** null = standard output. */
  readonly file: string | null;
}

function chosenForms({ json, format: named, output, outputDir }: MergeFlags): readonly Chosen[] {
  if (json === true && named !== undefined && named !== 'json')
    throw new UsageError('--json and --format exclude each other');
  const format = json === true ? 'json' : named;
  const suffix = /\.(\w+)$/.exec(output ?? '')?.[1]?.toLowerCase() ?? '';
  const names = (format ?? BY_SUFFIX[suffix] ?? 'text').split(',').map((name) => name.trim());
  if (output !== undefined && outputDir !== undefined)
    throw new UsageError('--output and --output-dir exclude each other');
  if (names.length > 1 && outputDir === undefined) throw new UsageError('several formats need --output-dir');
  return [...new Set(names)].map((name) => {
    const known = oneOf('--format', name, MERGE_FORMS);
    const file = outputDir === undefined ? (output ?? null) : join(outputDir, FILE_OF[known] ?? known);
    return { form: FORMS[known] ?? fleetMarkdown, file };
  });
}

/** Piece by piece: a large fleet is never one text. */
async function deliver(result: string | Iterable<string>, file: string | null): Promise<void> {
  if (file !== null) {
    await writeFileAtomic(file, result);
    return;
  }
  const pieces = typeof result === 'string' ? [result] : result;
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

/** Those of the files that have to be read; `taken` gets what is known of the others. */
async function* unread(
  files: AsyncIterable<string>,
  state: MergeState | null,
  stamps: Map<string, ReturnType<typeof stampOf>>,
  taken: (runs: InputRuns) => void,
): AsyncGenerator<string> {
  for await (const file of files) {
    const stats = state === null ? undefined : statSync(file, { throwIfNoEntry: false });
    if (state === null || stats?.isFile() !== true) {
      yield file;
      continue;
    }
    const path = resolve(file);
    const stamp = stampOf(stats);
    const known = state.known(path, stamp);
    if (known !== null) {
      taken(known);
      continue;
    }
    stamps.set(path, stamp);
    yield path;
  }
}

export async function mergeCommand(paths: readonly string[], raw: Record<string, unknown>): Promise<void> {
  const flags = raw as MergeFlags;
  const chosen = chosenForms(flags);
  if (flags.outputDir !== undefined) await makeDirectory(flags.outputDir);
  for (const { file } of chosen) if (file !== null) await assertWritable(file);
  const since = flags.since === undefined ? null : await readEarlier(flags.since);
  const label = flags.labelFrom === undefined ? undefined : await readLabels(flags.labelFrom);
  const pool = new FactsPool();
  const fleet = new Fleet(pool, label);
  const state = flags.state === undefined ? null : new MergeState(pool);
  if (flags.state !== undefined) {
    await assertWritable(flags.state);
    await state?.load(flags.state);
  }
  let bad = 0;
  const complain = (left: LeftOut): void => {
    bad += 1;
    fleet.leaveOut(left);
    if (bad > MOST_COMPLAINTS) return;
    process.stderr.write(`netdata-egress: left out (${LEFT_OUT_WORDS[left.kind]}): ${safeText(left.text, 400)}\n`);
  };
  const take = ({ rows, left }: InputRuns): void => {
    for (const { name, row } of rows) fleet.addRow(row, name);
    for (const one of left) complain(one);
  };
  const stamps = new Map<string, ReturnType<typeof stampOf>>();
  let keepAt = performance.now() + KEEP_EVERY_MS;
  const files = unread(filesOf(paths.filter((path) => path !== '-')), state, stamps, take);
  for await (const [file, runs] of readAll(files, pool)) {
    take(runs);
    const stamp = stamps.get(file);
    if (state === null || flags.state === undefined || stamp === undefined) continue;
    stamps.delete(file);
    state.keep(file, stamp, runs);
    const now = performance.now();
    if (now < keepAt) continue;
    await writeFileAtomic(flags.state, state.text(null));
    const done = performance.now();
    keepAt = done + Math.max(KEEP_EVERY_MS, KEEP_SHARE * (done - now));
  }
  if (paths.includes('-')) await takeStream(fleet, complain);
  if (bad > MOST_COMPLAINTS) process.stderr.write(`netdata-egress: left out ${bad - MOST_COMPLAINTS} more\n`);
  if (fleet.reports === 0) throw new UsageError('no saved run was found');
  const now = new Date().toISOString();
  const document = summarise(fleet, { toolVersion: packageVersion(), now, earlier: since ?? state?.earlier ?? null });
  for (const { form, file } of chosen) {
    // A file is read without a terminal.
    await deliver(form(document, file === null ? flags : { ...flags, output: file }), file);
  }
  // Last: what was not delivered is no earlier merge.
  if (state !== null && flags.state !== undefined)
    await writeFileAtomic(flags.state, state.text({ at: now, rows: document.hosts }));
  process.exitCode = bad === 0 ? 0 : 1;
}

async function takeStream(fleet: Fleet, complain: (left: LeftOut) => void): Promise<void> {
  try {
    for await (const { name, row } of streamRows(openInput('-'), nameOf('-'), complain)) fleet.addRow(row, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    complain({ kind: 'unreadable', name: '-', text: `cannot read ${nameOf('-')}: ${fileErrorText(error)}` });
  }
}
