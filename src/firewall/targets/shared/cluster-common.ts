/**
 * What the targets for clusters share: which pods and which DNS, our marks on every object, manifests and their
 * reader, and what the scripts look at before they load one. Source: docs/rules/network-policy.md.
 */
import type { RenderedFile } from '../../../model/allow-list.js';
import { formatPrefix, tryParsePrefix } from '../../core/cidr.js';
import { MARKER } from '../../core/names.js';
import { parsePort } from '../../core/sanitise.js';
import { forOthers, script, shellQuote } from '../../core/script.js';
import {
  RefusalError,
  type CheckedAllowList,
  type RuleOptions,
  type RuleSetting,
  type RuleTarget,
} from '../../core/target.js';
import { isLiteral, remoteResolvers } from '../../core/views.js';
import { toYaml, type Yaml } from '../../core/yaml.js';
import { deviceHead, deviceMark, deviceShortHead } from './device-head.js';

export type Manifest = { readonly [key: string]: Yaml };
export type Labels = { readonly [key: string]: string };

export const NAME = '[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?';
export const KEY = `(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?${NAME}`;
const DNS_LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const LABELS = `${KEY}=${NAME}(?:,${KEY}=${NAME}){0,7}`;

/** `helm install netdata netdata/netdata` names none and so takes the one of the context. */
export const NAMESPACE: RuleSetting = {
  name: 'namespace',
  title: 'where the Agents run',
  default: 'default',
  pattern: new RegExp(`^${DNS_LABEL}$`),
};

/** Every pod of Netdata's chart carries this label: parent, child, k8s-state. */
export const PODS: RuleSetting = {
  name: 'pods',
  title: 'labels of the pods with Agents, all of them together',
  default: 'app=netdata',
  pattern: new RegExp(`^${LABELS}$`),
};

export const DNS_PODS: RuleSetting = {
  name: 'dns-pods',
  title: "namespace and labels of the cluster's DNS pods",
  default: 'kube-system/k8s-app=kube-dns',
  pattern: new RegExp(`^${DNS_LABEL}/${LABELS}$`),
};

/** Rules see the port of the pod, not that of its Service. */
export const DNS_PORT: RuleSetting = {
  name: 'dns-port',
  title: "port of the cluster's DNS pods",
  default: '53',
  pattern: /^[1-9]\d{0,4}$/,
};

export const NODE_LOCAL_DNS: RuleSetting = {
  name: 'node-local-dns',
  title: 'address of the DNS cache on each node, or none',
  default: '169.254.20.10',
  pattern: /^(?:none|[0-9a-f:.]{2,39})$/,
};

export function namespaceOf(options: RuleOptions): string {
  return options.settings[NAMESPACE.name] ?? '';
}

function labels(target: string, list: string): Labels {
  const pairs = list.split(',').map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  if (new Set(pairs.map(([key]) => key)).size < pairs.length)
    throw new RefusalError(target, 'not_expressible', `no pod has two values of one label (${list})`);
  return Object.fromEntries(pairs);
}

export function podLabels(target: string, options: RuleOptions): Labels {
  return labels(target, options.settings[PODS.name] ?? '');
}

export interface ClusterDns {
  readonly namespace: string;
  readonly labels: Labels;
  readonly port: number;
  /** Prefixes of single hosts: the cache on the node, and with --dns the resolvers of the nodes; on port 53. */
  readonly addresses: readonly string[];
}

/** Every policy needs DNS: one that restricts egress and leaves it out takes the names away, too. */
export function clusterDns(target: string, list: CheckedAllowList, options: RuleOptions): ClusterDns {
  const pods = options.settings[DNS_PODS.name] ?? '';
  const at = pods.indexOf('/');
  const local = options.settings[NODE_LOCAL_DNS.name] ?? 'none';
  const parsed = local === 'none' ? null : tryParsePrefix(local);
  if (parsed !== null && 'problem' in parsed)
    throw new RefusalError(target, 'not_expressible', `node-local-dns: ${local} ${parsed.problem}`);
  const cache = parsed !== null && options.families.includes(parsed.family) ? [formatPrefix(parsed)] : [];
  const resolvers =
    options.dns || options.mode === 'enforce'
      ? options.families.flatMap((family) =>
          remoteResolvers(list, family).map((address) => `${address}/${family === 4 ? '32' : '128'}`),
        )
      : [];
  return {
    namespace: pods.slice(0, at),
    labels: labels(target, pods.slice(at + 1)),
    port: parsePort(options.settings[DNS_PORT.name] ?? ''),
    addresses: [...new Set([...cache, ...resolvers])],
  };
}

/** Services are rewritten before or after a policy looks, and names of theirs mean pods: labels must say which. */
export function refuseServices(target: string, list: CheckedAllowList): void {
  const service = list.hosts.find((host) => /\.svc(?:\.|$)|\.cluster\.local$/.test(host.fqdn));
  if (service !== undefined)
    throw new RefusalError(
      target,
      'not_expressible',
      `${service.fqdn} is a Service of the cluster: allow its pods by their labels, in a policy of your own`,
    );
}

