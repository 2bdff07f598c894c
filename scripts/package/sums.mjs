import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** As sha256sum(1) writes and checks it, sorted by name. */
export function sums(folder, names) {
  const line = (name) =>
    `${createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex')}  ${name}\n`;
  return [...names].sort().map(line).join('');
}
