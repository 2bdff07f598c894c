/**
 * Where the Agent of this host goes: the hosts of its cloud, by its base URL and by what /env names, and the proxies on
 * the way to them. Another cloud than the public one has names of its own, and only its /env tells those of the sign-in
 * and of the link.
 */
import { isIP } from 'node:net';
import { PUBLIC_BASE_HOSTS } from '../../catalog/hosts.js';
import { UsageError } from '../../model/errors.js';
import { LEGS, type Leg } from '../../model/route.js';
import { wantedHosts, type WantedHost } from '../../firewall/core/allow-list.js';
import { formatShort, parsePrefix } from '../../firewall/core/cidr.js';
import { fqdnProblem, parseHostName } from '../../firewall/core/sanitise.js';
import { askAgent, type AgentRequest, type AskedAgent, type EnvQuestion, type NamedByEnv } from './ask-agent.js';
import type { RulesRequest } from './options.js';

export type CloudRequest = AgentRequest & Pick<RulesRequest, 'purposes' | 'parent' | 'withoutProxy'>;

export interface CloudHosts {
  /** The cloud's own, whatever leads there. */
  readonly hosts: readonly WantedHost[];
  /** What this host connects to itself: those of `hosts` that it reaches straight, and the proxies of the others. */
  readonly direct: readonly WantedHost[];
  /** What is missing from them, our words; null = complete. */
  readonly incomplete: string | null;
  /** What /env named, to be remembered. */
  readonly named: NamedByEnv | null;
  /** What the reader should know, our words. */
  readonly notes: readonly string[];
}

/** Hosts come together by name. */
function joined(hosts: readonly WantedHost[]): WantedHost[] {
  const byName = new Map<string, WantedHost>();
  for (const host of hosts) {
    const known = byName.get(host.fqdn);
    const ports = [...new Set([...(known?.ports ?? []), ...host.ports])].sort((a, b) => a - b);
    byName.set(host.fqdn, { ...(known ?? host), ports });
  }
  return [...byName.values()];
}

interface Way {
  readonly leg: Leg;
  readonly host: WantedHost | null;
  /** Why there is no host, our words. */
  readonly missing: string | null;
}

function wayOf(leg: Leg, { facts, unanswered }: AskedAgent): Way {
  const { host, port, hostSource } = facts.legs[leg];
  const name = host.toLowerCase();
  const base = facts.legs.env.host.toLowerCase();
  if (name === '' || (hostSource.kind === 'catalog' && !PUBLIC_BASE_HOSTS.includes(base))) {
    const why = unanswered ?? 'names none that can be used';
    const text = `the base URL is of another cloud (${base}): its /env names the hosts of sign-in and link, and ${why}`;
    return { leg, host: null, missing: text };
  }
  const named = leg === 'auth' || leg === 'link';
  if (isIP(name) !== 0 && !named)
    throw new UsageError(
      `the base URL of ${hostSource.kind === 'option' ? '--url' : hostSource.name} names the address ${host}: give the hosts with --from-list`,
    );
  if (fqdnProblem(name) !== null) return { leg, host: null, missing: '/env names a host that no rule can be made of' };
  const purpose = leg === 'claim' ? 'claim' : 'link';
  return { leg, host: { fqdn: name, ports: [port], purpose, required: true }, missing: null };
}

interface Proxied {
  /** null = the leg goes straight. */
  readonly proxy: WantedHost | null;
  readonly note: string | null;
}

const STRAIGHT: Proxied = { proxy: null, note: null };

/** The proxy that a leg takes; one on this host itself takes no rule, and connects from here. */
function proxyOf(leg: Leg, { facts, routes }: AskedAgent): Proxied {
  const { routeId, routeSource } = facts.legs[leg];
  const way = routes.find(({ id }) => id === routeId)?.route;
  if (way === undefined || way.kind === 'direct') return STRAIGHT;
  const { host, port } = way.proxy;
  const shown = `${host}:${String(port)}`;
  const from = `of ${routeSource.name}`;
  if (host === 'localhost' || /^127\.|^::1$/.test(host))
    return {
      proxy: null,
      note: `the Agent's proxy ${shown} ${from} is on this host: it is the proxy that connects from here; with --user, name its account`,
    };
  const name = isIP(host) === 0 ? nameOf(host) : formatShort(parsePrefix(host));
  if (name === null) return { proxy: null, note: `the Agent's proxy ${from} is no host that a rule can be made of` };
  return {
    proxy: { fqdn: name, ports: [port], purpose: 'proxy', required: true },
    note: `the Agent goes through the proxy ${shown} ${from}: this host needs the way to it, and the proxy the way to the cloud (rules squid)`,
  };
}

