import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { containerId, foreignRoot, idsIn, pidOfContainer } from '../../../../src/cli/doctor/container.js';
import { UsageError } from '../../../../src/model/errors.js';

const ID = 'ab12'.repeat(16);
const OTHER = 'cd34'.repeat(16);

describe('container ids in cgroup files', () => {
  it.each([
    ['docker, cgroup v2', `0::/system.slice/docker-${ID}.scope\n`],
    ['docker, cgroup v1', `12:memory:/docker/${ID}\n1:name=systemd:/docker/${ID}\n`],
    ['podman', `0::/machine.slice/libpod-${ID}.scope/container\n`],
    ['containerd under Kubernetes', `0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${ID}.scope\n`],
    ['CRI-O', `0::/kubepods.slice/crio-${ID}.scope\n`],
    ['cgroupfs driver', `0::/kubepods/besteffort/pod1/${ID}\n`],
  ])('%s', (_who, text) => {
    expect(new Set(idsIn(text))).toEqual(new Set([ID]));
  });
  it.each(['0::/user.slice/user-0.slice/session-1.scope\n', `0::/x/${ID}ff\n`, `0::/x/${ID.slice(0, 40)}\n`, ''])(
    '%j is none',
    (text) => {
      expect(idsIn(text)).toEqual([]);
    },
  );
});

async function proc(processes: Readonly<Record<number, { comm: string; id: string | null }>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'proc-'));
  for (const [pid, { comm, id }] of Object.entries(processes)) {
    await mkdir(join(root, pid));
    await writeFile(join(root, pid, 'comm'), `${comm}\n`);
    await writeFile(
      join(root, pid, 'cgroup'),
      id === null ? '0::/init.scope\n' : `0::/system.slice/docker-${id}.scope\n`,
    );
  }
  return root;
}

describe('the process of a container', () => {
  it('the Agent where there is one, by a shortened id too', async () => {
    const root = await proc({
      1: { comm: 'systemd', id: null },
      40: { comm: 'tini', id: ID },
      41: { comm: 'netdata', id: ID },
      39: { comm: 'netdata', id: OTHER },
    });
    expect(pidOfContainer(ID, root)).toBe(41);
    expect(pidOfContainer(ID.slice(0, 12), root)).toBe(41);
  });

  it('else the first one', async () => {
    const root = await proc({
      1: { comm: 'systemd', id: null },
      70: { comm: 'sh', id: ID },
      60: { comm: 'tini', id: ID },
    });
    expect(pidOfContainer(ID, root)).toBe(60);
  });

  it('none is bad input, and so is what is no id', async () => {
    const root = await proc({ 1: { comm: 'systemd', id: null } });
    expect(() => pidOfContainer(ID, root)).toThrow(UsageError);
    for (const bad of ['abc', 'netdata', '../../etc', `${ID}0`, ID.toUpperCase()]) {
      expect(() => pidOfContainer(bad, root), bad).toThrow(/container id/);
    }
  });
});

it('our own process has no foreign root, nor has one that is gone', () => {
  expect(foreignRoot(process.pid)).toBeNull();
  expect(foreignRoot(999_999_999)).toBeNull();
});

describe('a container by its name', () => {
  const knows =
    (engine: string, name: string) =>
    async (asked: string, typed: string): Promise<string | null> =>
      asked === engine && typed === name ? `${ID}\n` : null;

  it('is found by the engine that knows it, and an id is taken as it is', async () => {
    expect(await containerId('web-1', knows('docker', 'web-1'))).toBe(ID);
    expect(await containerId('web-1', knows('podman', 'web-1'))).toBe(ID);
    expect(await containerId(ID.slice(0, 12), () => Promise.reject(new Error('asked')))).toBe(ID.slice(0, 12));
  });

  it('is one plain sentence when nobody knows it, or says something else than an id', async () => {
    await expect(containerId('web', knows('docker', 'db'))).rejects.toThrow(/know no running container "web" here/);
    await expect(containerId('web', async () => 'evil; rm')).rejects.toThrow(UsageError);
    await expect(containerId('--format', knows('docker', '--format'))).rejects.toThrow('takes the name or the id');
  });
});
