/** Results into the place that the user named; what cannot be done is one sentence. */
import { createOutput, makeOutputDirectory, tryOutput, writeOutput } from '../host/output.js';
import { UsageError } from '../model/errors.js';
import { fileErrorText } from './file-errors.js';

const cannot = (what: string, error: unknown): UsageError => new UsageError(`cannot ${what}: ${fileErrorText(error)}`);

/** A file is replaced as a whole, a device or a pipe written through (files/output.ts). Throws UsageError. */
export async function writeFileAtomic(path: string, content: string | Iterable<string>, mode = 0o600): Promise<void> {
  try {
    await writeOutput(path, content, mode);
  } catch (error) {
    throw cannot(`write ${path}`, error);
  }
}

/** A file that must not exist yet. Throws UsageError. */
export function writeNewFile(path: string, content: string): void {
  try {
    createOutput(path, content, 0o600);
  } catch (error) {
    throw cannot(`write ${path}`, error);
  }
}

/** With its parents; one that is there already is fine. Throws UsageError. */
export async function makeDirectory(path: string, mode?: number): Promise<void> {
  try {
    makeOutputDirectory(path, mode);
  } catch (error) {
    throw cannot(`make directory ${path}`, error);
  }
}

/** Fails early, before a run is made in vain. Throws UsageError. */
export async function assertWritable(path: string): Promise<void> {
  isReplaced(path);
}

/** False for a device or a pipe, which would get one result after another. Throws UsageError. */
export function isReplaced(path: string): boolean {
  try {
    return tryOutput(path) === 'file';
  } catch (error) {
    throw cannot(`write ${path}`, error);
  }
}
