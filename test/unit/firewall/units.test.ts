/** The systemd units: what they may do, and what systemd itself says of them where it is installed. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/model/errors.js';
import { hostRunner } from '../../../src/firewall/live/runner.js';
import { MANAGERS } from '../../../src/firewall/live/managers.js';
import { refreshUnits, rulesUnit } from '../../../src/firewall/live/units.js';

/** Programs that are there on every system, so that systemd finds what it is to start. */
const INPUT = { stateDir: '/var/lib/netdata-egress', command: [process.execPath, '/bin/true'], outputDir: null };
const needsOf = (target: string) => MANAGERS.find((manager) => manager.target === target)?.unit ?? null;

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netdata-egress-units-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function analyze(args: readonly string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    execFile('systemd-analyze', args, { timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), text: stdout + stderr });
    });
  });
}

async function write(files: readonly { readonly name: string; readonly content: string }[]): Promise<string[]> {
  for (const file of files) await writeFile(join(dir, file.name), file.content);
  return files.map((file) => join(dir, file.name));
}

const TARGETS = ['nftables', 'iptables', 'ipset', 'ufw', 'firewalld', 'edl'];

describe('systemd units', () => {
  test('are taken by systemd without a word, and called safe by it', async ({ skip }) => {
    if ((await hostRunner.which('systemd-analyze')) === null) skip('systemd-analyze not installed');
    const refresh = refreshUnits({ ...INPUT, needs: needsOf('nftables') });
    const boot = rulesUnit('nftables', '/var/lib/netdata-egress', null);
    // A bad value is only a line of text, with status 0: any word is a failure.
    const verified = await analyze(['verify', ...(await write([...refresh, boot]))]);
    const words = verified.text.split('\n').filter((line) => line.includes('netdata-egress'));
    expect([verified.code, words]).toEqual([0, []]);
    const worse = refresh.map((unit) => ({
      ...unit,
      content: unit.content.replace('ProtectHome=yes', 'ProtectHome=maybe'),
    }));
    expect((await analyze(['verify', ...(await write(worse))])).text).toContain('maybe');
    const [service] = await write(refresh);
    // 0 is safest, 10 is none at all; anything below 3 counts as "OK" or better with systemd.
    const security = await analyze(['security', '--offline=yes', '--threshold=30', String(service)]);
    expect([security.code, security.text.split('\n').at(-2)]).toEqual([0, expect.stringContaining('exposure level')]);
  });

  test.each(TARGETS)('%s: no more rights than its programs need', (target) => {
    const outputDir = target === 'edl' ? '/srv/lists' : null;
    const [service, timer] = refreshUnits({ ...INPUT, needs: needsOf(target), outputDir });
    const value = (name: string): string | undefined =>
      new RegExp(`^${name}=(.*)$`, 'm').exec(service?.content ?? '')?.[1];
    const capabilities = target === 'edl' ? '' : 'CAP_NET_ADMIN';
    expect(value('CapabilityBoundingSet')?.split(' ')[0]).toBe(capabilities);
    expect(value('ProtectSystem')).toBe('strict');
    expect(value('NoNewPrivileges')).toBe('yes');
    expect(value('ReadWritePaths')?.split(' ')).toContain('/var/lib/netdata-egress');
    if (outputDir !== null) expect(value('ReadWritePaths')).toContain(outputDir);
    expect(value('ExecStart')).toMatch(/ rules refresh --once --state-dir \/var\/lib\/netdata-egress$/);
    expect(timer?.content).toContain('RandomizedDelaySec=');
  });

  test('a program below a home directory stays visible; other homes do not matter to it', () => {
    const of = (program: string): string =>
      refreshUnits({ ...INPUT, command: [program], needs: null })[0]?.content ?? '';
    expect(of('/root/bin/netdata-egress')).toContain('ProtectHome=read-only');
    expect(of('/home/admin/netdata-egress')).toContain('ProtectHome=read-only');
    expect(of('/usr/bin/netdata-egress')).toContain('ProtectHome=yes');
  });

  test('lock files are writable although nothing of them is there after a boot', () => {
    const [service] = refreshUnits({ ...INPUT, needs: needsOf('iptables') });
    expect(service?.content).toMatch(/^ReadWritePaths=\/var\/lib\/netdata-egress \/run$/m);
  });

  test.each(['/var/lib/a b', '/var/lib/%h', '/var/lib/$(id)', 'relative', '/x\ny'])('%j is refused', (stateDir) => {
    expect(() => refreshUnits({ ...INPUT, needs: needsOf('nftables'), stateDir })).toThrow(UsageError);
    expect(() => rulesUnit('nftables', stateDir, null)).toThrow(UsageError);
  });
});