/** A name without a domain is looked up along the pod's search list: nobody outside knows what it means there. */
export function refuseBareNames(target: string, list: CheckedAllowList): void {
  const bare = list.hosts.find((host) => !host.fqdn.includes('.') && !isLiteral(host.fqdn));
  if (bare !== undefined)
    throw new RefusalError(target, 'names_not_supported', `${bare.fqdn} has no domain; give its full name`);
}

/** A name stands for both families wherever the cluster resolves it. */
export function refuseFamilies(target: string, options: RuleOptions): void {
  if (options.families.length < 2)
    throw new RefusalError(
      target,
      'family_not_supported',
      'a name stands for both families here; leave --ipv4 and --ipv6 out',
    );
}

/** Name, namespace and our marks: the label finds every object of this target, the annotation tells its revision. */
export function metadata(
  target: RuleTarget,
  list: CheckedAllowList,
  options: RuleOptions,
  name: string,
  more: Labels = {},
): Manifest {
  return {
    name,
    namespace: namespaceOf(options),
    labels: { [MARKER]: target.id, ...more },
    annotations: { [MARKER]: deviceMark(target, list, options).slice(MARKER.length + 1) },
  };
}

export function manifestName(id: string): string {
  return `${MARKER}.${id}.yaml`;
}

/** What a target of a cluster loads, and how. */
interface ClusterPlan {
  readonly documents: readonly Manifest[];
  readonly hints: readonly string[];
  /** Shell around the loading. */
  readonly before?: string;
  readonly after?: string;
  /** Resources that ours are of, most dependent first: what goes again, by its label. */
  readonly kinds: readonly string[];
  /** Objects of the whole cluster belong to no namespace. */
  readonly clusterWide?: true;
}

/** The manifest, and the scripts that load it and take it out. */
export function clusterFiles(
  target: RuleTarget,
  list: CheckedAllowList,
  options: RuleOptions,
  { documents, hints, before = '', after = '', kinds, clusterWide }: ClusterPlan,
): readonly RenderedFile[] {
  const { id } = target;
  const name = manifestName(id);
  const head = deviceHead(target, list, options, '#', hints);
  const short = deviceShortHead(target, list, options, '#');
  const where = clusterWide === true ? '' : `-n ${shellQuote(namespaceOf(options))} `;
  const gone = kinds.map((kind) => `kubectl delete ${kind} ${where}-l ${MARKER}=${id}\n`);
  return [
    { name, content: `${head}${toYaml(documents)}`, mode: 0o644 },
    script('install', id, short, `${before}kubectl apply -f "$dir/${name}"\n${after}`),
    script('uninstall', id, short, gone.join('')),
  ];
}

/** Takes out objects of ours that are not wanted any more. */
export function dropOthers(target: string, options: RuleOptions, kind: string, wanted: readonly string[]): string {
  const namespace = shellQuote(namespaceOf(options));
  return `there=$(kubectl get ${kind} -n ${namespace} -l ${MARKER}=${target} -o 'jsonpath={.items[*].metadata.name}')
${forOthers('there', 'name', wanted, `kubectl delete ${kind} -n ${namespace} "$name"`)}`;
}

/** Says so when the policy will hold for no pod, or not for all that it selects. */
export function podWarnings(options: RuleOptions): string {
  const namespace = namespaceOf(options);
  const pods = options.settings[PODS.name] ?? '';
  return `pods=$(kubectl get pods -n ${shellQuote(namespace)} -l ${shellQuote(pods)} \\
  -o 'jsonpath={range .items[*]}{.metadata.name} {.spec.hostNetwork}{"\\n"}{end}')
if [ -z "$pods" ]; then echo 'no pod in the namespace ${namespace} has the labels ${pods}' >&2; fi
free=$(printf '%s\\n' "$pods" | sed -n 's/ true$//p' | tr '\\n' ' ')
if [ -n "$free" ]; then echo "no policy for pods holds for these, they use the network of their node: $free" >&2; fi
`;
}

/** One line for each policy: its name, then the directions that it restricts. */
const DIRECTIONS = '{range .items[*]}{.metadata.name} {.spec.policyTypes[*]} {.spec.types[*]}{"\\n"}{end}';

/**
 * Allow mode adds to a policy that is there. As the first that restricts egress it would instead deny everything
 * else, so the script stops. `commands` list the policies that there are; ours among them is reason enough to go on.
 */
export function stopIfFirst(options: RuleOptions, commands: readonly string[]): string {
  if (options.mode === 'enforce') return '';
  const reads = commands.map((command, index) => `${index === 0 ? '' : '$there\n'}$(${command} -o "$directions")`);
  return `directions='jsonpath=${DIRECTIONS}'
${reads.map((read) => `there="${read}"`).join('\n')}
if ! printf '%s\\n' "$there" | grep -q ' Egress'; then
  echo 'no policy in the namespace ${namespaceOf(options)} restricts egress yet: as the first, this one would deny these pods' >&2
  echo 'everything that it does not name. If that is meant, render it with --mode enforce.' >&2
  exit 1
fi
`;
}

/** What the header of every policy for pods says about those that it does not reach. */
export function podHints(options: RuleOptions): readonly string[] {
  const always =
    'It does not hold for pods on the network of their node, as the child pods of the chart are by default.';
  if (options.dns || options.mode === 'enforce') return [always];
  return [
    always,
    "Pods with dnsPolicy Default, as the chart's parent, ask the resolvers of their node: add --dns for those.",
  ];
}
