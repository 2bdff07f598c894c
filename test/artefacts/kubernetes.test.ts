/** The containers of the manifests, run with runc under the securityContext that stands there, as the kubelet would have it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { built, containersOf, podOf, VARIANTS, type Container, type Pod } from '../helpers/kubernetes.js';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';
import { readYaml } from '../oracles/yaml.js';
import { contained, unpackImage, type ImageConfig } from './container.js';
import { must, type Ran } from './system.js';

let dir = '';
let config: ImageConfig;
let runtimeDefault: object;

interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly syscalls: readonly {
    readonly names: readonly string[];
    readonly action: string;
    readonly errnoRet?: number;
    readonly args?: readonly unknown[];
    readonly includes?: { readonly caps?: readonly string[]; readonly arches?: readonly string[] };
    readonly excludes?: { readonly caps?: readonly string[]; readonly arches?: readonly string[] };
  }[];
}

/** What container engines take for RuntimeDefault, for a container without capabilities on this kind of machine. */
async function defaultSeccomp(): Promise<object> {
  const profile = JSON.parse(await readFile('/usr/share/containers/seccomp.json', 'utf8')) as Profile;
  expect(arch()).toBe('x64');
  const applies = ({ includes, excludes }: Profile['syscalls'][number]): boolean =>
    (includes?.caps ?? []).length === 0 &&
    (includes?.arches === undefined || includes.arches.includes('amd64')) &&
    !(excludes?.arches ?? []).includes('amd64');
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: ['SCMP_ARCH_X86_64'],
    syscalls: profile.syscalls.filter(applies).map(({ names, action, errnoRet, args }) => ({
      names,
      action,
      ...(errnoRet === undefined ? {} : { errnoRet }),
      ...(args === undefined ? {} : { args }),
    })),
  };
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-kubernetes-'));
  config = await unpackImage(dir);
  runtimeDefault = await defaultSeccomp();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** $(NAME) in arguments is the kubelet's to replace. */
function started(pod: Pod, container: Container, node: string, more: readonly string[] = []): Promise<Ran> {
  const { securityContext } = container;
  expect(securityContext?.capabilities).toEqual({ drop: ['ALL'] });
  expect(pod.securityContext?.runAsNonRoot).toBe(true);
  const { Entrypoint, Env } = config.config;
  const words = [...(container.command ?? Entrypoint), ...(container.args ?? []), ...more];
  return contained(dir, {
    args: words.map((word) => word.replaceAll('$(NODE_NAME)', node)),
    env: [...Env, `NODE_NAME=${node}`],
    uid: pod.securityContext?.runAsUser ?? 0,
    gid: pod.securityContext?.runAsGroup ?? 0,
    capabilities: [],
    readonlyRoot: securityContext?.readOnlyRootFilesystem === true,
    noNewPrivileges: securityContext?.allowPrivilegeEscalation === false,
    seccomp: runtimeDefault,
    folders: (container.volumeMounts ?? []).map(({ mountPath }) => mountPath),
  });
}

function workload(path: string): Pod {
  const found = built(path).find(({ kind }) => kind !== 'Namespace');
  if (found === undefined) throw new Error('no workload');
  return podOf(found);
}

interface Run {
  readonly labels?: Readonly<Record<string, string>>;
  readonly verdict: { readonly link: { readonly outcome: string } };
}

/** Debian 12 has none that knows components. */
const KUBECTL = spawnSync('kubectl', ['version', '--client']).status === 0;

it.skipIf(!KUBECTL).each(VARIANTS)('%s: kubectl makes of it what the tests take it for', async (path) => {
  const folder = new URL(`../../deploy/kubernetes/${path}`, import.meta.url).pathname;
  // The order of documents is kubectl's own.
  const theirs = readYaml(await must('kubectl', ['kustomize', folder])) as { kind: string }[];
  const byKind = (a: { kind: string }, b: { kind: string }): number => a.kind.localeCompare(b.kind);
  expect(theirs.toSorted(byKind)).toEqual([...built(path)].toSorted(byKind));
});

describe.each(['host-network/job', 'pod-network/job'])('%s', (path) => {
  it('fails where the cloud is not reached, and its log is the run in one line', async () => {
    const pod = workload(path);
    const [doctor] = containersOf(pod);
    if (doctor === undefined) throw new Error('no container');
    const { code, stdout, stderr } = await started(pod, doctor, 'node-7', ['--timeout', '5s']);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout.trimEnd()).not.toContain('\n');
    const report = JSON.parse(stdout) as Run;
    expect(report.verdict.link.outcome).toBe('will_fail');
    expect(report.labels).toEqual({ node: 'node-7' });
  });
});

describe.each(['host-network/daemonset', 'pod-network/daemonset'])('%s', (path) => {
  it('tells of each node once, never fails to start, and the logs of all make one page', async () => {
    const pod = workload(path);
    const [doctor] = containersOf(pod);
    if (doctor === undefined) throw new Error('no container');
    const logs: string[] = [];
    for (const node of ['node-7', 'node-8']) {
      const { code, stdout, stderr } = await started(pod, doctor, node);
      expect([code, stderr]).toEqual([0, '']);
      logs.push(stdout);
    }
    const merged = spawnSync(PROGRAM, [...PROGRAM_ARGS, 'report', 'merge', '-', '--format', 'json'], {
      input: logs.join(''),
      encoding: 'utf8',
    });
    expect(merged.status, merged.stderr).toBe(0);
    expect(merged.stdout).toContain('host.no_route');
  });

  it('then watches', async () => {
    const pod = workload(path);
    const watch = containersOf(pod).at(-1);
    if (watch === undefined) throw new Error('no container');
    const { code, stdout, stderr } = await started(pod, watch, 'node-7', ['--rounds', '1']);
    expect([code, stderr]).toEqual([0, '']);
    for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object');
  });
});
