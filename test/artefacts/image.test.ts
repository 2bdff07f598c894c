/** The container image, unpacked and run with runc: as root, as nobody, with nothing that it could do more. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contained, unpackImage, type ImageConfig } from './container.js';
import { artefact, must, VERSION, type Ran } from './system.js';

let dir = '';
let config: ImageConfig;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-image-'));
  config = await unpackImage(dir);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

interface How {
  readonly user?: number;
  readonly capabilities?: readonly string[];
}

function container(args: readonly string[], { user, capabilities = [] }: How): Promise<Ran> {
  const [uid = 0, gid = 0] = user === undefined ? config.config.User.split(':').map(Number) : [user, user];
  const { Env: env, Entrypoint: entry } = config.config;
  const hard = { capabilities, readonlyRoot: true, noNewPrivileges: true };
  return contained(dir, { args: [...entry, ...args], env, uid, gid, ...hard });
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
