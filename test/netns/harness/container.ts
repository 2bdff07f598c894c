/**
 * A real container (runc, an OCI bundle made here, nothing pulled) in the network of a case's host: its own mounts,
 * processes, users, name-service files and configuration, and a process that looks like a running Agent.
 */
import { randomBytes } from 'node:crypto';
import { copyFile, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must, run, startService, until, type Service } from './exec.js';
import type { Lab } from './lab.js';
import { NETDATA_UID } from './view.js';

export interface ContainerPlan {
  /** The container's own files, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** The Agent's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Container {
  readonly id: string;
  /** Of its first process, as the host counts. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** Should nobody stop it, it ends by itself. */
const LIVES_SECONDS = 60;

export async function startContainer(lab: Lab, plan: ContainerPlan): Promise<Container> {
  const id = randomBytes(32).toString('hex');
  const bundle = join(lab.caseDirectory, 'bundle');
  const root = join(bundle, 'rootfs');
  for (const directory of ['usr', 'proc', 'dev', 'tmp', 'etc', 'opt/agent']) {
    await mkdir(join(root, directory), { recursive: true });
  }
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) await symlink(`usr/${name}`, join(root, name));
  // The machine's roots and the lab's, as the host of the case has them.
  const certs = join(root, 'etc/ssl/certs');
  await cp('/etc/ssl', join(root, 'etc/ssl'), { recursive: true, verbatimSymlinks: true });
  const pem = join(lab.paths.pki, 'ca-cloud.pem');
  const { stdout: hash } = await must('openssl', ['x509', '-hash', '-noout', '-in', pem]);
  await copyFile(pem, join(certs, `${hash.trim()}.0`));
  const bundled = await must('cat', [join(certs, 'ca-certificates.crt'), pem]);
  await writeFile(join(certs, 'ca-certificates.crt'), bundled.stdout);
  await copyFile('/bin/sleep', join(root, 'opt/agent/netdata'));
  const users = `root:x:0:0::/root:/bin/sh\nnetdata:x:${NETDATA_UID}:${NETDATA_UID}::/:/usr/sbin/nologin\n`;
  const groups = `root:x:0:\nnetdata:x:${NETDATA_UID}:\n`;
  for (const [path, text] of Object.entries({ '/etc/passwd': users, '/etc/group': groups, ...plan.files })) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await writeFile(join(bundle, 'config.json'), JSON.stringify(specification(lab, id, plan)));
  const state = join(lab.caseDirectory, 'runc');
  const service = startService('runc', 'runc', ['--root', state, 'run', '--bundle', bundle, id]);
  let pid = 0;
  await until('the container runs', async () => {
    if (service.child.exitCode !== null) throw new Error(`lab: runc ended: ${service.log()}`);
    const { code, stdout } = await run('runc', ['--root', state, 'state', id]);
    const told = code === 0 ? (JSON.parse(stdout) as { status: string; pid: number }) : null;
    pid = told?.status === 'running' ? told.pid : 0;
    return pid > 0;
  });
  return { id, pid, stop: () => stop(state, id, service) };
}

async function stop(state: string, id: string, service: Service): Promise<void> {
  await run('runc', ['--root', state, 'kill', id, 'KILL']);
  await run('runc', ['--root', state, 'delete', '--force', id]);
  await service.stop();
}

/** OCI runtime specification, as little of it as runs: the case's network, everything else of its own. */
function specification(lab: Lab, id: string, { env = {} }: ContainerPlan): object {
  const bind = (path: string) => ({ destination: path, type: 'bind', source: path, options: ['rbind', 'ro'] });
  return {
    ociVersion: '1.0.0',
    process: {
      terminal: false,
      user: { uid: NETDATA_UID, gid: NETDATA_UID },
      args: ['/opt/agent/netdata', String(LIVES_SECONDS)],
      env: ['PATH=/usr/bin:/bin', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
      cwd: '/',
    },
    root: { path: 'rootfs' },
    hostname: 'agent',
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }, bind('/usr')],
    linux: {
      cgroupsPath: `/docker/${id}`,
      namespaces: [
        { type: 'pid' },
        { type: 'mount' },
        { type: 'ipc' },
        { type: 'uts' },
        { type: 'network', path: `/run/netns/${lab.ns.host}` },
      ],
    },
  };
}
