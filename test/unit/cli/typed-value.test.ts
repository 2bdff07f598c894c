import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { typedValue } from '../../../src/cli/typed-value.js';
import { hostRunner } from '../../../src/firewall/live/runner.js';
import { systemProgram } from '../../../src/host/program.js';

const directory = mkdtempSync(join(tmpdir(), 'typed-value-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (text: string): string => {
  const path = join(directory, 'value');
  writeFileSync(path, text);
  return path;
};

it('a value comes from the line, standard input, or a file', async () => {
  const stdin = (): Promise<string> => Promise.resolve('http://joe:pw@proxy:3128\n');
  expect(await typedValue('--proxy', 'env', stdin)).toBe('env');
  expect(await typedValue('--proxy', '-', stdin)).toBe('http://joe:pw@proxy:3128');
  expect(await typedValue('--proxy', `@${file('socks5://p:1\r\n')}`, stdin)).toBe('socks5://p:1');
});

it('says what is wrong with the file without what is in it', async () => {
  await expect(typedValue('--proxy', `@${directory}/none`)).rejects.toThrow('no such file');
  await expect(typedValue('--proxy', `@${file('a\nsecret')}`)).rejects.toThrow(/^--proxy: the value must be one line$/);
  await expect(typedValue('--proxy', '@/dev/zero')).rejects.toThrow('not a file');
});

it.runIf(process.platform === 'linux' && process.geteuid?.() === 0)(
  "as root no caller's PATH names a program",
  async () => {
    const before = process.env['PATH'];
    writeFileSync(join(directory, 'sh'), '#!/bin/sh\necho evil\n', { mode: 0o755 });
    writeFileSync(join(directory, 'only-here'), '#!/bin/sh\necho evil\n', { mode: 0o755 });
    process.env['PATH'] = `${directory}:${before ?? ''}`;
    try {
      expect((await hostRunner.run(['sh', '-c', 'echo good'])).stdout).toBe('good\n');
      expect(await hostRunner.which('only-here')).toBeNull();
      expect((await hostRunner.run(['only-here'])).code).toBeNull();
      expect(systemProgram(join(directory, 'sh'))).toBe('untrusted');
    } finally {
      process.env['PATH'] = before;
    }
  },
);
