import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { slowdown, waitedForCpuMs } from '../../../src/host/pressure.js';

it.each([
  ['always at once', '400000000 0 12\n', 1],
  ['a twentieth', '400000000 7600000000 12\n', 20],
  ['no more than it can be', '20000000 999000000000 12\n', 100],
  ['too early to tell', '1000000 99000000 12\n', 1],
  ['no such file', null, 1],
  ['something else', 'nonsense\n', 1],
])('%s', (_, text, expected) => {
  const directory = mkdtempSync(join(tmpdir(), 'pressure-'));
  if (text !== null) writeFileSync(join(directory, 'schedstat'), text);
  expect(slowdown(join(directory, 'schedstat'))).toBe(expected);
  rmSync(directory, { recursive: true });
});

it.each([
  ['7.6 s', '400000000 7600000000 12\n', 7600],
  ['from the start on', '1000000 99000000 12\n', 99],
  ['no such file', null, 0],
  ['something else', 'nonsense\n', 0],
])('waited for the CPU: %s', (_, text, expected) => {
  const directory = mkdtempSync(join(tmpdir(), 'pressure-'));
  if (text !== null) writeFileSync(join(directory, 'schedstat'), text);
  expect(waitedForCpuMs(join(directory, 'schedstat'))).toBe(expected);
  rmSync(directory, { recursive: true });
});
