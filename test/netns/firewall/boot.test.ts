/** The units under a real systemd: rules at boot, after whatever other firewall is there, and the refresh of a program under /root. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
// @ts-expect-error: a build script, without types
import { script } from '../../../scripts/package/bundle.mjs';
import { hostRunner } from '../../../src/firewall/live/runner.js';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-boot-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test.each([
  ['nftables', []],
  ['iptables', ['--backend', 'legacy']],
] as const)('%s %j: loaded after a boot, and refreshed although the lock is not there', async (target, more) => {
  for (const program of ['systemd-nspawn', 'dnsmasq'])
    if ((await hostRunner.which(program)) === null) throw new Error(`${program} is not installed`);
  const text = await (script as (how: object) => Promise<string>)({ node: '20.18.1', quality: 1 });
  await writeFile(join(dir, 'netdata-egress.cjs'), text);
  const boot = ['bash', join(import.meta.dirname, 'boot.sh'), dir, target, ...more];
  const seen = await hostRunner.run(['unshare', '--mount', '--propagation', 'private', ...boot], {
    timeoutMs: 180_000,
  });
  expect(seen.stdout, seen.stderr.slice(-3000)).toBe(
    'rules: active, success\nloaded: yes\nrefresh: 0, success\nnew address: yes\n',
  );
});
