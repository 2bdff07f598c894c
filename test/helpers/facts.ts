/** Agent facts, routes and targets of an ordinary host, to be changed where a test needs it. */
import type { AgentFacts, LegSettings } from '../../src/model/agent.js';
import { LEGS, type Leg, type RouteEntry } from '../../src/model/route.js';
import type { Target } from '../../src/model/target.js';
import { ENV_ANSWER, CHALLENGE_ANSWER, scene, type Label, type Scene } from './observations.js';

export const HOST: Record<Leg, string> = {
  claim: 'app.netdata.cloud',
  env: 'app.netdata.cloud',
  auth: 'api.netdata.cloud',
  link: 'mqtt.netdata.cloud',
};
export const ADDRESS: Record<Leg, string> = {
  claim: '203.0.113.10',
  env: '203.0.113.10',
  auth: '203.0.113.20',
  link: '203.0.113.30',
};
const PATH: Record<Leg, string> = {
  claim: '/api/v1/spaces/nodes/',
  env: '/api/v1/env',
  auth: '/agents/v1',
  link: '/mqtt',
};

export function legSettings(leg: Leg, over: Partial<LegSettings> = {}): LegSettings {
  const source = { kind: 'default', name: 'default', line: null } as const;
  return {
    leg,
    host: HOST[leg],
    port: 443,
    path: PATH[leg],
    hostSource: source,
    routeId: 'direct',
    routeSource: source,
    routeWhy: 'no proxy is set: direct',
    trustStoreId: leg === 'claim' ? 'claim' : 'link',
    insecure: false,
    checksName: leg === 'claim',
    ...over,
  };
}

export interface FactsOptions {
  readonly version?: string;
  readonly legs?: Partial<Record<Leg, Partial<LegSettings>>>;
  readonly over?: Partial<AgentFacts>;
}

/** An Agent v2.10.3, not claimed, nothing configured. */
export function agentFacts(options: FactsOptions = {}): AgentFacts {
  const legs = Object.fromEntries(LEGS.map((leg) => [leg, legSettings(leg, options.legs?.[leg])])) as Record<
    Leg,
    LegSettings
  >;
  return {
    installation: {
      found: true,
      kind: 'native',
      binary: '/usr/sbin/netdata',
      configDir: '/etc/netdata',
      libDir: '/var/lib/netdata',
      cloudDir: '/var/lib/netdata/cloud.d',
    },
    version: { value: options.version ?? '2.10.3', source: 'installed' },
    process: null,
    claimed: false,
    environmentSource: 'unit',
    settings: [],
    legs,
    trustStores: [],
    facts: [],
    ...options.over,
  };
}

export const DIRECT: RouteEntry = { id: 'direct', route: { kind: 'direct' }, usedBy: LEGS, origin: 'default' };
export const HTTP_PROXY: RouteEntry = {
  id: 'http_connect:proxy.example:3128',
  route: { kind: 'http_connect', proxy: { host: 'proxy.example', port: 3128, credentials: 'none' } },
  usedBy: LEGS,
  origin: 'cloud.conf [global] proxy',
};
export const SOCKS5_PROXY: RouteEntry = {
  id: 'socks5:proxy.example:1080',
  route: { kind: 'socks5', proxy: { host: 'proxy.example', port: 1080, credentials: 'none' }, resolveAt: 'local' },
  usedBy: LEGS,
  origin: 'cloud.conf [global] proxy',
};
export const SOCKS5H_PROXY: RouteEntry = {
  id: 'socks5h:proxy.example:1080',
  route: { kind: 'socks5', proxy: { host: 'proxy.example', port: 1080, credentials: 'none' }, resolveAt: 'proxy' },
  usedBy: LEGS,
  origin: 'cloud.conf [global] proxy',
};
export const ROUTES: readonly RouteEntry[] = [DIRECT, HTTP_PROXY, SOCKS5_PROXY, SOCKS5H_PROXY];

export const TARGETS: readonly Target[] = LEGS.map((leg) => ({
  id: `${leg}:${HOST[leg]}:443`,
  host: HOST[leg],
  port: 443,
  purpose: leg === 'claim' ? 'claim' : 'link',
  leg,
  required: true,
  source: 'catalog',
  path: PATH[leg],
}));

/** Adds all steps of one leg, each going well, on a direct route. */
export function addHealthyLeg(seen: Scene, leg: Leg, label: Label = {}, address: string = ADDRESS[leg]): void {
  const steps = seen.on({ leg, ...label });
  steps.resolveOk([address]);
  const way = steps.connectOk(address);
  steps.tlsOk(way);
  if (leg === 'link') {
    steps.upgradeOk(way);
    steps.connack(way, 135);
  } else steps.httpAnswer(way, leg === 'auth' ? CHALLENGE_ANSWER : ENV_ANSWER);
}

/** A scene in which every leg but those named went well. */
export function healthyExcept(...missing: readonly Leg[]): Scene {
  const seen = scene();
  for (const leg of LEGS) if (!missing.includes(leg)) addHealthyLeg(seen, leg);
  return seen;
}
