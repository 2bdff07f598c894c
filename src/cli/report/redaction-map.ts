/** What stand-ins depend on: the private map of an earlier redaction (written with mode 0600), or the key of a fleet. */
import { readTyped } from '../../host/typed.js';
import { UsageError } from '../../model/errors.js';
import type { RedactionMap } from '../../report/redact.js';
import { typedValue } from '../typed-value.js';
import { writeFileAtomic } from '../write-file.js';
import { fileErrorText } from '../file-errors.js';

const MAX_BYTES = 64 * 1024 * 1024;
/** An earlier map is a file; a pipe that nobody writes to is not waited for. */
const SILENCE_MS = 2000;

function isTextRecord(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === 'string')
  );
}

/** null when there is no such file yet. */
export async function readMap(file: string | undefined): Promise<RedactionMap | null> {
  if (file === undefined) return null;
  let text: string;
  try {
    text = (await readTyped(file, MAX_BYTES, SILENCE_MS)).toString('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new UsageError(`cannot read ${file}: ${fileErrorText(error)}`);
  }
  let map: unknown;
  try {
    map = JSON.parse(text);
  } catch {
    map = null;
  }
  const sections = map as Partial<RedactionMap> | null;
  if (
    sections?.schema !== 'netdata-egress/redaction-map' ||
    !isTextRecord(sections.hosts) ||
    !isTextRecord(sections.addresses) ||
    !isTextRecord(sections.users)
  ) {
    throw new UsageError(`${file} is not a map of stand-ins; name a file that does not exist yet, or an earlier map`);
  }
  return map as RedactionMap;
}

export async function writeMap(file: string, map: RedactionMap): Promise<void> {
  await writeFileAtomic(file, `${JSON.stringify(map, null, 2)}\n`, 0o600);
}

/** Whoever guesses the key tries all private addresses until the stand-ins fit. */
const LEAST_KEY = 16;

/** `-` or `@FILE`; null = none was given. Throws UsageError, also for a key that stands on the command line. */
export async function readKey(flag: string | undefined): Promise<string | null> {
  if (flag === undefined) return null;
  if (flag !== '-' && !flag.startsWith('@'))
    throw new UsageError('--redact-key takes - (standard input) or @FILE: everybody on this host reads command lines');
  const key = await typedValue('--redact-key', flag);
  if (key.length < LEAST_KEY)
    throw new UsageError(`--redact-key: ${String(LEAST_KEY)} characters at least, as openssl rand -hex 32 makes them`);
  return key;
}
