/** What `kubectl kustomize` makes of deploy/kubernetes, as far as those files need it: resources, components, patches that add, images. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readYaml } from '../oracles/yaml.js';

const DEPLOY = fileURLToPath(new URL('../../deploy/kubernetes/', import.meta.url));

export const VARIANTS = ['host-network/job', 'host-network/daemonset', 'pod-network/job', 'pod-network/daemonset'];

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly unknown[];
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  };
  readonly resources?: { readonly limits?: Readonly<Record<string, string>> };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface Pod {
  readonly automountServiceAccountToken?: boolean;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly dnsPolicy?: string;
  readonly securityContext?: {
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly runAsGroup?: number;
  };
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
}

export interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly template?: { readonly spec: Pod } };
}

interface Kustomization {
  readonly namespace?: string;
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly images?: readonly { readonly name: string; readonly newTag: string }[];
  readonly patches?: readonly {
    readonly target: { readonly kind?: string; readonly name?: string; readonly labelSelector?: string };
    readonly patch: string;
  }[];
}

interface Added {
  readonly op: 'add';
  readonly path: string;
  readonly value: unknown;
}

export function podOf({ spec }: Manifest): Pod {
  if (spec?.template === undefined) throw new Error('no pod');
  return spec.template.spec;
}

/** In the order in which they run. */
export const containersOf = (pod: Pod): readonly Container[] => [...(pod.initContainers ?? []), ...pod.containers];

function add(to: unknown, { op, path, value }: Added): void {
  if ((op as string) !== 'add') throw new Error(`${op} is not known here`);
  const keys = path.slice(1).split('/');
  const last = keys.pop() ?? '';
  let at = to as Record<string, unknown>;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  at[last] = value;
}

function patched(manifests: readonly Manifest[], { patches = [] }: Kustomization): void {
  for (const { target, patch } of patches)
    for (const manifest of manifests) {
      const [key = '', value] = (target.labelSelector ?? '').split('=');
      if (target.kind !== undefined && target.kind !== manifest.kind) continue;
      if (target.name !== undefined && target.name !== manifest.metadata.name) continue;
      if (key !== '' && manifest.metadata.labels?.[key] !== value) continue;
      for (const one of readYaml(patch)[0] as readonly Added[]) add(manifest, one);
    }
}

/** The documents of a folder below deploy/kubernetes. */
export function built(folder: string): readonly Manifest[] {
  const read = (file: string): readonly unknown[] => readYaml(readFileSync(join(DEPLOY, folder, file), 'utf8'));
  const [kustomization] = read('kustomization.yaml') as readonly [Kustomization];
  const manifests = (kustomization.resources ?? []).flatMap((name) =>
    name.endsWith('.yaml') ? (read(name) as Manifest[]) : built(join(folder, name)),
  );
  for (const manifest of manifests)
    if (kustomization.namespace !== undefined && manifest.kind !== 'Namespace')
      add(manifest, { op: 'add', path: '/metadata/namespace', value: kustomization.namespace });
  for (const name of kustomization.components ?? [])
    patched(
      manifests,
      readYaml(readFileSync(join(DEPLOY, folder, name, 'kustomization.yaml'), 'utf8'))[0] as Kustomization,
    );
  for (const { name, newTag } of kustomization.images ?? [])
    for (const manifest of manifests)
      if (manifest.kind !== 'Namespace')
        for (const container of containersOf(podOf(manifest)))
          if (container.image === name) add(container, { op: 'add', path: '/image', value: `${name}:${newTag}` });
  return manifests;
}
