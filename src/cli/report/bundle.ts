/**
 * `report bundle`: a run as netdata-support-bundle wants it (packaging/installer/SUPPORT-BUNDLE.md of the Agent,
 * bundle format contract v1): sanitized files of stable names below 08-network/, at most 1 MiB each, never
 * overwriting anything, indexed in MANIFEST.json; the private map stays outside.
 */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UsageError } from '../../model/errors.js';
import { safeJson } from '../../report/escape.js';
import { fitReport } from '../../report/fit.js';
import { redactReport } from '../../report/redact.js';
import { plainPaint } from '../../report/paint.js';
import { packageVersion } from '../version.js';
import { readTyped } from '../../host/typed.js';
import { fileErrorText } from '../file-errors.js';
import { assertWritable, makeDirectory, writeFileAtomic, writeNewFile } from '../write-file.js';
import { oneOf, readReport, rendererFor } from './io.js';
import { readMap, writeMap } from './redaction-map.js';
import { removedText } from './removed-text.js';

const FOLDER = '08-network';
/** The bundle's cap for one file. */
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;
const MANIFEST_SCHEMA = 'netdata-support-bundle/v1';

interface BundleFlags {
  readonly outputDir: string;
  readonly redact?: string;
  readonly map?: string;
}

interface ManifestEntry {
  readonly path: string;
  readonly kind: 'cmd';
  readonly origin: string;
  readonly title: string;
  readonly bytes: number;
  readonly pii_obfuscated: boolean;
}

async function manifestOf(path: string): Promise<Record<string, unknown> | null> {
  let text: string;
  try {
    text = (await readTyped(path, MAX_MANIFEST_BYTES)).toString('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new UsageError(`cannot read ${path}: ${fileErrorText(error)}`);
  }
  try {
    const manifest = JSON.parse(text) as Record<string, unknown>;
    if (manifest['schema'] === MANIFEST_SCHEMA && Array.isArray(manifest['files'])) return manifest;
  } catch {
    // Falls through to the same complaint.
  }
  throw new UsageError(`${path} is not a manifest of ${MANIFEST_SCHEMA}`);
}

/** Entries join the bundle's own manifest; a folder that is no bundle gets one of its own. */
async function index(
  folder: string,
  entries: readonly ManifestEntry[],
  generated: string,
  runtimeMs: number,
): Promise<void> {
  const path = join(folder, 'MANIFEST.json');
  const manifest = await manifestOf(path);
  const known = (manifest?.['files'] ?? []) as readonly { readonly path?: unknown }[];
  const document = {
    ...(manifest ?? {
      schema: MANIFEST_SCHEMA,
      tool_version: `netdata-egress ${packageVersion()}`,
      generated_utc: generated,
      runtime_seconds: Math.ceil(runtimeMs / 1000),
      pii_obfuscated: entries.every((entry) => entry.pii_obfuscated),
      secrets_redacted: true,
    }),
    files: [...known.filter((entry) => !entries.some((mine) => mine.path === entry.path)), ...entries],
  };
  await writeFileAtomic(path, `${JSON.stringify(document, null, 2)}\n`);
}

async function assertOutside(map: string | undefined, folder: string): Promise<void> {
  if (map === undefined) return;
  const parent = await realpath(dirname(resolve(map))).catch(() => dirname(resolve(map)));
  const inside = relative(await realpath(folder), join(parent, basename(map)));
  if (!inside.startsWith('..')) throw new UsageError('--map must lie outside the bundle: it undoes the redaction');
  await assertWritable(map);
}

export async function bundleCommand(file: string, raw: Record<string, unknown>): Promise<void> {
  const flags = raw as unknown as BundleFlags;
  const mode = oneOf('--redact', flags.redact, ['strict', 'standard']);
  const report = await readReport(file);
  const folder = join(flags.outputDir, FOLDER);
  await makeDirectory(folder, 0o700);
  await manifestOf(join(flags.outputDir, 'MANIFEST.json'));
  await assertOutside(flags.map, flags.outputDir);
  const redacted = redactReport(report, { mode, secrets: [], earlier: await readMap(flags.map) });
  const fitted = fitReport(redacted.report, MAX_FILE_BYTES);
  const options = { paint: plainPaint, width: 100, unicode: true, verbose: 2 };
  const text = rendererFor('text').render(fitted, options);
  const files = [
    { name: 'netdata-egress.json', title: 'Egress diagnosis: the whole run', content: `${safeJson(fitted)}\n` },
    {
      name: 'netdata-egress.txt',
      title: 'Egress diagnosis: verdict, cause, what to do, evidence',
      content:
        Array.from(text).length > MAX_FILE_BYTES / 4
          ? rendererFor('text').render(fitted, { ...options, verbose: 0 })
          : text,
    },
  ];
  if (flags.map !== undefined) await writeMap(flags.map, redacted.map);
  for (const { name, content } of files) writeNewFile(join(folder, name), content);
  const entries = files.map(({ name, title, content }): ManifestEntry => ({
    path: `${FOLDER}/${name}`,
    kind: 'cmd',
    origin: 'netdata-egress doctor',
    title,
    bytes: Buffer.byteLength(content),
    pii_obfuscated: mode === 'strict',
  }));
  await index(flags.outputDir, entries, report.startedAt, report.durationMs);
  process.stdout.write(entries.map((entry) => `${entry.path} ${entry.bytes} bytes\n`).join(''));
  process.stderr.write(`netdata-egress: ${removedText(redacted.report.redaction.removed)}\n`);
  process.exitCode = 0;
}
