/** Routes out of proxy choices: the Agent's own first, then alternatives that are already at hand. Pure. */
import type { PlannedRoute } from '../model/planned.js';
import type { Leg, ProxyEndpoint, Route } from '../model/route.js';
import type { Credentials } from '../model/secret.js';
import type { ProxyChoice } from './proxy-choice.js';
import { problemWords, sourceWords } from './proxy-choice.js';
import { UNUSABLE_HOST } from '../model/route.js';
import { sameCredentials } from './proxy-reading.js';
import type { ProxyReading } from './proxy-reading.js';

const DIRECT: Route = { kind: 'direct' };

/** More alternatives than this would be a scan. */
const MAX_ALTERNATIVES = 4;

export function routeOf(reading: ProxyReading): { readonly route: Route; readonly credentials: Credentials | null } {
  if (reading.kind === 'direct') return { route: DIRECT, credentials: null };
  const usable = reading.kind === 'proxy';
  const proxy: ProxyEndpoint = usable
    ? { host: reading.host, port: reading.port, credentials: reading.credentials === null ? 'none' : 'present' }
    : { host: UNUSABLE_HOST, port: 1080, credentials: 'none' };
  const credentials = usable ? reading.credentials : null;
  const protocol = usable ? reading.protocol : 'http';
  if (protocol === 'http') return { route: { kind: 'http_connect', proxy }, credentials };
  if (protocol === 'https') return { route: { kind: 'https_connect', proxy }, credentials };
  const resolveAt = usable ? reading.resolveAt : 'proxy';
  return { route: { kind: protocol, proxy, resolveAt }, credentials };
}

/** `direct`, `http_connect:proxy.example:3128`, `socks5h:[fd00::1]:1080`. */
function routeName(route: Route): string {
  if (route.kind === 'direct') return 'direct';
  const { host, port } = route.proxy;
  const far = 'resolveAt' in route && route.resolveAt === 'proxy';
  const kind = route.kind === 'socks5' && far ? 'socks5h' : route.kind === 'socks4' && far ? 'socks4a' : route.kind;
  return `${kind}:${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${String(port)}`;
}

/** A route somebody could take: an alternative before it has its place in the list. */
export interface RouteCandidate {
  readonly route: Route;
  readonly credentials: Credentials | null;
  readonly origin: string;
}

class RouteList {
  readonly entries: PlannedRoute[] = [];

  /** Adds legs to a route of this list, or the route itself; returns its id. */
  add(candidate: RouteCandidate, legs: readonly Leg[]): string {
    const { route, credentials, origin } = candidate;
    const name = routeName(route);
    const at = this.entries.findIndex(
      (entry) => routeName(entry.route) === name && sameCredentials(entry.credentials, credentials),
    );
    const known = this.entries[at];
    if (known !== undefined) {
      this.entries[at] = { ...known, usedBy: [...known.usedBy, ...legs.filter((leg) => !known.usedBy.includes(leg))] };
      return known.id;
    }
    const taken = this.entries.filter((entry) => routeName(entry.route) === name).length;
    const id = taken === 0 ? name : `${name}#${String(taken + 1)}`;
    this.entries.push({ id, route, usedBy: legs, origin, credentials });
    return id;
  }

  /** True when a route of this shape is there, whatever the credentials. */
  has(route: Route): boolean {
    return this.entries.some((entry) => routeName(entry.route) === routeName(route));
  }
}

/** Both SOCKS forms of a proxy are at hand when one of them is. */
function socksSibling(candidate: RouteCandidate): RouteCandidate[] {
  const { route, credentials, origin } = candidate;
  if (route.kind !== 'socks5' || route.resolveAt === 'proxy') return [];
  return [
    { route: { ...route, resolveAt: 'proxy' }, credentials, origin: `${origin}, with socks5h instead of socks5` },
  ];
}

/** Alternatives must be usable by every leg: what only libcurl understands is no way out for the link. */
function usable({ route }: RouteCandidate, allowSocks: boolean): boolean {
  if (route.kind === 'direct') return true;
  if (route.proxy.host === UNUSABLE_HOST || /[/[]/.test(route.proxy.host)) return false;
  return route.kind === 'http_connect' || (route.kind === 'socks5' && allowSocks);
}

export interface RoutePlan {
  readonly routes: readonly PlannedRoute[];
  readonly claimRouteId: string;
  readonly linkRouteId: string;
  /** Of env and auth; differs only where the link's value names no host. */
  readonly httpsRouteId: string;
}

function originOf(choice: ProxyChoice): string {
  const { reading, source } = choice;
  if (reading.kind === 'direct') return choice.why;
  const words = reading.problems.map(problemWords).join('; ');
  return words === '' ? sourceWords(source) : `${sourceWords(source)} (${words})`;
}

/** The Agent's own routes, then the alternatives. */
export function planRoutes(
  claim: ProxyChoice,
  link: ProxyChoice,
  atHand: readonly RouteCandidate[],
  allowSocks: boolean,
): RoutePlan {
  const list = new RouteList();
  const candidate = (choice: ProxyChoice): RouteCandidate => ({ ...routeOf(choice.reading), origin: originOf(choice) });
  const claimRouteId = list.add(candidate(claim), ['claim']);
  // A value without a host: the HTTPS steps go direct, the last one has nothing to connect to
  // (docs/reference/agent.md#link-proxy-parsing).
  const hostless = link.reading.kind === 'unusable' && link.reading.problems.includes('no_host');
  const linkRouteId = list.add(candidate(link), hostless ? ['link'] : ['env', 'auth', 'link']);
  const httpsRouteId = hostless
    ? list.add({ route: DIRECT, credentials: null, origin: originOf(link) }, ['env', 'auth'])
    : linkRouteId;
  const own = list.entries.map(({ route, credentials, origin }) => ({ route, credentials, origin }));
  const alternatives: RouteCandidate[] = [
    { route: DIRECT, credentials: null, origin: 'direct' },
    ...own.flatMap(socksSibling),
    ...atHand,
    ...atHand.flatMap(socksSibling),
  ];
  let added = 0;
  for (const alternative of alternatives) {
    if (added >= MAX_ALTERNATIVES) break;
    if (!usable(alternative, allowSocks) || list.has(alternative.route)) continue;
    list.add({ ...alternative, origin: `alternative: ${alternative.origin}` }, []);
    added += 1;
  }
  return { routes: list.entries, claimRouteId, linkRouteId, httpsRouteId };
}
