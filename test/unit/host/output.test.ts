import { execFileSync, spawn } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutput, tryOutput, writeOutput } from '../../../src/host/output.js';
import { openTyped, readTyped } from '../../../src/host/typed.js';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'egress-output-'));
});
afterEach(() => rmSync(base, { recursive: true }));
const at = (name: string): string => join(base, name);

describe('a result', () => {
  it('takes the place of a file as a whole, and leaves nothing else behind', async () => {
    writeFileSync(at('run.json'), 'a long old one');
    await writeOutput(at('run.json'), 'new', 0o600);
    expect(readFileSync(at('run.json'), 'utf8')).toBe('new');
    expect(lstatSync(at('run.json')).mode & 0o777).toBe(0o600);
    expect(tryOutput(at('run.json'))).toBe('file');
    expect(readdirSync(base)).toEqual(['run.json']);
  });
  it('replaces a link to a file, and leaves that file alone', async () => {
    writeFileSync(at('target'), 'precious');
    symlinkSync('target', at('link'));
    await writeOutput(at('link'), 'new', 0o600);
    expect(readFileSync(at('target'), 'utf8')).toBe('precious');
    expect(lstatSync(at('link')).isFile()).toBe(true);
  });
  it.runIf(process.platform === 'linux')('goes through devices and links of ours to them', async () => {
    symlinkSync('/dev/null', at('null'));
    for (const path of ['/dev/null', at('null')]) {
      expect(tryOutput(path)).toBe('through');
      await writeOutput(path, 'x', 0o600);
    }
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(lstatSync(at('null')).isSymbolicLink()).toBe(true);
    await expect(writeOutput('/dev/full', 'x', 0o600)).rejects.toMatchObject({ code: 'ENOSPC' });
  });
  it('goes through a pipe, also one that is read slowly', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const reader = spawn('sh', ['-c', `(sleep 0.2; wc -c) < ${at('pipe')}`], { stdio: ['ignore', 'pipe', 'inherit'] });
    let count = '';
    reader.stdout.on('data', (chunk) => (count += String(chunk)));
    const ended = new Promise((resolve) => reader.on('close', resolve));
    for (;;) {
      try {
        await writeOutput(at('pipe'), 'x'.repeat(300_000), 0o600);
        break;
      } catch (error) {
        // The reader has not come yet.
        expect(error).toMatchObject({ code: 'ENXIO' });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    await ended;
    expect(Number(count)).toBe(300_000);
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
  });
  it('is not written where it cannot stand', async () => {
    mkdirSync(at('dir'));
    await expect(writeOutput(at('dir'), 'x', 0o600)).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(writeOutput(at('gone/x'), 'x', 0o600)).rejects.toMatchObject({ code: 'ENOENT' });
    writeFileSync(at('file'), '');
    await expect(writeOutput(at('file/x'), 'x', 0o600)).rejects.toMatchObject({ code: 'ENOTDIR' });
    expect(() => createOutput(at('file'), 'x', 0o600)).toThrow('EEXIST');
  });
});

describe('what the user names to be read', () => {
  it('is a file, capped', async () => {
    writeFileSync(at('file'), 'x'.repeat(1000));
    expect((await readTyped(at('file'), 1000)).length).toBe(1000);
    await expect(readTyped(at('file'), 999)).rejects.toMatchObject({ code: 'EFBIG' });
  });
  it.runIf(process.platform === 'linux')('is no device', async () => {
    await expect(readTyped('/dev/zero', 1000)).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(readTyped(base, 1000)).rejects.toMatchObject({ code: 'EISDIR' });
  });
  it('is a pipe, as long as it is not silent', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    await expect(readTyped(at('pipe'), 1000, 50)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    const writer = spawn('sh', ['-c', `(echo one; sleep 0.1; echo two) > ${at('pipe')}`]);
    expect((await readTyped(at('pipe'), 1000, 5000)).toString()).toBe('one\ntwo\n');
    expect(writer.pid).toBeDefined();
  });
  it('gives its first bytes at once', async () => {
    writeFileSync(at('file'), 'x'.repeat(1_000_000));
    for await (const chunk of openTyped(at('file'))) {
      expect(chunk.length).toBeLessThan(1_000_000);
      break;
    }
  });
});
