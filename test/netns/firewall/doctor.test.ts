/**
 * The doctor itself as the judge of every manager: a default-deny host fails, the rules make it pass in both
 * families, applying them again changes nothing, taking them out leaves the state before, byte for byte.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { findTarget } from '../../../src/firewall/registry.js';
import { checkAllowList, renderRules } from '../../../src/firewall/render.js';
import { host, LAB_RANGES, list } from '../../unit/firewall/factory.js';
import { AT_ONCE, doctor, FAILS, rules, serveCloud, SOURCE, WORKS } from './cli.js';
import { DNS4, DNS6, Lab, LISTED } from './lab.js';
import { fireholHost, HOSTS, insist, nftablesHost } from './managers.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

async function open(): Promise<Lab> {
  lab = await Lab.open({ ports: [8443] });
  await serveCloud(lab);
  return lab;
}

/** What was applied last by `rules` and is in force says so. */
const IN_FORCE = { code: 0, stdout: expect.stringContaining('in force and up to date') as string };

describe.each(HOSTS)('$title', (manager) => {
  test('the doctor fails, passes once the rules are applied, and fails without them', async ({ skip }) => {
    await insist(manager, skip);
    const at = await open();
    await manager.prepare(at);
    await manager.deny(at);
    const before = await manager.snapshot(at);
    expect(await doctor(at)).toEqual(FAILS);
    const apply = ['apply', manager.target, ...SOURCE, ...AT_ONCE];
    expect(await rules(at, apply)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^${manager.target}: in force, revision [0-9a-f]{12}\n$`)) as string,
    });
    expect(await doctor(at)).toEqual(WORKS);
    const status = await rules(at, ['status', '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({
      inForce: true,
      drifts: [],
      detection: { suggestion: manager.target === 'ipset' ? 'iptables' : manager.target, mixedBackends: false },
    });
    const once = await manager.snapshot(at);
    expect((await rules(at, apply)).code).toBe(0);
    expect(await manager.snapshot(at)).toBe(once);
    expect(await rules(at, ['status'])).toMatchObject(IN_FORCE);
    expect((await rules(at, ['uninstall', manager.target])).code).toBe(0);
    expect(await manager.snapshot(at)).toBe(before);
    expect(await doctor(at)).toEqual(FAILS);
  });
});

describe(fireholHost.title, () => {
  test('the doctor fails, passes once the script ran, and fails without it', async ({ skip }) => {
    await insist(fireholHost, skip);
    const at = await open();
    await fireholHost.prepare(at);
    await fireholHost.deny(at);
    const hosts = ['app', 'api', 'mqtt'].map((name) => host(`${name}.netdata.cloud`, LISTED));
    const allowList = checkAllowList(list(hosts, { resolvers: [DNS4, DNS6] }), LAB_RANGES);
    for (const file of renderRules(findTarget('firehol'), allowList, { toolVersion: '0.1.0' })) {
      await mkdir(dirname(join(at.dir, 'rules', file.name)), { recursive: true });
      await writeFile(join(at.dir, 'rules', file.name), file.content, { mode: file.mode });
    }
    const script = (role: string): Promise<string> =>
      at.must(['sh', join(at.dir, `rules/nd-allow-firehol.${role}.sh`)]);
    expect(await doctor(at)).toEqual(FAILS);
    await script('install');
    expect(await doctor(at)).toEqual(WORKS);
    const detected = JSON.parse((await rules(at, ['status', '--json'])).stdout) as { detection: object };
    expect(detected.detection).toMatchObject({ suggestion: 'firehol' });
    await script('uninstall');
    expect(await doctor(at)).toEqual(FAILS);
  });
});

describe('only for the user that the Agent runs as', () => {
  test.each(['allow', 'enforce'])('mode %s: its connections pass, those of another account do not', async (mode) => {
    const at = await open();
    if (mode === 'allow') await nftablesHost.deny(at);
    const user = ['--mode', mode, '--user', 'nobody'];
    expect((await rules(at, ['apply', 'nftables', ...SOURCE, ...AT_ONCE, ...user])).code).toBe(0);
    expect(await doctor(at, ['--as-user', 'nobody'])).toEqual(WORKS);
    expect(await doctor(at, ['--as-user', 'daemon'])).toEqual(FAILS);
  });
});
