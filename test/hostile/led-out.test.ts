/** Root is never led out of where it meant to go. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Host, MALLORY, NETDATA, tool } from './attacker.js';

let host: Host;
beforeEach(() => {
  host = new Host();
});
afterEach(() => host.remove());

it('there is no way out of where the tool runs', () => {
  const routes = spawnSync('unshare', ['--net', 'cat', '/proc/net/route'], { encoding: 'utf8' }).stdout;
  expect(routes.trim().split('\n').length).toBeLessThanOrEqual(1);
});

const places = (): string[] => ['--config-dir', host.at('etc'), '--lib-dir', host.at('lib'), '--env-from', 'self'];
/** An Agent with the switch. */
const disable = (more: readonly string[] = places()): ReturnType<typeof tool> =>
  tool(['config', 'disable', '--apply', '--agent-version', '1.47.5', ...more]);

describe('config --apply', () => {
  beforeEach(() => {
    host.dir('etc');
    host.dir('hooks');
    host.dir('lib', NETDATA.uid);
  });

  it('does not follow cloud.d where the Agent points it', () => {
    symlinkSync(host.at('hooks'), host.at('lib/cloud.d'));
    lchownSync(host.at('lib/cloud.d'), NETDATA.uid, NETDATA.gid);
    const { code, err } = disable();
    expect(readdirSync(host.at('hooks'))).toEqual([]);
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('symbolic link') as string });
  });

  it('writes into the directory of the Agent as the Agent', () => {
    host.dir('lib/cloud.d', NETDATA.uid, 0o770);
    expect(disable()).toMatchObject({ code: 0 });
    const { uid, gid } = statSync(host.at('lib/cloud.d/cloud.conf'));
    expect({ uid, gid }).toEqual(NETDATA);
    expect(disable(['--lib-dir', host.at('lib'), '--config-dir', host.at('etc')])).toMatchObject({ code: 0 });
  });

  it('does not copy for the Agent what the Agent may not read', () => {
    host.dir('lib/cloud.d', NETDATA.uid, 0o770);
    host.file('lib/cloud.d/cloud.conf', '[global]\n  secret = of root\n', 0, 0o600);
    expect(disable()).toMatchObject({ code: 2 });
    expect(readdirSync(host.at('lib/cloud.d'))).toEqual(['cloud.conf']);
  });

  it('does not write into a directory of somebody else', () => {
    host.dir('lib/cloud.d', MALLORY, 0o755);
    expect(disable()).toMatchObject({ code: 2, err: expect.stringContaining('neither root nor') as string });
    expect(readdirSync(host.at('lib/cloud.d'))).toEqual([]);
  });

  it('is never led out while the Agent exchanges cloud.d all the time (30 runs)', () => {
    host.dir('lib/real', NETDATA.uid, 0o770);
    symlinkSync(host.at('hooks'), host.at('lib/link'));
    lchownSync(host.at('lib/link'), NETDATA.uid, NETDATA.gid);
    host.toggle(host.at('lib/cloud.d'), host.at('lib/real'), host.at('lib/link'));
    let wrote = 0;
    for (let run = 0; run < 30; run += 1) wrote += disable().out.includes('wrote') ? 1 : 0;
    console.log(`cloud.d exchanged all the time: 30 runs, ${String(wrote)} wrote, 0 may be outside`);
    expect(readdirSync(host.at('hooks'))).toEqual([]);
  });

  it.each([
    ['somebody', MALLORY],
    ['the Agent', NETDATA.uid],
  ])('does not let a process of %s say where root writes', (_who, uid) => {
    host.file('mine/netdata.conf', `[directories]\n  cloud.d = ${host.at('hooks')}\n`, uid);
    const before = host.impostor(uid, ['-c', host.at('mine/netdata.conf')]);
    // Where the packages' own directories are, nothing is to be changed by a test.
    const elsewhere = ['--config-dir', host.at('etc'), '--force', '--agent-version', '1.47.5'];
    tool(['config', 'disable', '--apply', ...elsewhere], before);
    tool(['config', 'set', 'proxy=none', '--apply', ...elsewhere], before);
    expect(readdirSync(host.at('hooks'))).toEqual([]);
  });

  it('reads what a process of somebody else was started with, and says whose it is', () => {
    host.file('mine/netdata.conf', `[directories]\n  cloud.d = ${host.at('hooks')}\n`, MALLORY);
    const { out, err } = tool(['config'], host.impostor(MALLORY, ['-c', host.at('mine/netdata.conf')]));
    expect(out).toContain(host.at('hooks'));
    expect(err).toContain("neither root nor the Agent's account");
  });
});

