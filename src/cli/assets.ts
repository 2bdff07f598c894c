/**
 * Files of this package that a command prints or reads. The one-file forms replace this module by one that holds them:
 * nothing else may look beside the program for a file.
 */
import { readFileSync } from 'node:fs';

/** Beside the built program as beside its sources: two folders up. */
const ROOT = new URL('../../', import.meta.url);

/**
 * The text of a packaged file.
 *
 * @param path relative to the package, for example `docs/findings/tcp.dropped.md`
 * @throws Error when the package does not hold it
 */
export function asset(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}
