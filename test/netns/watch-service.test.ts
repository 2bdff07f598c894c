/** The watch as a service under a real systemd: how it starts, as whom, what it may, what it keeps, how it ends. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
// @ts-expect-error: a build script, without types
import { script } from '../../scripts/package/bundle.mjs';
import { run } from './harness/exec.js';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-service-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('starts as netdata without a capability, keeps its state, is watched, reads anew, is started again when it froze, ends at once, goes without a trace', async () => {
  const text = await (script as (how: object) => Promise<string>)({ node: '20.18.1', quality: 1 });
  await writeFile(join(dir, 'netdata-egress.cjs'), text);
  const boot = ['bash', join(import.meta.dirname, 'services/watch-service.sh'), dir];
  const seen = await run('unshare', ['--mount', '--propagation', 'private', ...boot], { timeoutMs: 260_000 });
  const told = Object.fromEntries(
    seen.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/: ?(.*)/s).slice(0, 2)),
  ) as Readonly<Record<string, string>>;
  const { exposure, stopped, ...rest } = told;
  expect(rest, seen.stderr.slice(-3000)).toEqual({
    started: 'active, running, watching',
    account: 'netdata, capabilities 0, filtered 2',
    history: 'yes',
    state: 'netdata 700, netdata 600',
    'watchdog fed': 'yes',
    'round at once': 'yes',
    'read anew': 'yes',
    'same process': 'yes',
    frozen: 'restarted yes, active, running, 1',
    'frozen, old process': 'gone, by the watchdog 1',
    'watched again': 'yes',
    left: 'inactive',
  });
  expect(Number(exposure)).toBeGreaterThan(0);
  expect(Number(exposure)).toBeLessThanOrEqual(2.5);
  expect(stopped).toMatch(/^inactive, success, \d+ ms$/);
  expect(Number(/\d+/.exec(stopped ?? '')?.[0])).toBeLessThan(1000);
}, 300_000);
