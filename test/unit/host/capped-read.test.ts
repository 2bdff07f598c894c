import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCapped, readProc, textOf } from '../../../src/host/capped-read.js';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'capped-'));
  writeFileSync(join(root, 'huge'), '');
  // A hole of 8 GB: reading it whole would fail or fill the memory.
  truncateSync(join(root, 'huge'), 8 * 1024 ** 3);
  execFileSync('mkfifo', [join(root, 'pipe')]);
});
afterAll(() => rmSync(root, { recursive: true }));

describe.each([
  ['readCapped', (path: string, max: number) => Promise.resolve(readCapped(path, max))],
  ['readProc', (path: string, max: number) => readProc(path, max)],
])('%s', (_, read) => {
  it('takes as much as it was told of a file of 8 GB, and says that there is more', async () => {
    const before = process.memoryUsage().rss;
    const file = await read(join(root, 'huge'), 1_000_000);
    expect(file).toMatchObject({ state: 'read', truncated: true });
    expect(file.state === 'read' && file.bytes.length).toBe(1_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
  });

  it('reads files without a size whole', async () => {
    const file = await read('/proc/self/status', 100_000);
    expect(file).toMatchObject({ state: 'read', truncated: false });
    expect(file.state === 'read' && file.bytes.toString()).toContain('Pid:');
  });

  it('tells missing files', async () => {
    expect(await read(join(root, 'gone'), 10)).toEqual({ state: 'missing' });
    expect(await read(join(root, 'huge/below'), 10)).toEqual({ state: 'missing' });
  });
});

it('opens neither pipes nor devices for reading', () => {
  expect(readCapped(join(root, 'pipe'), 10)).toEqual({ state: 'unreadable', code: 'EINVAL' });
  expect(readCapped('/dev/zero', 10)).toEqual({ state: 'unreadable', code: 'EINVAL' });
  expect(textOf('/dev/zero', 10)).toBe('');
});

it('waits no longer for another process than it was told', async () => {
  expect(await readProc('/dev/zero', Number.MAX_SAFE_INTEGER, 30)).toEqual({ state: 'unreadable', code: 'ETIMEDOUT' });
});
