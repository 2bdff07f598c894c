/** The container image, unpacked and run with runc: as root, as nobody, with nothing that it could do more. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artefact, must, run, VERSION, type Ran } from './system.js';

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

interface ImageConfig {
  readonly architecture: string;
  readonly config: { readonly User: string; readonly Env: readonly string[]; readonly Entrypoint: readonly string[] };
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

let dir = '';
let config: ImageConfig;

/** Checked against its digest and size, as a registry would. */
async function blob({ digest, size }: Descriptor): Promise<Buffer> {
  const bytes = await readFile(join(dir, 'layout/blobs/sha256', digest.replace('sha256:', '')));
  expect({ digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, size: bytes.length }).toEqual({
    digest,
    size,
  });
  return bytes;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-image-'));
  await mkdir(join(dir, 'layout'));
  await mkdir(join(dir, 'bundle/rootfs'), { recursive: true });
  await must('tar', ['-xf', artefact('netdata-egress-image-amd64.tar'), '-C', join(dir, 'layout')]);
  expect(JSON.parse(await readFile(join(dir, 'layout/oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
  const index = JSON.parse(await readFile(join(dir, 'layout/index.json'), 'utf8')) as { manifests: Descriptor[] };
  const [first] = index.manifests;
  if (first === undefined) throw new Error('the layout holds no image');
  const manifest = JSON.parse((await blob({ digest: first.digest, size: first.size })).toString()) as {
    config: Descriptor;
    layers: Descriptor[];
  };
  config = JSON.parse(
    (await blob({ digest: manifest.config.digest, size: manifest.config.size })).toString(),
  ) as ImageConfig;
  expect(manifest.layers).toHaveLength(config.rootfs.diff_ids.length);
  for (const { digest, size } of manifest.layers) {
    await blob({ digest, size });
    await must('tar', [
      '-xzf',
      join(dir, 'layout/blobs/sha256', digest.replace('sha256:', '')),
      '-C',
      join(dir, 'bundle/rootfs'),
    ]);
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

interface How {
  readonly user?: number;
  readonly capabilities?: readonly string[];
}

let started = 0;

/** The host's network is that of a namespace without a way out: the container gets no namespace of its own. */
async function container(args: readonly string[], { user, capabilities = [] }: How): Promise<Ran> {
  const [uid = 0, gid = 0] = user === undefined ? config.config.User.split(':').map(Number) : [user, user];
  const sets = ['bounding', 'effective', 'permitted'].map((name) => [name, capabilities]);
  const namespaces = ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type }));
  const mounts = [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
  ];
  const { Env: env, Entrypoint: entry } = config.config;
  const spec = {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid, gid },
      args: [...entry, ...args],
      env,
      cwd: '/',
      noNewPrivileges: true,
      capabilities: Object.fromEntries(sets),
    },
    root: { path: 'rootfs', readonly: true },
    mounts,
    linux: { namespaces },
  };
  await writeFile(join(dir, 'bundle/config.json'), JSON.stringify(spec));
  started += 1;
  const runc = [
    'runc',
    '--root',
    join(dir, 'state'),
    'run',
    '--bundle',
    join(dir, 'bundle'),
    `nde-${String(process.pid)}-${String(started)}`,
  ];
  return run('unshare', ['--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...runc]);
}

const WAYS: readonly (readonly [name: string, how: How])[] = [
  ['as the user of the image, without any capability, on a read-only root', {}],
  ['as root without any capability', { user: 0 }],
  ['as root that may administer the network', { user: 0, capabilities: ['CAP_NET_ADMIN'] }],
];

describe('the image', () => {
  it('is one for skopeo too, which shares no code with us', async () => {
    const archive = `oci-archive:${artefact('netdata-egress-image-amd64.tar')}`;
    const seen = JSON.parse(await must('skopeo', ['inspect', archive])) as { Architecture: string; Layers: string[] };
    expect(seen).toMatchObject({
      Architecture: 'amd64',
      Os: 'linux',
      Labels: { 'org.opencontainers.image.version': VERSION },
    });
    expect(seen.Layers).toHaveLength(2);
  });

  it('is for this machine and runs as nobody', () => {
    expect(config).toMatchObject({ architecture: 'amd64', config: { User: '65534:65534' } });
  });

  it.each(WAYS)('%s', async (_, how) => {
    const version = await container(['--version'], how);
    expect(version, version.stderr).toMatchObject({ code: 0, stdout: `${VERSION}\n` });
    const healthy = await container(['lab', 'run', 'healthy', '--json'], how);
    expect(healthy.code, healthy.stderr).toBe(0);
    const cut = await container(['doctor', '--json', '--timeout', '5s'], how);
    expect(cut.code, cut.stderr).toBe(1);
    expect(JSON.parse(cut.stdout)).toMatchObject({ exitCode: 1, verdict: { link: { outcome: 'will_fail' } } });
  });

  it('holds roots that certificates can be judged by, and no program that anybody could become root with', async () => {
    const roots = await readFile(join(dir, 'bundle/rootfs/etc/ssl/certs/ca-certificates.crt'), 'utf8');
    expect(roots.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(100);
    expect(await must('find', [join(dir, 'bundle/rootfs'), '-perm', '/6000'])).toBe('');
  });
});
