import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCapped } from '../../../src/host/capped-read.js';
import { place, walk } from '../../../src/host/walk.js';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'egress-walk-'));
  await mkdir(join(base, 'root/etc'), { recursive: true });
  await mkdir(join(base, 'outside'));
  await writeFile(join(base, 'outside/hosts'), 'of the host');
  await writeFile(join(base, 'root/etc/hosts'), 'of the container');
});
afterEach(() => rm(base, { recursive: true }));

function read(path: string): string {
  const root = place(join(base, 'root'));
  try {
    const file = readCapped(path, 100, root);
    return file.state === 'read' ? file.bytes.toString() : file.state === 'missing' ? 'missing' : file.code;
  } finally {
    root.close();
  }
}

describe('inside a root', () => {
  it('neither a link nor dots lead out of it', async () => {
    await symlink(join(base, 'outside/hosts'), join(base, 'root/etc/absolute'));
    await symlink('../../outside/hosts', join(base, 'root/etc/dots'));
    await symlink('../../../../../etc/hosts', join(base, 'root/etc/up'));
    await symlink('loop', join(base, 'root/etc/loop'));
    await symlink('hosts', join(base, 'root/etc/plain'));
    expect(read('/etc/absolute')).toBe('missing');
    expect(read('/etc/dots')).toBe('missing');
    expect(read('/../outside/hosts')).toBe('missing');
    expect(read('/etc/up')).toBe('of the container');
    expect(read('/etc/plain')).toBe('of the container');
    expect(read('/etc/loop')).toBe('ELOOP');
    expect(read('/etc/hosts/x')).toBe('missing');
    expect(read('/etc')).toBe('EISDIR');
  });

  it.runIf(process.platform === 'linux')('also while a directory is exchanged for a link all the time', async () => {
    await symlink(join(base, 'outside'), join(base, 'root/link'));
    const toggle = new Worker(
      `const { renameSync } = require('node:fs');
         const { workerData: at, parentPort } = require('node:worker_threads');
         parentPort.postMessage('go');
         for (const end = Date.now() + 1500; Date.now() < end; ) {
           renameSync(at + '/etc', at + '/spare'); renameSync(at + '/link', at + '/etc');
           renameSync(at + '/etc', at + '/link'); renameSync(at + '/spare', at + '/etc');
         }`,
      { eval: true, workerData: join(base, 'root') },
    );
    await new Promise((resolve) => toggle.once('message', resolve));
    const seen = new Map<string, number>();
    for (const end = Date.now() + 1200; Date.now() < end;) {
      const text = read('/etc/hosts');
      seen.set(text, (seen.get(text) ?? 0) + 1);
    }
    await new Promise((resolve) => toggle.once('exit', resolve));
    expect(seen.get('of the container')).toBeGreaterThan(0);
    // What is exchanged between two steps is missing, or no link any more; it never leads out.
    expect([...seen.keys()].filter((text) => !['of the container', 'missing', 'EINVAL'].includes(text))).toEqual([]);
  });

  it('is held on to: what takes its path later is another one', async () => {
    const root = place(join(base, 'root'));
    await rm(join(base, 'root'), { recursive: true });
    await symlink(join(base, 'outside'), join(base, 'root'));
    expect(readCapped('/hosts', 100, root).state).toBe('missing');
    root.close();
  });
});

it('names the place without links, also of what is not there yet', async () => {
  await symlink('etc', join(base, 'root/conf'));
  const root = place(join(base, 'root'));
  const walked = walk('/conf/../conf/new.conf', { root });
  expect(walked).toMatchObject({ real: '/etc/new.conf', name: 'new.conf', found: null });
  walked.close();
  expect(() => walk('/conf/gone/new.conf', { root })).toThrow('ENOENT');
  root.close();
});

it('leaves no descriptor behind', () => {
  const before = walk('/proc/self/fd', {});
  before.close();
  const numbers = [0, 0, 0].map(() => {
    expect(() => walk(join(base, 'root/etc/gone/x'))).toThrow('ENOENT');
    read('/etc/hosts');
    const open = place(base);
    const number = open.path;
    open.close();
    return number;
  });
  expect(new Set(numbers).size).toBe(1);
});
