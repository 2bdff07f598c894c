/** The watch as a service under a real systemd and a real OpenRC: how it starts, as whom, what it may, what it keeps, how it ends. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
// @ts-expect-error: a build script, without types
import { script } from '../../scripts/package/bundle.mjs';
import { run } from './harness/exec.js';

/** Its Debian packages, put there by .ci/install. */
const OPENRC = '/var/cache/netdata-egress-lab/openrc';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-service-'));
  const text = await (script as (how: object) => Promise<string>)({ node: '20.18.1', quality: 1 });
  await writeFile(join(dir, 'netdata-egress.cjs'), text);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Plays in a container of this system's files; what was seen, by name. */
async function played(
  script: string,
  ...more: readonly string[]
): Promise<{ readonly told: Readonly<Record<string, string>>; readonly stderr: string }> {
  const boot = ['bash', join(import.meta.dirname, 'services', script), dir, ...more];
  const seen = await run('unshare', ['--mount', '--propagation', 'private', ...boot], { timeoutMs: 260_000 });
  const lines = seen.stdout.trim().split('\n');
  return { told: Object.fromEntries(lines.map((line) => line.split(/: ?(.*)/s).slice(0, 2))), stderr: seen.stderr };
}

test('systemd: starts as netdata without a capability, keeps its state, is watched, reads anew, is started again when it froze, ends at once, goes without a trace', async () => {
  const { told, stderr } = await played('watch-service.sh');
  const { exposure, stopped, ...rest } = told;
  expect(rest, stderr.slice(-3000)).toEqual({
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

test.skipIf(!existsSync(OPENRC))(
  'OpenRC: starts as netdata, keeps its state, reads anew, is started again when it was killed, ends at once, goes without a trace',
  async () => {
    const { told, stderr } = await played('watch-openrc.sh', OPENRC);
    const { stopped, ...rest } = told;
    expect(rest, stderr.slice(-3000)).toEqual({
      started: 'yes, started',
      account: 'netdata, capabilities 0',
      history: 'yes',
      state: 'netdata 700, netdata 600, netdata 640',
      'round at once': 'yes',
      'read anew': 'yes',
      'same process': 'yes',
      killed: 'restarted yes, watched again yes',
      left: '0',
    });
    expect(stopped).toMatch(/^stopped, 0 left, \d+ ms$/);
    expect(Number(/(\d+) ms/.exec(stopped ?? '')?.[1])).toBeLessThan(1000);
  },
  300_000,
);
