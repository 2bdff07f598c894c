/** A state directory that takes nothing more: no change begins there, and rules can be taken out all the same. */
import { mkdir } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { AT_ONCE, rules, SOURCE } from './cli.js';
import { Lab } from './lab.js';
import { nftablesHost } from './managers.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

const apply = ['apply', 'nftables', ...SOURCE, ...AT_ONCE];

describe('a state directory', () => {
  test.each([
    ['full', 'no space left', (at: Lab) => at.run(['dd', 'if=/dev/zero', `of=${at.dir}/state/fill`, 'bs=4k'])],
    [
      'read-only',
      'the file system is read-only',
      (at: Lab) => at.run(['mount', '-o', 'remount,ro', `${at.dir}/state`]),
    ],
  ])('that is %s', async (_, why, spoil) => {
    const at = (lab = await Lab.open());
    await nftablesHost.deny(at);
    const before = await nftablesHost.snapshot(at);
    await mkdir(`${at.dir}/state`);
    await at.must(['mount', '-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'tmpfs', `${at.dir}/state`]);
    expect((await rules(at, apply)).code).toBe(0);
    const applied = await nftablesHost.snapshot(at);
    await spoil(at);

    const again = await rules(at, apply);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining(why)]);
    expect(await nftablesHost.snapshot(at)).toBe(applied);

    const gone = await rules(at, ['uninstall', 'nftables']);
    expect(gone.stderr).toContain(why);
    expect(gone.code).toBe(0);
    const saved = /saved in (\/run\/netdata-egress-\S+)/.exec(gone.stdout)?.[1] ?? '';
    expect(await at.must(['cat', saved])).toContain('nd_allow_d4');
    expect(await nftablesHost.snapshot(at)).toBe(before);
  });
});
