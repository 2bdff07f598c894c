import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Compresses a file of `folder` beside itself, and gives the name. One thread: several would cut it into blocks. */
export function compress(folder, name) {
  execFileSync('xz', ['-6', '--threads=1', '--keep', '--force', join(folder, name)], { timeout: 1_800_000 });
  return `${name}.xz`;
}
