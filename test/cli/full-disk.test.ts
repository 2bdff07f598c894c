/** What cannot be written is not an answer: one sentence on standard error, exit 2. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';

describe.runIf(process.platform === 'linux')('standard output on a full disk', () => {
  it.each([
    '--version',
    '--help',
    'explain',
    'explain tcp.dropped',
    'config --json',
    'rules domains --from-known',
    'lab list',
  ])('%s', (command) => {
    const full = openSync('/dev/full', 'w');
    try {
      const { status, stderr } = spawnSync(PROGRAM, [...PROGRAM_ARGS, ...command.split(' ')], {
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
        timeout: 60_000,
      });
      expect({ status, last: stderr.trim().split('\n').at(-1) }).toEqual({
        status: 2,
        last: 'netdata-egress: cannot write to standard output: no space left',
      });
    } finally {
      closeSync(full);
    }
  });
});