function nameOf(host: string): string | null {
  try {
    return host.endsWith('.invalid') ? null : parseHostName(host);
  } catch {
    return null;
  }
}

interface Parents {
  readonly hosts: readonly WantedHost[];
  readonly missing: string | null;
  readonly notes: readonly string[];
}

/** What a child needs: a TCP port of each of its Parents. Throws UsageError where it has none. */
function parentsOf({ streaming }: AskedAgent): Parents {
  const { file, off, destinations, unusable } = streaming;
  if (off !== null) throw new UsageError(`--for parent: ${file} makes this Agent stream to nobody: ${off}`);
  const hosts: WantedHost[] = [];
  const notes: string[] = [];
  const lost = [...unusable];
  for (const { host, port } of destinations) {
    const name = isIP(host) === 0 ? nameOf(host) : formatShort(parsePrefix(host));
    if (host === 'localhost' || /^127\.|^::1$/.test(host))
      notes.push(`the Parent ${host}:${String(port)} of ${file} is on this host: no rule is needed`);
    else if (name === null) lost.push(host);
    else hosts.push({ fqdn: name, ports: [port], purpose: 'parent', required: true });
  }
  const missing =
    lost.length === 0 ? null : `${file} names destinations that no TCP rule can be made of: ${lost.join(' ')}`;
  return { hosts, missing, notes };
}

const INDIRECT = 'a Parent holds the link to the cloud for this Agent (its status is indirect)';

/** Pure. Throws UsageError for a base URL that names an address (rules go by names), and for a child without a Parent. */
function hostsOfAgent(request: CloudRequest, asked: AskedAgent): CloudHosts {
  const { indirect } = asked;
  if (request.parent !== true) {
    const cloud = hostsOfCloud(request, asked);
    const hint = `${INDIRECT}: the way to the Parent is all it needs; ask for that with --for parent`;
    return indirect ? { ...cloud, notes: [...cloud.notes, hint] } : cloud;
  }
  const parents = parentsOf(asked);
  if (indirect) {
    const { hosts, missing, notes } = parents;
    const told = [...notes, `${INDIRECT}: these rules open the way to the Parent, and it needs nothing else`];
    return { hosts: joined(hosts), direct: joined(hosts), incomplete: missing, named: asked.named, notes: told };
  }
  const cloud = hostsOfCloud(request, asked);
  return {
    ...cloud,
    hosts: joined([...cloud.hosts, ...parents.hosts]),
    direct: joined([...cloud.direct, ...parents.hosts]),
    incomplete: cloud.incomplete ?? parents.missing,
    notes: [...cloud.notes, ...parents.notes],
  };
}

function hostsOfCloud({ purposes, agent, withoutProxy }: CloudRequest, asked: AskedAgent): CloudHosts {
  // Without an Agent here, the proxy of whoever runs this is not the Agent's.
  const isHere = asked.facts.installation.found || agent !== undefined;
  const proxied = (leg: Leg): Proxied => (isHere && withoutProxy !== true ? proxyOf(leg, asked) : STRAIGHT);
  const ways = LEGS.map((leg) => ({ ...wayOf(leg, asked), ...proxied(leg) }));
  const optional = wantedHosts(purposes).filter((host) => !host.required);
  const incomplete = ways.find(({ missing }) => missing !== null)?.missing ?? null;
  return {
    hosts: joined([...ways.flatMap(({ host }) => host ?? []), ...optional]),
    direct: joined([...ways.flatMap(({ host, proxy }) => proxy ?? host ?? []), ...optional]),
    incomplete,
    named: asked.named,
    // An incomplete list says itself why it is.
    notes: [...new Set([...(incomplete === null ? inVain(asked) : []), ...ways.flatMap(({ note }) => note ?? [])])],
  };
}

/** That somebody was asked, and what stands in the rules because he did not answer. */
function inVain({ facts, inVain: asked, named }: AskedAgent): string[] {
  if (asked === null) return [];
  const { host, port } = facts.legs.env;
  const instead =
    named === null ? 'the documented hosts of the public cloud' : `the hosts that it named at ${named.at}`;
  return [
    `asked ${host}:${String(port)} for at most ${String(asked.budgetMs / 1000)} s which hosts its /env names: it ${asked.why}. ` +
      `Used instead: ${instead} (--env-timeout 0 does not ask)`,
  ];
}

/** Throws UsageError as hostsOfAgent does. */
export async function cloudHosts(
  request: CloudRequest,
  question: EnvQuestion,
  ask: typeof askAgent = askAgent,
): Promise<CloudHosts> {
  return hostsOfAgent(request, await ask(request, question));
}
