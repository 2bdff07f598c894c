/** Pure decisions of a run: which names to ask for, which addresses to walk, what to request. */
import type { ResolvedAddress } from '../model/observation.js';
import type { PlannedRoute } from '../model/planned.js';
import type { Leg } from '../model/route.js';
import type { Target } from '../model/target.js';
import type { ProbeInput } from './types.js';

/** A name with more addresses than this is sampled: the Agent stops at the first few anyway. */
const MAX_ADDRESSES_PER_FAMILY = 8;

export function targetId(leg: Leg | 'optional', host: string, port: number): string {
  return `${leg}:${host}:${String(port)}`;
}

/** Whether names of targets are resolved on this host when this route is taken. */
export function resolvesLocally(route: PlannedRoute | undefined): boolean {
  if (route === undefined) return false;
  const { route: way } = route;
  return way.kind === 'direct' || ((way.kind === 'socks5' || way.kind === 'socks4') && way.resolveAt === 'local');
}

/**
 * Direct: every address of the wanted families, in the OS's order. SOCKS with local resolution: the one address
 * the Agent hands over (first IPv4, else first IPv6: docs/reference/agent.md#socks5).
 */
export function addressesToWalk(
  addresses: readonly ResolvedAddress[],
  route: PlannedRoute,
  families: readonly (4 | 6)[],
): readonly string[] {
  const wanted = addresses.filter(({ family }) => families.includes(family));
  if (route.route.kind !== 'direct') {
    const first = wanted.find(({ family }) => family === 4) ?? wanted[0];
    return first === undefined ? [] : [first.address];
  }
  const counts = { 4: 0, 6: 0 };
  return wanted.filter(({ family }) => ++counts[family] <= MAX_ADDRESSES_PER_FAMILY).map(({ address }) => address);
}

/** Names that some leg needs resolved on this host: targets on local routes, and proxies. */
export function namesToAsk(input: ProbeInput): readonly string[] {
  const names = new Set<string>();
  const routes = new Map(input.routes.map((route) => [route.id, route]));
  for (const target of input.targets) {
    const route = routes.get(target.leg === null ? 'direct' : input.legRoutes[target.leg]);
    if (route === undefined) continue;
    if (resolvesLocally(route)) names.add(target.host);
    if (route.route.kind !== 'direct') names.add(route.route.proxy.host);
  }
  return [...names].filter((name) => !isAddress(name) && !name.endsWith('.invalid'));
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(':');
}

/**
 * A second harmless question on the claim leg, asked only when /env gives no genuine answer there: the resource that
 * a claim would create, of a node that does not exist. Any answer of the API proves the way; nothing is sent but a GET.
 */
export function claimPathOf(target: Pick<Target, 'path'>, id: string): string {
  return `${target.path.replace(/\/+$/, '')}/api/v1/spaces/nodes/${id}`;
}

/**
 * The harmless request of a leg. `/env` takes a claim id: a throw-away one stands in for the node's own.
 * The auth host is asked for the challenge of that unknown node: any answer of the service proves the path.
 */
export function requestPathOf(
  target: Pick<Target, 'path'> & Partial<Pick<Target, 'leg'>>,
  version: string,
  id: string,
): string {
  switch (target.leg) {
    case 'auth':
      return `${target.path}/node/${id}/challenge`;
    case 'claim':
      // libcurl keeps the path of the base URL; the harmless request goes below it like the claim itself would.
      return `${target.path.replace(/\/+$/, '')}/api/v1/env?v=${encodeURIComponent(version)}&cap=proto,ctx&claim_id=${id}`;
    case 'env':
      return `${target.path}?v=${encodeURIComponent(version)}&cap=proto,ctx&claim_id=${id}`;
    default:
      return target.path;
  }
}

/**
 * The longest silence of an idle Agent, ms: a link that survives it is not harmed (docs/reference/agent.md#idle-time).
 */
const AGENT_SILENCE_MS = 46_000;
/** Shorter holds tell nothing more from each other. */
const LEAST_HOLD_MS = 1000;

/**
 * How long the links of a hold are kept, ms, longest first. A path that forgets without a word shows it only when
 * something is sent again, so several links are held side by side: the time lies between two of them.
 */
export function holdLadder(holdMs: number): readonly number[] {
  const parts = [holdMs, holdMs * 0.75, holdMs / 2, holdMs / 4].map(Math.round);
  const rungs = holdMs > AGENT_SILENCE_MS ? [...parts, AGENT_SILENCE_MS] : parts;
  return [...new Set(rungs)].filter((ms) => ms === holdMs || ms >= LEAST_HOLD_MS).sort((a, b) => b - a);
}

/** How often a link is to be pinged that stands for "not idle", ms: far more often than any idle timer that harms. */
export function busyPingMs(holdMs: number): number {
  return Math.min(5000, Math.max(250, Math.round(holdMs / 20)));
}
