import { execFileSync, spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHostReader } from '../../../src/cli/host-reader.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'egress-host-'));
});
afterEach(() => rm(root, { recursive: true }));

const text = (file: Awaited<ReturnType<ReturnType<typeof createHostReader>['readFile']>>): string =>
  file.state === 'read' ? Buffer.from(file.bytes).toString() : file.state;

describe('files', () => {
  it('reads, caps, and tells missing from unreadable', async () => {
    const reader = createHostReader();
    await writeFile(join(root, 'a'), 'x'.repeat(10_000));
    await writeFile(join(root, 'empty'), '');
    expect(text(await reader.readFile(join(root, 'a'), 20_000))).toHaveLength(10_000);
    expect(await reader.readFile(join(root, 'a'), 10_000)).toMatchObject({ truncated: false });
    const cut = await reader.readFile(join(root, 'a'), 100);
    expect(cut).toMatchObject({ truncated: true });
    expect(text(cut)).toHaveLength(100);
    expect(text(await reader.readFile(join(root, 'empty'), 10))).toBe('');
    expect(await reader.readFile(join(root, 'gone'), 10)).toEqual({ state: 'missing' });
    expect(await reader.readFile(join(root, 'a/b'), 10)).toEqual({ state: 'missing' });
    expect(await reader.readFile(root, 10)).toEqual({ state: 'unreadable', code: 'EISDIR' });
  });

  it('is not held up by a pipe in the place of a file', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect(await createHostReader().readFile(join(root, 'pipe'), 10)).toMatchObject({ state: 'unreadable' });
  });

  it.runIf(process.platform === 'linux')('reads files of /proc, which have no size', async () => {
    expect(text(await createHostReader().readFile('/proc/self/status', 100_000))).toContain('Pid:');
  });

  it('stats and lists', async () => {
    const reader = createHostReader();
    await writeFile(join(root, 'b'), '12345');
    await chmod(join(root, 'b'), 0o640);
    expect(await reader.stat(join(root, 'b'))).toMatchObject({ type: 'file', size: 5, mode: 0o640 });
    expect(await reader.stat(join(root, 'gone'))).toBe('missing');
    expect(await reader.readDir(root)).toEqual(['b']);
    expect(await reader.readDir(join(root, 'gone'))).toBeNull();
    expect(reader.hostname).toBe(hostname());
  });
});

describe('below a root', () => {
  it('absolute links lead into it, not out of it', async () => {
    await mkdir(join(root, 'etc/netdata'), { recursive: true });
    await writeFile(join(root, 'etc/real.conf'), 'inside');
    await symlink('/etc/real.conf', join(root, 'etc/netdata/claim.conf'));
    await symlink('../../../../../../etc/real.conf', join(root, 'etc/up.conf'));
    await symlink('loop', join(root, 'loop'));
    const reader = createHostReader({ root });
    expect(text(await reader.readFile('/etc/netdata/claim.conf', 100))).toBe('inside');
    expect(text(await reader.readFile('/etc/up.conf', 100))).toBe('inside');
    expect(await reader.realPath('/etc/netdata/claim.conf')).toBe('/etc/real.conf');
    expect(await reader.readFile('/loop', 100)).toMatchObject({ state: 'unreadable', code: 'ELOOP' });
    expect(await reader.readFile('/etc/hostname', 100)).toEqual({ state: 'missing' });
  });

  it('its users are its own, and nothing of it is run', async () => {
    await mkdir(join(root, 'etc'));
    await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nnetdata:x:201:202::/:/bin/false\n');
    await writeFile(join(root, 'etc/group'), 'netdata:x:202:\nssl-cert:x:300:x,netdata\n');
    const reader = createHostReader({ root });
    expect(await reader.userId('netdata')).toEqual({ uid: 201, gid: 202, groups: [300] });
    expect(await reader.userName(201)).toBe('netdata');
    expect(await reader.groupId('ssl-cert')).toBe(300);
    expect(await reader.userId('nobody-here')).toBeNull();
    expect(await reader.run('/bin/true', [], 1000)).toBeNull();
  });
});

describe('programs', () => {
  it('runs without a shell and without our environment, and not for ever', async () => {
    const reader = createHostReader();
    expect(await reader.run('/bin/echo', ['$HOME; x'], 2000)).toEqual({ exitCode: 0, stdout: '$HOME; x\n' });
    expect(await reader.run('/usr/bin/env', [], 2000)).toEqual({ exitCode: 0, stdout: '' });
    expect((await reader.run('/bin/false', [], 2000))?.exitCode).toBe(1);
    expect(await reader.run('/bin/sleep', ['5'], 100)).toBeNull();
    expect(await reader.run('/gone', [], 100)).toBeNull();
    expect(await reader.run('echo', ['x'], 100)).toBeNull();
  });
});

describe.runIf(process.platform === 'linux')('processes', () => {
  it('finds an Agent by its program, with its environment, command line and start', async () => {
    const program = join(root, 'netdata');
    await copyFile('/bin/sleep', program);
    await chmod(program, 0o755);
    const child = spawn(program, ['20'], { env: { http_proxy: 'http://p:1', EMPTY: '' }, stdio: 'ignore' });
    try {
      await new Promise((resolve) => child.once('spawn', resolve));
      const reader = createHostReader();
      const found = (await reader.agentProcesses()).find(({ pid }) => pid === child.pid);
      expect(found).toMatchObject({
        exe: program,
        argv: [program, '20'],
        uid: process.geteuid?.(),
        parent: process.pid,
        sharesOurFiles: true,
      });
      expect(Math.abs((found?.startedAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
      const variables = await reader.environmentOf(child.pid ?? 0);
      expect(variables?.get('http_proxy')).toBe('http://p:1');
      expect(variables?.get('EMPTY')).toBe('');
    } finally {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    expect(await createHostReader().process(child.pid ?? 0)).toBeNull();
    expect(await createHostReader().environmentOf(2 ** 22 + 1)).toBeNull();
  });
});
