/** Reads what `targets/calico.ts` writes, and nothing else. */
import {
  exactly,
  type Shape,
  object,
  text,
  either,
  list as listOf,
  prefix,
  tuple,
  port,
  fqdn,
  also,
  integer,
} from './shape.js';
import { MARKER } from '../../src/firewall/core/names.js';
import { ID, PORTS_LABEL, API, MAX_NETS, selector } from '../../src/firewall/targets/calico.js';
import { metadataShape, lintManifest } from './cluster-common.js';
import type { Labels } from '../../src/firewall/targets/shared/cluster-common.js';
import type { Allowed } from './header-check.js';
import type { Oracle } from './oracle.js';

const LABEL = `[A-Za-z0-9][A-Za-z0-9_./-]{0,316} == '[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?'`;

const SELECTOR = `${LABEL}(?: && ${LABEL}){0,8}`;

const SUFFIX = '(?:[0-9-]{1,14}|p[0-9a-f]{8})';

const action = exactly('Allow');

const rule = (protocol: string, destination: Readonly<Record<string, Shape>>, ports: Shape): Shape =>
  object({ action, protocol: exactly(protocol), destination: object({ ...destination, ports }) });

const toPods = {
  selector: text(new RegExp(SELECTOR)),
  namespaceSelector: text(/projectcalico\.org\/name == '[a-z0-9-]{1,63}'/),
};

const nets = either(listOf(prefix(4)), listOf(prefix(6)));

const DNS_RULE = either(rule('UDP', { nets }, tuple(exactly(53))), rule('TCP', { nets }, tuple(exactly(53))));

const CLOUD_RULE = either(
  rule('TCP', { selector: text(new RegExp(`${MARKER} == '${ID}' && ${PORTS_LABEL} == '${SUFFIX}'`)) }, listOf(port)),
  rule('TCP', { domains: listOf(fqdn) }, listOf(port)),
);

const EGRESS: Shape = (value, path) => {
  if (!Array.isArray(value)) return [`${path}: is no list`];
  const rest: readonly unknown[] = value.slice(2);
  const firstCloud = rest.findIndex((row) => DNS_RULE(row, '').length > 0);
  const cloud = rest.slice(firstCloud === -1 ? rest.length : firstCloud);
  return [
    ...rule('UDP', toPods, tuple(port))(value[0], `${path}[0]`),
    ...rule('TCP', toPods, tuple(port))(value[1], `${path}[1]`),
    ...listOf(DNS_RULE, 0, 4)(rest.slice(0, rest.length - cloud.length), `${path} resolvers`),
    ...listOf(CLOUD_RULE)(cloud, `${path} destinations`),
  ];
};

const SET = object({
  apiVersion: exactly(API),
  kind: exactly('NetworkSet'),
  metadata: metadataShape(ID, { [PORTS_LABEL]: text(new RegExp(SUFFIX)) }),
  spec: object({ nets: listOf(either(prefix(4), prefix(6)), 1, MAX_NETS) }),
});

const POLICY = object({
  apiVersion: exactly(API),
  kind: exactly('NetworkPolicy'),
  metadata: also(metadataShape(ID), (row: { name: string }) => (row.name === MARKER ? null : 'has another name')),
  spec: object({
    order: integer(1, 99_999),
    selector: text(new RegExp(SELECTOR)),
    types: tuple(exactly('Egress')),
    egress: EGRESS,
  }),
});

interface ReadSet {
  readonly metadata: { readonly name: string; readonly labels: Labels };
}

interface ReadPolicy {
  readonly spec: {
    readonly egress: readonly {
      readonly protocol: string;
      readonly destination: {
        readonly selector?: string;
        readonly domains?: readonly string[];
        readonly ports: readonly number[];
      };
    }[];
  };
}

/** Sets first, then the policy, which refers to each of them once and to no other. */
const SHAPE: Shape = (value, path) => {
  if (!Array.isArray(value)) return [`${path}: is no list`];
  const found = [...listOf(SET, 0)(value.slice(0, -1), `${path} sets`), ...POLICY(value.at(-1), `${path} policy`)];
  if (found.length > 0) return found;
  const made = (value.slice(0, -1) as ReadSet[]).map((set) => selector(set.metadata.labels)).sort();
  const used = (value.at(-1) as ReadPolicy).spec.egress
    .flatMap(({ destination }) => destination.selector ?? [])
    .filter((text) => text.startsWith(`${MARKER} `))
    .sort();
  return made.join('\n') === used.join('\n') ? [] : [`${path}: the policy does not refer to exactly these sets`];
};

/** DNS is what comes by UDP, and its counterpart by TCP. */
function allowed(documents: readonly unknown[]): readonly Allowed[] {
  return (documents.at(-1) as ReadPolicy).spec.egress
    .filter(({ destination }) => destination.domains !== undefined || destination.selector?.startsWith(`${MARKER} `))
    .map(({ destination }) => ({ names: destination.domains ?? [], ports: destination.ports }));
}

export const calico: Oracle = (files) =>
  lintManifest(
    files,
    ID,
    SHAPE,
    allowed,
    files.some((file) => file.content.includes('\n          domains:\n')),
  );
