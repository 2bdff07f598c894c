/** `rules` from what is written down: nobody is asked, not even a resolver. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';

const GUARD = new URL('../helpers/no-network.cjs', import.meta.url).pathname;

let dir = '';
let place: readonly string[] = [];
let list = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-offline-'));
  // An Agent that is installed on this machine is not meant.
  place = ['--config-dir', dir, '--lib-dir', dir, '--env-from', 'self', '--agent-version', '2.10.3'];
  list = join(dir, 'list.txt');
  const names = ['app', 'api', 'mqtt'].map((name) => `${name}.netdata.cloud 198.51.100.7`);
  await writeFile(list, `${names.join('\n')}\n`);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function rules(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env['PATH'] ?? '', NODE_OPTIONS: `--require=${GUARD}`, http_proxy: '', https_proxy: '' };
  return new Promise((resolve) => {
    const argv = [...PROGRAM_ARGS, 'rules', ...args, ...place, '--accept-range', '198.51.100.0/24'];
    execFile(PROGRAM, argv, { env, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

describe.concurrent('rules that ask nobody', () => {
  test('the guard of this test sees who asks', async () => {
    expect(await rules('json')).toMatchObject({ code: 99, stderr: expect.stringContaining('was touched') as string });
  });

  test.each([
    ['--from-known', () => ['json', '--from-known'], '44.196.50.41'],
    ['--from-list', () => ['json', '--from-list', list, '--proxy', '198.51.100.9:3128'], '198.51.100.9'],
    ['names alone, with --env-timeout 0', () => ['domains', '--env-timeout', '0'], 'mqtt.netdata.cloud'],
  ])('%s', async (_, args, held) => {
    const made = await rules(...args());
    expect([made.code, made.stdout]).toEqual([0, expect.stringContaining(held)]);
    expect(made.stderr).not.toContain('was touched');
  });

  test('--from-list, with a proxy by name: its address is asked of the user', async () => {
    const made = await rules('nftables', '--from-list', list, '--proxy', 'proxy.example:3128');
    expect([made.code, made.stdout]).toEqual([2, '']);
    expect(made.stderr).toContain('no address of the proxy proxy.example is known');
  });
});
