/** Agent facts, routes and targets of an ordinary host, to be changed where a test needs it. */
import type { AgentFacts, LegSettings } from '../../src/model/agent.js';
import type { FailureKind } from '../../src/model/failure.js';
import { LEGS, type Leg, type RouteEntry } from '../../src/model/route.js';
import type { Target } from '../../src/model/target.js';
import {
  CHALLENGE_ANSWER,
  ENV_ANSWER,
  scene,
  upgradeHead,
  type Label,
  type RawAnswer,
  type Scene,
  type Steps,
  type Way,
} from './observations.js';

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

/** How one leg differs from a healthy one; everything else goes well. */
export interface LegPlay {
  /** In the OS's order. Default: one address, the leg's own. */
  readonly addresses?: readonly string[];
  readonly resolve?: Parameters<Steps['resolveOk']>[1];
  /** What happens when connecting to an address; missing = it connects. */
  readonly connect?: Readonly<Record<string, FailureKind>>;
  /** Label of the steps: another host, route, dialect. */
  readonly label?: Label;
  /** Steps through a proxy; the way is the connection to it. Set `routeId` in the label as well. */
  readonly proxy?: (steps: Steps, way: Way) => void;
  readonly tls?: Parameters<Steps['tlsOk']>[1];
  /** The handshake fails. */
  readonly tlsFails?: FailureKind;
  readonly http?: RawAnswer;
  readonly httpOver?: Parameters<Steps['httpAnswer']>[2];
  readonly upgrade?: string;
  /** Instead of CONNACK 135. */
  readonly mqtt?: (steps: Steps, way: Way) => void;
}

/** Plays one leg to its end, on every address that connects; stops each connection where a real one would stop. */
export function playLeg(seen: Scene, leg: Leg, play: LegPlay = {}): Steps {
  const steps = seen.on({ leg, ...play.label });
  const viaProxy = play.proxy !== undefined;
  const addresses = play.addresses ?? [viaProxy ? PROXY_ADDRESS : ADDRESS[leg]];
  const peer = viaProxy ? ({ host: 'proxy.example', port: 3128, peer: 'proxy' } as const) : {};
  steps.resolveOk(addresses, { ...(viaProxy ? { hostname: 'proxy.example' } : {}), ...play.resolve });
  for (const address of addresses) {
    const kind = play.connect?.[address];
    if (kind === undefined) playConnection(steps, leg, steps.connectOk(address, peer), play);
    else steps.connectFails(address, kind, peer);
  }
  return steps;
}

function playConnection(steps: Steps, leg: Leg, way: Way, play: LegPlay): void {
  play.proxy?.(steps, way);
  if (play.tlsFails !== undefined) {
    steps.tlsFails(way, play.tlsFails, play.tls);
    return;
  }
  steps.tlsOk(way, play.tls);
  if (leg !== 'link') {
    steps.httpAnswer(way, play.http ?? (leg === 'auth' ? CHALLENGE_ANSWER : ENV_ANSWER), play.httpOver);
    return;
  }
  const head = play.upgrade ?? upgradeHead();
  const upgraded = steps.upgrade(way, head);
  if (upgraded.status !== 101) return;
  if (play.mqtt === undefined) steps.connack(way, 135);
  else play.mqtt(steps, way);
}

export const PROXY_ADDRESS = '192.0.2.8';

/** Plays all legs; those not named are healthy, null = not seen at all. */
export function playAll(plays: Partial<Record<Leg, LegPlay | null>> = {}): Scene {
  const seen = scene();
  for (const leg of LEGS) {
    const play = plays[leg];
    if (play !== null) playLeg(seen, leg, play);
  }
  return seen;
}

/** A scene in which every leg but those named went well. */
export function healthyExcept(...missing: readonly Leg[]): Scene {
  return playAll(Object.fromEntries(missing.map((leg) => [leg, null])));
}
