/** Proof by packets: what the rules say is what happens, and what they do not say does not. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { MANAGERS } from '../../../src/firewall/live/managers.js';
import { findTarget } from '../../../src/firewall/registry.js';
import { checkAllowList, renderRules, type RuleRequest } from '../../../src/firewall/render.js';
import type { CheckedAllowList } from '../../../src/firewall/core/target.js';
import { host, LAB_RANGES, list } from '../../unit/firewall/factory.js';
import { AGENT_UID, DNS4, DNS6, expected, Lab, LISTED, OTHER_UID, reading } from './lab.js';
import { AT_ONCE, PROGRAM, rules, SOURCE } from './cli.js';
import { fireholHost, HOSTS, insist, type Manager } from './managers.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

function allowList(addresses: readonly string[] = LISTED): CheckedAllowList {
  const hosts = [
    host(
      'app.netdata.cloud',
      addresses.filter((_, i) => i % 2 === 0),
    ),
    host(
      'mqtt.netdata.cloud',
      addresses.filter((_, i) => i % 2 === 1),
    ),
  ];
  return checkAllowList(list(hosts, { resolvers: [DNS4, DNS6] }), LAB_RANGES);
}

/** Renders into a directory of the lab and returns a function that runs one of the scripts. */
async function scripts(at: Lab, manager: Manager, request: Partial<RuleRequest>, name: string) {
  const files = renderRules(findTarget(manager.target), allowList(), { toolVersion: '0.1.0', ...request });
  for (const file of files) {
    const path = join(at.dir, name, file.name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.content, { mode: file.mode });
  }
  return (role: 'install' | 'uninstall') =>
    at.must(['sh', join(at.dir, name, `nd-allow-${manager.target}.${role}.sh`)], { env: manager.env });
}

describe.each([...HOSTS, fireholHost])('$title', (manager) => {
  test('allow: opens exactly the listed destinations on a default-deny host, and leaves no trace', async ({ skip }) => {
    await insist(manager, skip);
    lab = await Lab.open();
    await manager.prepare(lab);
    expect(reading(await lab.matrix())[`${LISTED[0]} 443`]).toBe('open');
    await manager.deny(lab);
    const before = await manager.snapshot(lab);
    expect(reading(await lab.matrix())).toEqual(expected(false));

    const script = await scripts(lab, manager, {}, 'allow');
    await script('install');
    expect(reading(await lab.matrix())).toEqual(expected(true));
    const once = await manager.snapshot(lab);
    await script('install');
    expect(await manager.snapshot(lab)).toBe(once);
    expect(reading(await lab.matrix())).toEqual(expected(true));
    await script('uninstall');
    expect(await manager.snapshot(lab)).toBe(before);
    expect(reading(await lab.matrix())).toEqual(expected(false));
    await script('uninstall');
    expect(await manager.snapshot(lab)).toBe(before);
  });

  const can = findTarget(manager.target).capabilities;
  const enforces = can.modes.includes('enforce');

  if (enforces)
    test('enforce: denies everything else on an open host, and leaves no trace', async ({ skip }) => {
      await insist(manager, skip);
      lab = await Lab.open();
      await manager.prepare(lab);
      // An administrator's table exists, and lets everything pass.
      if (manager.target.startsWith('ip')) {
        await lab.must([manager.env['IPTABLES'] ?? '', '-w', '-P', 'OUTPUT', 'ACCEPT']);
        await lab.must([manager.env['IP6TABLES'] ?? '', '-w', '-P', 'OUTPUT', 'ACCEPT']);
      }
      const before = await manager.snapshot(lab);
      const script = await scripts(lab, manager, { mode: 'enforce' }, 'enforce');
      await script('install');
      expect(reading(await lab.matrix())).toEqual(expected(true));
      const once = await manager.snapshot(lab);
      await script('install');
      expect(await manager.snapshot(lab)).toBe(once);
      await script('uninstall');
      expect(await manager.snapshot(lab)).toBe(before);
    });

  for (const mode of can.ownerMatch ? can.modes : [])
    test(`${mode} --user: another account stays blocked`, async ({ skip }) => {
      await insist(manager, skip);
      lab = await Lab.open();
      await manager.prepare(lab);
      if (mode === 'allow') await manager.deny(lab);
      const script = await scripts(lab, manager, { mode, user: String(AGENT_UID) }, mode);
      await script('install');
      expect(reading(await lab.matrix(AGENT_UID))).toEqual(expected(true));
      expect(reading(await lab.matrix(OTHER_UID))).toEqual(expected(false));
      expect(reading(await lab.matrix(0))).toEqual(expected(false));
    });

  /** What this manager has no words for: refused as a whole, neither widened nor half applied. */
  const refused = [
    ...(enforces ? [] : [['--mode', 'enforce']]),
    ...(can.ownerMatch ? [] : can.modes.map((mode) => ['--mode', mode, '--user', String(AGENT_UID)])),
  ];
  for (const options of refused)
    test(`${options.join(' ')} is refused, and the host stays as it was`, async ({ skip }) => {
      await insist(manager, skip);
      lab = await Lab.open();
      await manager.prepare(lab);
      await manager.deny(lab);
      const before = await manager.snapshot(lab);
      const applied = MANAGERS.some((applier) => applier.target === manager.target);
      const asked = [manager.target, ...SOURCE, ...options];
      const result = applied
        ? await rules(lab, ['apply', ...asked, ...AT_ONCE])
        : await lab.run([...PROGRAM, 'rules', ...asked, '--output-dir', join(lab.dir, 'out')]);
      expect([result.code, result.stdout, result.stderr]).toEqual([
        2,
        '',
        expect.stringContaining(`${manager.target}: `),
      ]);
      expect(result.stderr).toMatch(/cannot (?:express mode enforce|match the local user)/);
      expect(await manager.snapshot(lab)).toBe(before);
      expect(existsSync(join(lab.dir, 'out'))).toBe(false);
      expect(reading(await lab.matrix(AGENT_UID))).toEqual(expected(false));
    });
});
