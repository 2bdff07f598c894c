/** Reads what `targets/linkerd.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/core/names.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import type { Allowed } from './header-check.js';
import { lintManifest, metadataShape, namespaceShape } from './cluster-common.js';
import { also, either, exactly, fqdn, list, object, port, text, tuple, type Shape } from './shape.js';
import { readYaml } from './yaml.js';

const ID = 'linkerd';
const network = text(/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/);
const PARENT = { group: exactly('policy.linkerd.io'), kind: exactly('EgressNetwork'), name: network };

const OWN: Shape = object({
  apiVersion: exactly('policy.linkerd.io/v1alpha1'),
  kind: exactly('EgressNetwork'),
  metadata: also(metadataShape(ID), (row: { name: string }) => (row.name === MARKER ? null : 'has another name')),
  spec: object({ trafficPolicy: exactly('Deny') }),
});

interface Route {
  readonly spec: {
    readonly hostnames?: readonly string[];
    readonly parentRefs?: readonly { readonly port: number; readonly name: string }[];
    readonly rules?: readonly { readonly backendRefs: readonly { readonly name: string }[] }[];
  };
}

const ROUTE: Shape = also(
  object({
    apiVersion: exactly('gateway.networking.k8s.io/v1alpha2'),
    kind: exactly('TLSRoute'),
    metadata: metadataShape(ID),
    spec: object({
      hostnames: list(fqdn, 1, 16),
      parentRefs: list(object({ ...PARENT, namespace: namespaceShape, port }), 1, 32),
      rules: tuple(object({ backendRefs: tuple(object(PARENT)) })),
    }),
  }),
  ({ spec }: Route) =>
    new Set([
      ...(spec.parentRefs ?? []).map((row) => row.name),
      ...(spec.rules ?? []).flatMap((rule) => rule.backendRefs.map((row) => row.name)),
    ]).size === 1
      ? null
      : 'names two networks',
);

const SHAPE: Shape = (value, path) => {
  if (!Array.isArray(value)) return [`${path}: is no list`];
  const rows = value as readonly { readonly kind?: unknown }[];
  const own = rows[0]?.kind === 'EgressNetwork' ? 1 : 0;
  return [...(own === 1 ? OWN(rows[0], `${path}[0]`) : []), ...list(either(ROUTE))(rows.slice(own), path)];
};

function allowed(documents: never): readonly Allowed[] {
  return (documents as readonly Route[]).flatMap(({ spec }) =>
    spec.hostnames === undefined
      ? []
      : [{ names: spec.hostnames, ports: (spec.parentRefs ?? []).map((row) => row.port) }],
  );
}

export const linkerd = Object.assign(
  (files: readonly RenderedFile[]): readonly string[] => lintManifest(files, ID, SHAPE, allowed, true),
  {
    flows: (files: readonly RenderedFile[]) =>
      files
        .filter((file) => file.name.endsWith('.yaml'))
        .flatMap((file) => allowed(readYaml(file.content) as never))
        .flatMap(({ names, ports }) => names.flatMap((name) => ports.map((row) => `${name} ${String(row)}`))),
  },
);
