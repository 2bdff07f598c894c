/** Root is never led out of where it meant to go. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
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
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';
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
  tool(['config', 'disable', '--apply', '--agent-version', '1.47.5', ...more], host.withoutItsAgent());

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
  const ran = (): boolean => existsSync(host.at('ran'));
  /** An installation below a prefix, whose program tells that it ran. */
  beforeEach(() => {
    host.dir('opt/etc/netdata');
    host.dir('opt/var/lib/netdata');
    for (const name of ['good', 'evil'])
      host.file(`opt/${name}`, `#!/bin/sh\nid -u >> ${host.at('ran')}\necho netdata v2.4.0\n`, 0, 0o755);
  });
  const ask = (): ReturnType<typeof tool> => tool(['config', '--prefix', host.at('opt'), '--json']);

  it("of root's, which nobody moves, are run, also behind a link of root's", () => {
    host.dir('opt/bin');
    symlinkSync(host.at('opt/good'), host.at('opt/bin/netdata'));
    expect(ask().out).toContain('2.4.0');
    expect(readFileSync(host.at('ran'), 'utf8')).toMatch(/^0\n/);
  });

  it('that somebody else could exchange are not run (25 runs)', () => {
    host.dir('opt/bin', MALLORY);
    symlinkSync(host.at('opt/good'), host.at('opt/bin/a'));
    symlinkSync(host.at('opt/evil'), host.at('opt/bin/b'));
    for (const name of ['a', 'b']) lchownSync(host.at('opt/bin', name), MALLORY, MALLORY);
    host.toggle(host.at('opt/bin/netdata'), host.at('opt/bin/a'), host.at('opt/bin/b'));
    let seen = 0;
    for (let run = 0; run < 25; run += 1) seen += ask().out.includes(host.at('opt/bin/netdata')) ? 1 : 0;
    console.log(`a program exchanged all the time: found in ${String(seen)} of 25 runs, run in none`);
    expect(seen).toBeGreaterThan(0);
    expect(ran()).toBe(false);
  });
});

describe('programs of somebody else', () => {
  it.each([
    ['root', 0, true],
    ['somebody', MALLORY, false],
    ['the Agent', NETDATA.uid, false],
  ])('netdata and netdatacli of %s in a directory of root', (_who, uid, runs) => {
    const names = ['netdata', 'netdatacli'];
    for (const name of names)
      host.file(name, `#!/bin/sh\necho >> ${host.at(`${name}-ran`)}\necho netdata v2.4.0\n`, uid, 0o755);
    const mounts = names.map((name) => `mount --bind ${host.at(name)} /usr/sbin/${name}`).join(' && ');
    const before = ['sh', '-c', `${mounts} && exec "$@"`, 'sh'];
    tool(['config'], before);
    // Only an Agent that runs is asked.
    tool(['doctor', '--timeout', '3s', '--quiet'], [...host.impostor(NETDATA.uid, []), ...before]);
    expect(names.map((name) => existsSync(host.at(`${name}-ran`)))).toEqual([runs, runs]);
  });
});

describe('a container whose files never stand still', () => {
  /** Its /etc is in turn its own, and a link to a directory that only the host has. */
  function container(): number {
    for (const name of ['root/etc.own', 'root/bin', 'root/lib', 'root/lib64', 'root/usr', 'root/proc', 'secret', 'tmp'])
      host.dir(name);
    host.file('root/etc.own/hosts', '127.0.0.1 localhost\n');
    host.file('secret/hosts', '203.0.113.77 app.netdata.cloud api.netdata.cloud mqtt.netdata.cloud\n', 0, 0o644);
    symlinkSync(host.at('secret'), host.at('root/etc.link'));
    host.toggle(host.at('root/etc'), host.at('root/etc.own'), host.at('root/etc.link'));
    return host.contained(host.at('root'));
  }

  it('shows nothing of the host, and leaves no copy behind (10 runs)', () => {
    const pid = container();
    let [leaked, told] = [0, 0];
    for (let run = 0; run < 10; run += 1) {
      const { out, err } = tool(
        ['doctor', '--pid', String(pid), '--timeout', '4s', '--json', '--quiet'],
        ['env', `TMPDIR=${host.at('tmp')}`],
      );
      // On a machine that is very busy the process is not read in time: an error, and no verdict.
      if (out.includes('"verdict"')) told += 1;
      else expect(err).toContain(`process ${String(pid)} could not be read in time`);
      if (out.includes('203.0.113.77')) leaked += 1;
    }
    console.log(
      `files of a container exchanged all the time: ${String(told)} of 10 runs told, ${String(leaked)} showed a file of the host`,
    );
    expect(told).toBeGreaterThan(0);
    expect(leaked).toBe(0);
    expect(readdirSync(host.at('tmp'))).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('leaves no copy behind after %s at any time', async (signal) => {
    const pid = container();
    let ended = 0;
    for (let ms = 60; ms <= 420; ms += 20) {
      const args = ['doctor', '--pid', String(pid), '--timeout', '2s', '--quiet'];
      const child = spawn(PROGRAM, [...PROGRAM_ARGS, ...args], {
        stdio: 'ignore',
        env: { PATH: process.env['PATH'] ?? '', TMPDIR: host.at('tmp') },
      });
      const closed = once(child, 'close');
      setTimeout(() => child.kill(signal), ms);
      await closed;
      ended += 1;
      await expect.poll(() => readdirSync(host.at('tmp')), { timeout: 3000 }).toEqual([]);
    }
    console.log(`${signal} at ${String(ended)} times: no copy left`);
  });
});

describe('--map', () => {
  const strict = (map: string): ReturnType<typeof tool> =>
    tool(['doctor', '--timeout', '1s', '--quiet', '--redact', 'strict', '--map', map]);

  it('leaves devices and pipes what they are', () => {
    execFileSync('mknod', [host.at('null'), 'c', '1', '3']);
    execFileSync('mkfifo', [host.at('pipe')]);
    const began = performance.now();
    for (const name of ['null', 'pipe']) expect(strict(host.at(name)).err).not.toContain('bug of ours');
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(lstatSync(host.at('null')).isCharacterDevice()).toBe(true);
    expect(lstatSync(host.at('pipe')).isFIFO()).toBe(true);
    expect(strict('/dev/stdout').err).not.toContain('bug of ours');
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(lstatSync('/dev/stdout').isSymbolicLink()).toBe(true);
    expect(readdirSync(host.root).sort()).toEqual(['null', 'pipe']);
  });

  it('is private, and follows no link of somebody else', () => {
    host.dir('open', MALLORY, 0o777);
    host.file('precious', 'precious');
    symlinkSync(host.at('precious'), host.at('open/map'));
    lchownSync(host.at('open/map'), MALLORY, MALLORY);
    strict(host.at('open/map'));
    expect(readFileSync(host.at('precious'), 'utf8')).toBe('precious');
    strict(host.at('map'));
    expect(statSync(host.at('map')).mode & 0o777).toBe(0o600);
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
