/** `report redact`: the same run without what should not be shared. */
import { UsageError } from '../../model/errors.js';
import { redactReport } from '../../report/redact.js';
import { emit, oneOf, readReport, rendererFor, renderOptionsFor, type ShowFlags } from './io.js';
import { readKey, readMap, writeMap } from './redaction-map.js';
import { removedText } from './removed-text.js';

interface RedactFlags extends ShowFlags {
  readonly redact?: string;
  readonly map?: string;
  readonly redactKey?: string;
}

export async function redactCommand(file: string, raw: Record<string, unknown>): Promise<void> {
  const flags = raw as RedactFlags;
  const mode = oneOf('--redact', flags.redact, ['standard', 'strict']);
  const format = rendererFor(flags.format ?? 'json');
  if (flags.redactKey !== undefined && mode !== 'strict') throw new UsageError('--redact-key needs --redact strict');
  if (flags.redactKey === '-' && file === '-') throw new UsageError('standard input holds the run: --redact-key @FILE');
  const key = await readKey(flags.redactKey);
  const report = await readReport(file);
  const earlier = await readMap(flags.map);
  const redacted = redactReport(report, { mode, secrets: [], earlier, key });
  // The map first: stand-ins that nobody can resolve any more would be worse than none.
  if (flags.map !== undefined) await writeMap(flags.map, redacted.map);
  await emit(format.render(redacted.report, renderOptionsFor(flags)), flags);
  const where = flags.map === undefined ? '' : `; the private map is in ${flags.map}, keep it`;
  process.stderr.write(`netdata-egress: ${removedText(redacted.report.redaction.removed)}${where}\n`);
  process.exitCode = 0;
}
