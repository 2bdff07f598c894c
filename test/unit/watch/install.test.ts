/** What `watch install` puts in place, and what `watch uninstall` leaves. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { install, uninstall, type InstallFlags } from '../../../src/cli/watch/install.js';

const PLUGIN = 'custom-plugins.d/netdata-egress.plugin';
const ALERTS = 'health.d/netdata-egress.conf';

let home = '';
let said = '';
const flags = (more: Partial<InstallFlags> = {}): InstallFlags => ({
  configDir: join(home, 'etc'),
  libDir: join(home, 'lib'),
  agentVersion: '2.10.3',
  ...more,
});
const config = (name: string): string => join(home, 'etc', name);
/** Every path below the home, files with their text. */
const tree = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(home, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => [name, statSync(join(home, name)).isFile() ? readFileSync(join(home, name), 'utf8') : '/']),
  );

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'watch-install-'));
  for (const name of ['etc', 'lib']) mkdirSync(join(home, name));
  said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true, force: true });
});

describe('the files for Netdata', () => {
  it('a dry run shows them whole and writes nothing', async () => {
    const before = tree();
    await install(flags({ dryRun: true }));
    expect(tree()).toEqual(before);
    const dry = said;
    await install(flags());
    for (const name of [PLUGIN, ALERTS]) {
      expect(dry).toContain(`--- ${config(name)} (mode ${name === PLUGIN ? '755' : '644'})\n`);
      // The list of directories that were made is known only afterwards.
      expect(dry).toContain(readFileSync(config(name), 'utf8').replaceAll(/^# made here: .*\n/gm, ''));
    }
    expect(statSync(config(PLUGIN)).mode & 0o777).toBe(0o755);
    expect(statSync(config(ALERTS)).mode & 0o777).toBe(0o644);
  });

  it('go without a trace, with the history and the directories that were made', async () => {
    const before = tree();
    await install(flags());
    // Once more changes nothing, and does not forget what was made.
    const first = tree();
    await install(flags());
    expect(tree()).toEqual(first);
    mkdirSync(join(home, 'lib/netdata-egress'));
    for (const name of ['history.ndjson', 'history.ndjson.1', 'history.ndjson.damaged'])
      writeFileSync(join(home, 'lib/netdata-egress', name), '{}\n');
    const installed = tree();
    await uninstall(flags({ dryRun: true }));
    expect(tree()).toEqual(installed);
    expect(said).toContain(`would remove ${config(PLUGIN)}\n`);
    await uninstall(flags());
    expect(tree()).toEqual(before);
    await uninstall(flags());
    expect(tree()).toEqual(before);
  });

  it('leave directories that were there, and what others put beside them', async () => {
    mkdirSync(config('health.d'));
    await install(flags());
    writeFileSync(config('custom-plugins.d/other.plugin'), '#!/bin/sh\n');
    await uninstall(flags());
    expect(Object.keys(tree())).toEqual([
      'etc',
      'etc/custom-plugins.d',
      'etc/custom-plugins.d/other.plugin',
      'etc/health.d',
      'lib',
    ]);
  });

  it('never take the place of somebody else’s file, and never take it away', async () => {
    mkdirSync(config('health.d'));
    writeFileSync(config(ALERTS), '# mine\n');
    await expect(install(flags())).rejects.toThrow(/a file that is not ours stands there/);
    await uninstall(flags());
    expect(readFileSync(config(ALERTS), 'utf8')).toBe('# mine\n');
    expect(existsSync(config(PLUGIN))).toBe(false);
  });

  it('that somebody changed: ours while their first line says so', async () => {
    await install(flags());
    const text = readFileSync(config(ALERTS), 'utf8');
    writeFileSync(config(ALERTS), text.replace('$this == 1', '$this >= 1'));
    await install(flags());
    expect(readFileSync(config(ALERTS), 'utf8')).toBe(text);
    writeFileSync(config(ALERTS), text.split('\n').slice(1).join('\n'));
    await expect(install(flags())).rejects.toThrow(/not ours/);
    await uninstall(flags());
    expect(Object.keys(tree())).toEqual(['etc', 'etc/health.d', `etc/${ALERTS}`, 'lib']);
  });

  it.skipIf(process.geteuid?.() === 0)('where nothing may be written is one sentence', async () => {
    chmodSync(join(home, 'etc'), 0o555);
    await expect(install(flags())).rejects.toThrow(/^cannot make .*custom-plugins\.d: .*\(run as root\)$/);
    chmodSync(join(home, 'etc'), 0o755);
  });
});

it.each(['systemd', 'openrc'] as const)('a dry run for %s shows the file and what to run', async (as) => {
  await install({ as, dryRun: true });
  expect(said).toMatch(as === 'systemd' ? /\[Service\]/ : /^#!\/sbin\/openrc-run/m);
  expect(said).toMatch(/--- Nothing was written\. Afterwards run:\n(?:systemctl|rc-update) /);
});