describe('programs', () => {
  it('that somebody else could exchange are not run (25 runs)', () => {
    const mark = host.at('owned');
    host.dir('opt/etc/netdata');
    host.dir('opt/var/lib/netdata');
    host.dir('opt/bin', MALLORY);
    host.file('evil', `#!/bin/sh\nid -u > ${mark}\necho netdata v1.2.3\n`, MALLORY, 0o755);
    symlinkSync('/usr/sbin/netdata', host.at('opt/bin/a'));
    symlinkSync(host.at('evil'), host.at('opt/bin/b'));
    for (const name of ['a', 'b']) lchownSync(host.at('opt/bin', name), MALLORY, MALLORY);
    host.toggle(host.at('opt/bin/netdata'), host.at('opt/bin/a'), host.at('opt/bin/b'));
    for (let run = 0; run < 25; run += 1) tool(['config', '--prefix', host.at('opt')]);
    expect(existsSync(mark)).toBe(false);
  });
});

describe('--output', () => {
  const report = (path: string): ReturnType<typeof tool> =>
    tool(['rules', 'domains', '--from-known', '--output', path]);

  it('leaves devices and pipes what they are', () => {
    execFileSync('mknod', [host.at('null'), 'c', '1', '3']);
    execFileSync('mkfifo', [host.at('pipe')]);
    expect(report(host.at('null'))).toMatchObject({ code: 0 });
    expect(lstatSync(host.at('null')).isCharacterDevice()).toBe(true);
    expect(report(host.at('pipe'))).toMatchObject({ code: 2, err: expect.stringContaining('nobody reads') as string });
    expect(lstatSync(host.at('pipe')).isFIFO()).toBe(true);
    expect(readdirSync(host.root).sort()).toEqual(['null', 'pipe']);
  });

  it('goes to the descriptor that it names', () => {
    expect(report('/dev/stdout').out).toContain('netdata.cloud');
    expect(report('/dev/stderr').err).toContain('netdata.cloud');
  });

  it('follows no link of somebody else, to a file or through a directory', () => {
    host.dir('open', MALLORY, 0o777);
    host.file('precious', 'precious');
    host.dir('hooks');
    symlinkSync(host.at('precious'), host.at('open/out.txt'));
    symlinkSync(host.at('hooks'), host.at('open/sub'));
    for (const name of ['open/out.txt', 'open/sub']) lchownSync(host.at(name), MALLORY, MALLORY);
    expect(report(host.at('open/out.txt'))).toMatchObject({ code: 0 });
    expect(readFileSync(host.at('precious'), 'utf8')).toBe('precious');
    expect(report(host.at('open/sub/out.txt'))).toMatchObject({ code: 2 });
    expect(readdirSync(host.at('hooks'))).toEqual([]);
  });
});

describe('devices in the place of files', () => {
  it.each(['etc/claim.conf', 'etc/netdata.conf', 'lib/cloud.d/cloud.conf'])('%s: not opened', (path) => {
    mkdirSync(host.at('etc'), { recursive: true });
    mkdirSync(host.at('lib/cloud.d'), { recursive: true });
    execFileSync('mkfifo', [host.at(path)]);
    chownSync(host.at(path), NETDATA.uid, NETDATA.gid);
    const began = performance.now();
    expect(tool(['config', ...places()]).code).not.toBeNull();
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('what the user names as input is no device', () => {
    expect(tool(['report', 'show', '/dev/zero'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('not a file') as string,
    });
    writeFileSync(host.at('ok'), '{}');
    expect(tool(['report', 'show', host.at('ok')]).code).toBe(2);
  });
});
