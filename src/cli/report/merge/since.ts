/** An earlier merge, to compare with: the JSON form of `report merge`. */
import { readTyped } from '../../../host/typed.js';
import { UsageError } from '../../../model/errors.js';
import { safeText } from '../../../report/escape.js';
import type { FleetDocument } from '../../../report/fleet/document.js';
import { FLEET_SCHEMA, FLEET_VERSION } from '../../../report/fleet/document.js';
import { checkFleet } from '../../../report/fleet/schema.js';
import { type Earlier, earlierOf } from '../../../report/fleet/trend.js';
import { fileErrorText } from '../../file-errors.js';

/** A merge of 250,000 hosts is below it. */
const MAX_BYTES = 400 * 1024 * 1024;

function parsed(text: string, file: string): FleetDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`${file} is not valid JSON (cut short?)`);
  }
  const header = (value ?? {}) as { readonly schema?: unknown; readonly version?: unknown };
  if (header.schema !== FLEET_SCHEMA)
    throw new UsageError(`${file} is no merge: write one with report merge --format json`);
  if (typeof header.version === 'number' && header.version > FLEET_VERSION) {
    throw new UsageError(`${file} was written by a newer netdata-egress: please update this one`);
  }
  const complaint = checkFleet(value);
  if (complaint === null) return value as FleetDocument;
  throw new UsageError(`${file} is no valid merge: ${safeText(complaint.path, 120)} should be ${complaint.expected}`);
}

/** Throws UsageError. */
export async function readEarlier(file: string): Promise<Earlier> {
  try {
    const { createdAt, hosts } = parsed((await readTyped(file, MAX_BYTES)).toString('utf8'), file);
    return earlierOf(createdAt, hosts);
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error && 'code' in error)) throw error;
    throw new UsageError(`cannot read ${file}: ${fileErrorText(error)}`);
  }
}
