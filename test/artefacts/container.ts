/** The container image, unpacked as a registry would check it, and run with runc in a network of its own without a way out. */
import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { artefact, must, run, type Ran } from './system.js';

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

export interface ImageConfig {
  readonly architecture: string;
  readonly config: { readonly User: string; readonly Env: readonly string[]; readonly Entrypoint: readonly string[] };
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

/** Checked against its digest and size, as a registry would. */
async function blob(dir: string, { digest, size }: Descriptor): Promise<Buffer> {
  const bytes = await readFile(join(dir, 'layout/blobs/sha256', digest.replace('sha256:', '')));
  expect({ digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, size: bytes.length }).toEqual({
    digest,
    size,
  });
  return bytes;
}

/** Into `dir`/bundle/rootfs. */
export async function unpackImage(dir: string): Promise<ImageConfig> {
  await mkdir(join(dir, 'layout'));
  await mkdir(join(dir, 'bundle/rootfs'), { recursive: true });
  await must('tar', ['-xf', artefact('netdata-egress-image-amd64.tar'), '-C', join(dir, 'layout')]);
  expect(JSON.parse(await readFile(join(dir, 'layout/oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
  const index = JSON.parse(await readFile(join(dir, 'layout/index.json'), 'utf8')) as { manifests: Descriptor[] };
  const [first] = index.manifests;
  if (first === undefined) throw new Error('the layout holds no image');
  const manifest = JSON.parse((await blob(dir, first)).toString()) as { config: Descriptor; layers: Descriptor[] };
  const config = JSON.parse((await blob(dir, manifest.config)).toString()) as ImageConfig;
  expect(manifest.layers).toHaveLength(config.rootfs.diff_ids.length);
  for (const layer of manifest.layers) {
    await blob(dir, layer);
    const packed = join(dir, 'layout/blobs/sha256', layer.digest.replace('sha256:', ''));
    await must('tar', ['-xzf', packed, '-C', join(dir, 'bundle/rootfs')]);
  }
  return config;
}

export interface Contained {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly uid: number;
  readonly gid: number;
  readonly capabilities: readonly string[];
  readonly readonlyRoot: boolean;
  readonly noNewPrivileges: boolean;
  /** An OCI seccomp section; absent = none. */
  readonly seccomp?: object;
  /** Empty folders that the group may write to. */
  readonly folders?: readonly string[];
}

let started = 0;

/** The host's network is that of a namespace without a way out: the container gets no namespace of its own. */
export async function contained(dir: string, how: Contained): Promise<Ran> {
  const { args, env, uid, gid, capabilities, noNewPrivileges, readonlyRoot, seccomp, folders = [] } = how;
  started += 1;
  for (const i of folders.keys()) {
    const folder = join(dir, `folder-${String(started)}-${String(i)}`);
    await mkdir(folder);
    await chown(folder, 0, gid);
    await chmod(folder, 0o2770);
  }
  const sets = ['bounding', 'effective', 'permitted'].map((name) => [name, capabilities]);
  const namespaces = ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type }));
  const mounts = [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
    ...folders.map((destination, i) => ({
      destination,
      type: 'bind',
      source: join(dir, `folder-${String(started)}-${String(i)}`),
      options: ['bind', 'rw', 'nosuid', 'nodev'],
    })),
  ];
  const spec = {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid, gid },
      args,
      env,
      cwd: '/',
      noNewPrivileges,
      capabilities: Object.fromEntries(sets),
    },
    root: { path: 'rootfs', readonly: readonlyRoot },
    mounts,
    linux: { namespaces, ...(seccomp === undefined ? {} : { seccomp }) },
  };
  await writeFile(join(dir, 'bundle/config.json'), JSON.stringify(spec));
  const name = `nde-${String(process.pid)}-${String(started)}`;
  const runc = ['runc', '--root', join(dir, 'state'), 'run', '--bundle', join(dir, 'bundle'), name];
  return run('unshare', ['--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...runc]);
}
