/** `report validate`: one line per file; with `--quiet` only those that are none. */
import { UsageError } from '../../model/errors.js';
import { safeText } from '../../report/escape.js';
import { emit, nameOf, readReport, type ShowFlags } from './io.js';

interface Judged {
  readonly file: string;
  readonly valid: boolean;
  /** Of the program that wrote it; null = not a saved run. */
  readonly version: string | null;
  /** Why it is none. */
  readonly why: string | null;
}

async function judge(file: string): Promise<Judged> {
  const name = safeText(nameOf(file));
  try {
    const { tool } = await readReport(file);
    return { file: name, valid: true, version: safeText(tool.version, 40), why: null };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { file: name, valid: false, version: null, why: safeText(error.message, 600) };
  }
}

export async function validateCommand(files: readonly string[], raw: Record<string, unknown>): Promise<void> {
  const flags = raw as ShowFlags;
  const judged: Judged[] = [];
  for (const file of files) judged.push(await judge(file));
  const shown = judged.filter(({ valid }) => !valid || flags.quiet !== true);
  const text = shown.map(
    ({ file, version, why }) => why ?? `${file}: valid, written by netdata-egress ${version ?? ''}`,
  );
  const document = { schema: 'netdata-egress/validation', version: 1, files: judged };
  await emit(
    flags.json === true ? `${JSON.stringify(document, null, 2)}\n` : text.map((line) => `${line}\n`).join(''),
    flags,
  );
  process.exitCode = judged.every(({ valid }) => valid) ? 0 : 1;
}
