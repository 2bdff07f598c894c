import type { Described } from './schema/build.js';
import type { proxy, route, routeEntry } from './schema/route.js';

/** The Agent's legs, and the ways a leg can leave this host. Routes are data and carry no secrets. */

/** docs/reference/agent.md#legs. */
export type Leg = 'claim' | 'env' | 'auth' | 'link';
export const LEGS: readonly Leg[] = ['claim', 'env', 'auth', 'link'];

/** A proxy without its credentials. `host` is a name or an address without brackets. */
export type ProxyEndpoint = Described<typeof proxy>;

/**
 * Host of a route that cannot be walked because the value was misread: it never resolves (RFC 6761 §6.4), so the
 * probe fails where the Agent fails, and no piece of a password is asked of a name server.
 */
export const UNUSABLE_HOST = 'unusable-proxy.invalid';

export type Route = Described<typeof route>;

/** Whose byte shapes are used: ACLK's own client, libcurl's, or those of a browser-like control. */
export type Dialect = 'aclk' | 'libcurl' | 'browser';

/** A route of a run. `id` is stable within a report: `direct`, `http_connect:proxy.example:3128`, … */
export type RouteEntry = Described<typeof routeEntry>;
