/** The text of a capture, from a file, a pipe or standard input. */
import { readTyped } from '../../host/typed.js';
import { UsageError } from '../../model/errors.js';
import { fileErrorText } from '../file-errors.js';
import { MAX_CAPTURE_BYTES, parseCapture, type Capture } from './format.js';

/** @throws UsageError, one sentence, for what cannot be read, is too large, or is no whole capture */
export async function readCapture(path: string): Promise<Capture> {
  const from = path === '-' ? 'standard input' : path;
  let bytes: Buffer;
  try {
    bytes = await readTyped(path, MAX_CAPTURE_BYTES);
  } catch (error) {
    throw new UsageError(`--from-capture: cannot read ${from}: ${fileErrorText(error)}`);
  }
  return parseCapture(bytes.toString('utf8'));
}
