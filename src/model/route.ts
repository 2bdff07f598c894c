/** The Agent's legs, and the ways a leg can leave this host. Routes are data and carry no secrets. */

/** docs/reference/agent.md#legs. */
export type Leg = 'claim' | 'env' | 'auth' | 'link';
export const LEGS: readonly Leg[] = ['claim', 'env', 'auth', 'link'];

/** A proxy without its credentials. `host` is a name or an address without brackets. */
export interface ProxyEndpoint {
  readonly host: string;
  readonly port: number;
  /** `present` = a user name (and maybe a password) goes with it; the values live only in memory. */
  readonly credentials: 'none' | 'present';
}

export type Route =
  | { readonly kind: 'direct' }
  | { readonly kind: 'http_connect'; readonly proxy: ProxyEndpoint }
  /** libcurl only: TLS to the proxy first. The link never does this. */
  | { readonly kind: 'https_connect'; readonly proxy: ProxyEndpoint }
  /** libcurl only. */
  | { readonly kind: 'socks4'; readonly proxy: ProxyEndpoint; readonly resolveAt: 'local' | 'proxy' }
  | { readonly kind: 'socks5'; readonly proxy: ProxyEndpoint; readonly resolveAt: 'local' | 'proxy' };

/** Whose byte shapes are used: ACLK's own client, libcurl's, or those of a browser-like control. */
export type Dialect = 'aclk' | 'libcurl' | 'browser';

/** A route of a run. `id` is stable within a report: `direct`, `http_connect:proxy.example:3128`, … */
export interface RouteEntry {
  readonly id: string;
  readonly route: Route;
  /** Legs of the Agent that take this route by the Agent's own rules; empty for alternatives and controls. */
  readonly usedBy: readonly Leg[];
  /** Why this route is in the plan, e.g. `cloud.conf [global] proxy`, `alternative: direct`. */
  readonly origin: string;
}
