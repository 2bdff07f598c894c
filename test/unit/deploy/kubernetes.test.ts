/** The manifests, as the API server and the Pod Security Standards would judge them. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { describe, expect, it } from 'vitest';
import { doctorOptions } from '../../../src/cli/commands/doctor.js';
import { Command } from 'commander';
import { readYaml } from '../../oracles/yaml.js';
import { built, containersOf, podOf, VARIANTS, type Manifest } from '../../helpers/kubernetes.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

const KINDS = { DaemonSet, Job, Namespace } as const;

/** Where a validator looks at an object, it asks for every key that the API has: what it never asks for, the API drops. */
function watched(value: unknown, path: string, unasked: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const inner = new Map(
    Object.entries(value).map(([key, item]) => [key, watched(item, `${path}/${key}`, unasked)] as const),
  );
  if (Array.isArray(value)) return [...inner.values()];
  for (const key of inner.keys()) unasked.add(`${path}/${key}`);
  // Plain objects the classes of the library would copy first, with all that is in them.
  const odd = Object.assign(Object.create(Map.prototype) as object, value);
  return new Proxy(odd, {
    get(target, key) {
      if (typeof key === 'symbol' || !inner.has(key)) return Reflect.get(target, key) as unknown;
      unasked.delete(`${path}/${key}`);
      return inner.get(key);
    },
  });
}

/** Throws for what the API refuses; gives back the paths that it does not know. */
function unknownTo(manifest: Manifest): readonly string[] {
  const Kind = KINDS[manifest.kind as keyof typeof KINDS];
  const unasked = new Set<string>();
  new Kind(watched(manifest, '', unasked) as never).validate();
  // Of the outermost object the class takes all, whatever they are.
  return [...Object.keys(manifest).filter((key) => !TOP.has(key)), ...unasked];
}
const TOP = new Set(['apiVersion', 'kind', 'metadata', 'spec']);
const workload = (of: readonly Manifest[]): Manifest => {
  const found = of.find(({ kind }) => kind !== 'Namespace');
  if (found === undefined) throw new Error('no workload');
  return found;
};

it('every folder that can be applied is looked at', () => {
  const networks = readdirSync(join(ROOT, 'deploy/kubernetes')).filter((name) => name.endsWith('-network'));
  const all = networks.flatMap((network) =>
    readdirSync(join(ROOT, 'deploy/kubernetes', network)).map((kind) => `${network}/${kind}`),
  );
  expect(all.toSorted()).toEqual([...VARIANTS].toSorted());
});

describe.each(VARIANTS)('%s', (path) => {
  const manifests = built(path);
  const pod = podOf(workload(manifests));

  it('is what the API knows, and nothing else', () => {
    for (const manifest of manifests) expect(unknownTo(manifest)).toEqual([]);
    const wrong = structuredClone(workload(manifests));
    Object.assign(podOf(wrong), { hostNetworks: true });
    expect(unknownTo(wrong)).toEqual(['/spec/template/spec/hostNetworks']);
    Object.assign(podOf(wrong), { hostNetwork: 'yes' });
    expect(() => unknownTo(wrong)).toThrow(/hostNetwork/);
  });

  it('asks for the least: no account, no capability, no way to write but its own folder', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(pod.hostPID ?? pod.hostIPC ?? false).toBe(false);
    expect((pod.volumes ?? []).filter((volume) => !('emptyDir' in volume))).toEqual([]);
    for (const container of containersOf(pod)) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container.resources?.limits?.['memory']).toBeDefined();
      expect(container.image).toBe(`netdata-egress:${version}`);
    }
  });

  it('is in the network that its name says, and its namespace allows that and no more', () => {
    const inHost = path.startsWith('host');
    expect(pod.hostNetwork ?? false).toBe(inHost);
    expect(pod.dnsPolicy ?? 'ClusterFirst').toBe(inHost ? 'ClusterFirstWithHostNet' : 'ClusterFirst');
    const namespace = manifests.find(({ kind }) => kind === 'Namespace');
    expect(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce']).toBe(
      inHost ? 'privileged' : 'restricted',
    );
    expect(workload(manifests).metadata.namespace).toBe(namespace?.metadata.name);
  });

  it('starts the doctor with options that it has, and the run comes out as one line', () => {
    const [container] = containersOf(pod);
    const words = (container?.args ?? [])
      .join(' ')
      .replace(/^netdata-egress |; exit 0$/g, '')
      .split(' ');
    expect(words[0]).toBe('doctor');
    const command = doctorOptions(new Command('doctor')).exitOverride();
    command.parse(words.slice(1), { from: 'user' });
    expect(command.opts()).toMatchObject({ format: 'jsonl', envFrom: 'self' });
    expect(container?.env).toEqual([{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }]);
  });
});

it('a file with a repeated key would be noticed', () => {
  expect(() => readYaml('a: 1\na: 2\n')).toThrow(/unique/);
});
