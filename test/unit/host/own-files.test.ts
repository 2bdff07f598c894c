/** State files: read only when they are ours alone, written whole, claimed once. */
import { execFileSync } from 'node:child_process';
import { chownSync, linkSync, lchownSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendOwn, claimName, makeDirectories, readOwn, tryRoom, writeOwn } from '../../../src/host/own-files.js';
import { readIfThere } from '../../../src/firewall/live/store.js';

const isRoot = process.geteuid?.() === 0;
let dir = '';
const at = (name: string): string => join(dir, name);
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'own-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const code = (work: () => unknown): string => {
  try {
    work();
    return 'done';
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
};

describe('what is read', () => {
  it('is a file of ours, as a whole, or nothing', () => {
    writeOwn(at('state'), 'text', 0o600);
    expect(readOwn(at('state'), 4)).toBe('text');
    expect(code(() => readOwn(at('state'), 3))).toBe('EFBIG');
    expect(readOwn(at('other'), 4)).toBeNull();
    expect(readOwn(at('no/such'), 4)).toBeNull();
  });

  it('is no link, no pipe, and has no second name', async () => {
    writeFileSync(at('file'), 'x');
    symlinkSync(at('file'), at('link'));
    linkSync(at('file'), at('second'));
    execFileSync('mkfifo', [at('pipe')]);
    expect(['link', 'second', 'pipe'].map((name) => code(() => readOwn(at(name), 9)))).toEqual([
      'ELOOP',
      'EPERM',
      'EPERM',
    ]);
    await expect(readIfThere(at('pipe'))).rejects.toThrow(`cannot read ${at('pipe')}: it is not a file of ours`);
  });

  it.runIf(isRoot)('is of no other account, and no way of another account leads there', () => {
    writeFileSync(at('theirs'), 'x');
    chownSync(at('theirs'), 60_001, 60_001);
    expect(code(() => readOwn(at('theirs'), 9))).toBe('EPERM');
    mkdirSync(at('real'));
    writeFileSync(at('real/state'), 'x');
    symlinkSync(at('real'), at('way'));
    expect(readOwn(at('way/state'), 9)).toBe('x');
    lchownSync(at('way'), 60_001, 60_001);
    expect(code(() => readOwn(at('way/state'), 9))).toBe('EFOREIGNLINK');
    expect(code(() => writeOwn(at('way/state'), 'y', 0o600))).toBe('EFOREIGNLINK');
    expect(code(() => makeDirectories(at('way/new')))).toBe('EFOREIGNLINK');
    expect(readdirSync(at('real'))).toEqual(['state']);
  });
});

describe('what is written', () => {
  it('takes the place of a link and leaves where it led', () => {
    writeFileSync(at('precious'), 'precious');
    symlinkSync(at('precious'), at('state'));
    writeOwn(at('state'), 'new', 0o600);
    expect([readFileSync(at('precious'), 'utf8'), readFileSync(at('state'), 'utf8')]).toEqual(['precious', 'new']);
    expect(statSync(at('state')).mode & 0o777).toBe(0o600);
    symlinkSync(at('precious'), at('history'));
    expect(code(() => appendOwn(at('history'), 'line'))).toBe('ELOOP');
  });

  it('cuts off half a line of an earlier crash', () => {
    writeFileSync(at('history'), `one\n${'x'.repeat(9000)}`);
    appendOwn(at('history'), 'two');
    expect(readFileSync(at('history'), 'utf8')).toBe('one\ntwo\n');
  });

  it('a name is claimed once, and nothing else is left behind', () => {
    expect([claimName(at('lock'), 'first'), claimName(at('lock'), 'second')]).toEqual([true, false]);
    tryRoom(dir, 1000);
    expect(readdirSync(dir)).toEqual(['lock']);
    expect(readFileSync(at('lock'), 'utf8')).toBe('first');
  });
});

it('makes directories with their parents, also behind a link of ours, and ends where nothing can be made', () => {
  makeDirectories(at('a/b/c'), 0o700);
  makeDirectories(at('a/b/c'), 0o700);
  expect(statSync(at('a/b/c')).mode & 0o777).toBe(0o700);
  symlinkSync(at('a'), at('link'));
  makeDirectories(at('link/d'));
  expect(readdirSync(at('a')).sort()).toEqual(['b', 'd']);
  symlinkSync(at('missing/deep'), at('broken'));
  expect(code(() => makeDirectories(at('broken')))).toBe('ENOENT');
  writeFileSync(at('file'), '');
  expect(code(() => makeDirectories(at('file')))).toBe('ENOTDIR');
  expect(code(() => makeDirectories(at('file/below')))).toBe('ENOTDIR');
});
