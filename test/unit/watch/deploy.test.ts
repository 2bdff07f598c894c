/** What is installed elsewhere: the service, its hardening, the alerts. Real programs judge where they are. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { healthTemplates } from '../../../src/watch/health.js';
import { openrcScript, pluginScript, systemdUnit, UNIT } from '../../../src/watch/service.js';

const DEPLOY = fileURLToPath(new URL('../../../deploy/', import.meta.url));
const COMMAND = ['/usr/bin/netdata-egress'];
const has = (program: string): boolean => existsSync(`/usr/bin/${program}`);

describe('the service', () => {
  it('is what deploy holds', async () => {
    await expect(systemdUnit(COMMAND)).toMatchFileSnapshot(`${DEPLOY}systemd/${UNIT}`);
    await expect(openrcScript(COMMAND)).toMatchFileSnapshot(`${DEPLOY}openrc/netdata-egress-watch`);
  });

  it.runIf(has('systemd-analyze'))('is exposed to no more than 2.5 of 10, and is a sound unit', () => {
    const directory = mkdtempSync(join(tmpdir(), 'unit-'));
    try {
      const path = join(directory, UNIT);
      writeFileSync(path, systemdUnit(['/bin/true']));
      const args = ['security', '--offline=true', '--threshold=25', '--no-pager', path];
      const judged = spawnSync('systemd-analyze', args, { encoding: 'utf8', timeout: 60_000 });
      const exposure = Number(/Overall exposure level for .*: (\d+\.\d+)/.exec(judged.stdout)?.[1]);
      expect([judged.status, exposure <= 2.5], judged.stdout.slice(-200) + judged.stderr).toEqual([0, true]);
      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', path], {
        encoding: 'utf8',
        timeout: 60_000,
      });
      const own = (verified.stdout + verified.stderr).split('\n').filter((line) => line.includes(UNIT));
      expect(own).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('scripts are good shell', () => {
    for (const text of [openrcScript(COMMAND), pluginScript(COMMAND)])
      expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('alerts', () => {
  it('of Netdata name a label as the version does', () => {
    expect(healthTemplates('1.37.1', 300)).toMatch(/the cause is \$label:cause$/m);
    expect(healthTemplates('1.38.0', 300)).toMatch(/the cause is \$\{label:cause\}$/m);
    expect(healthTemplates('2.10.3', 300)).not.toContain('$label:');
  });

  it('of Netdata: every template has what a template needs, and a text that names a command', () => {
    const templates = healthTemplates('2.10.3', 300).split('\n\n');
    expect(templates).toHaveLength(6);
    for (const template of templates) {
      for (const key of ['template', 'on', 'units', 'every', 'warn', 'delay', 'info', 'to'])
        expect(template).toMatch(new RegExp(`^ *${key}: \\S`, 'm'));
      expect(template).toMatch(/info: .*netdata-egress (?:doctor|watch history)/);
    }
  });

  it.runIf(has('promtool'))('of Prometheus pass their own tests', () => {
    for (const args of [
      ['check', 'rules', 'netdata-egress.rules.yml'],
      ['test', 'rules', 'netdata-egress.test.yml'],
    ]) {
      const ran = spawnSync('promtool', args, { cwd: `${DEPLOY}prometheus`, encoding: 'utf8', timeout: 50_000 });
      expect([ran.status, ran.stderr]).toEqual([0, '']);
    }
  });
});
