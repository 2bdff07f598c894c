/**
 * Calico: the addresses in NetworkSets, which a refresh replaces, and a NetworkPolicy that refers to them by label.
 * The open source edition knows addresses only; `match=names` writes `domains`, which Calico Enterprise and Calico
 * Cloud understand. Sources: docs/reference/firewall.md#calico; docs/rules/calico.md.
 */
import { MARKER } from '../core/names.js';
import { shellQuote } from '../core/script.js';
import {
  RefusalError,
  type CheckedAllowList,
  type RuleOptions,
  type RuleSetting,
  type RuleTarget,
  USUAL,
} from '../core/target.js';
import { assertAtMost, hostNames, isLiteral, portGroups } from '../core/views.js';
import type { Yaml } from '../core/yaml.js';
import {
  clusterDns,
  clusterFiles,
  DNS_PODS,
  DNS_PORT,
  dropOthers,
  type Labels,
  type Manifest,
  metadata,
  NAMESPACE,
  namespaceOf,
  NODE_LOCAL_DNS,
  podHints,
  podLabels,
  PODS,
  podWarnings,
  refuseBareNames,
  refuseFamilies,
  refuseServices,
  stopIfFirst,
} from './shared/cluster-common.js';
import { groupName } from './shared/destinations.js';
import { refuseBare } from './shared/match-setting.js';

export const ID = 'calico';
export const API = 'projectcalico.org/v3';
export const PORTS_LABEL = `${MARKER}-ports`;
export const MAX_NETS = 1000;
const POLICIES = 'networkpolicies.projectcalico.org';
const SETS = 'networksets.projectcalico.org';

/** Unlike network devices, where names are what is usual: without a licence only addresses load. */
const MATCH: RuleSetting = {
  name: 'match',
  title: 'addresses, or names (Calico Enterprise and Calico Cloud only)',
  default: 'addresses',
  pattern: /^(?:addresses|names)$/,
};

/** Policies made from Kubernetes' own have 1000: ours goes before them, and before your denies if those are higher. */
const ORDER: RuleSetting = {
  name: 'order',
  title: 'place among the policies of the default tier (1-99999)',
  default: '100',
  pattern: /^[1-9]\d{0,4}$/,
};

function byNames(options: RuleOptions): boolean {
  return options.settings[MATCH.name] === 'names';
}

/** `app == 'netdata' && role == 'parent'`; the values are labels and hold no quotes. */
export function selector(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key} == '${value}'`)
    .join(' && ');
}

interface SetPlan {
  readonly name: string;
  readonly labels: Labels;
  readonly ports: readonly number[];
  readonly nets: readonly string[];
}

function sets(list: CheckedAllowList, options: RuleOptions): readonly SetPlan[] {
  const plans = portGroups(list, options)
    .map((group) => ({
      name: groupName(group.suffix),
      labels: { [PORTS_LABEL]: group.suffix === '' ? '443' : group.suffix },
      ports: group.ports,
      nets: [...group.v4, ...group.v6].map((endpoint) => endpoint.cidr),
    }))
    .filter((plan) => plan.nets.length > 0);
  assertAtMost(
    ID,
    plans.reduce((sum, plan) => sum + plan.nets.length, 0),
    MAX_NETS,
    'prefixes',
  );
  if (plans.length === 0) throw new RefusalError(ID, 'addresses_missing', 'no address is known for any name');
  return plans;
}

function allow(protocol: string, destination: { readonly [key: string]: Yaml }, ports: readonly number[]): Manifest {
  return { action: 'Allow', protocol, destination: { ...destination, ports } };
}

function egress(list: CheckedAllowList, options: RuleOptions, plans: readonly SetPlan[]): readonly Manifest[] {
  const dns = clusterDns(ID, list, options);
  const pods = {
    selector: selector(dns.labels),
    namespaceSelector: `projectcalico.org/name == '${dns.namespace}'`,
  };
  // One rule must not hold both families.
  const resolvers = [4, 6].flatMap((family) => {
    const nets = dns.addresses.filter((address) => address.includes(':') === (family === 6));
    return nets.length === 0 ? [] : [allow('UDP', { nets }, [53]), allow('TCP', { nets }, [53])];
  });
  const cloud = byNames(options)
    ? portGroups(list, options).map((group) =>
        allow('TCP', { domains: [...new Set(group.hosts.map((host) => host.fqdn))] }, group.ports),
      )
    : plans.map((plan) => allow('TCP', { selector: selector({ [MARKER]: ID, ...plan.labels }) }, plan.ports));
  return [allow('UDP', pods, [dns.port]), allow('TCP', pods, [dns.port]), ...resolvers, ...cloud];
}

function before(options: RuleOptions): string {
  const own = `kubectl get networkpolicies.networking.k8s.io,${POLICIES} -n ${shellQuote(namespaceOf(options))}`;
  return `${stopIfFirst(options, [own, 'kubectl get globalnetworkpolicies.projectcalico.org'])}${podWarnings(options)}`;
}

export const calico: RuleTarget = {
  id: ID,
  title: 'Calico, policy and network sets',
  group: 'clusters',
  capabilities: { ...USUAL, modes: ['allow', 'enforce'] },
  settings: [NAMESPACE, PODS, MATCH, ORDER, DNS_PODS, DNS_PORT, NODE_LOCAL_DNS],
  render(list, options) {
    refuseServices(ID, list);
    if (byNames(options)) {
      const literal = list.hosts.find((host) => isLiteral(host.fqdn));
      if (literal !== undefined)
        throw new RefusalError(ID, 'names_not_supported', `${literal.fqdn} is an address; use --set match=addresses`);
      refuseBareNames(ID, list);
      refuseFamilies(ID, options);
      assertAtMost(ID, hostNames(list).length, MAX_NETS, 'names');
    } else refuseBare(ID, list, options);
    const plans = byNames(options) ? [] : sets(list, options);
    const documents: readonly Manifest[] = [
      ...plans.map((plan) => ({
        apiVersion: API,
        kind: 'NetworkSet',
        metadata: metadata(calico, list, options, plan.name, plan.labels),
        spec: { nets: plan.nets },
      })),
      {
        apiVersion: API,
        kind: 'NetworkPolicy',
        metadata: metadata(calico, list, options, MARKER),
        spec: {
          order: Number(options.settings[ORDER.name]),
          selector: selector(podLabels(ID, options)),
          types: ['Egress'],
          egress: egress(list, options, plans),
        },
      },
    ];
    return clusterFiles(calico, list, options, {
      documents,
      hints: [
        ...(byNames(options)
          ? ['Needs Calico Enterprise or Calico Cloud: the open source edition knows no domains.']
          : []),
        'The pods that it selects are restricted: what no policy of their tier names is denied to them, also in the cluster.',
        ...podHints(options),
      ],
      before: before(options),
      after: dropOthers(
        ID,
        options,
        SETS,
        plans.map((plan) => plan.name),
      ),
      kinds: [POLICIES, SETS],
    });
  },
};
