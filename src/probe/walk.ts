/**
 * Walks one leg along one route to one address, step by step, saving what each step saw
 * (explicit steps, no wrapped dialers). It measures and judges nothing.
 */
import type { Observation, Role } from '../model/observation.js';
import type { PlannedRoute } from '../model/planned.js';
import type { Dialect } from '../model/route.js';
import type { Target } from '../model/target.js';
import type { NetContext, StepLabel } from '../net/context.js';
import { dial, type Dialed } from '../net/dial.js';
import { holdIdle } from '../net/hold.js';
import { roundTripRaw } from '../net/http.js';
import { connectMqtt } from '../net/mqtt.js';
import type { Lookup } from '../net/resolve.js';
import { aclkGet, libcurlGet, libcurlProxiedGet, type AclkShape } from '../net/shapes.js';
import { handshakeTls } from '../net/tls.js';
import type { TrustSet } from '../net/trust.js';
import { upgradeRaw } from '../net/websocket.js';
import type { Phase } from './types.js';

type Socket = NonNullable<Dialed['socket']>;

export interface Walk {
  readonly target: Target;
  readonly route: PlannedRoute;
  /** Where to connect on the direct route; null lets a proxy resolve. */
  readonly address: string | null;
  readonly role: Role;
  readonly transactionId: string;
  readonly trust: TrustSet;
  readonly requestPath: string;
  readonly holdMs: number;
  /** Keep the held link busy with a ping every so often, ms. */
  readonly pingEveryMs?: number;
  /** Of the Agent's version. */
  readonly shape?: AclkShape;
  readonly lookup: Lookup | undefined;
  /** Told before each step, so that a slow one can be suspected. */
  readonly onStep: (phase: Phase, sinceMs: number) => void;
}

/** The claim leg is libcurl's; the others are ACLK's own client. */
export function dialectOf(target: Target): Dialect {
  return target.leg === 'claim' ? 'libcurl' : 'aclk';
}

/** Returns the observations of this walk in order; they are saved as well. Never throws for the network. */
export async function walk(ctx: NetContext, plan: Walk): Promise<readonly Observation[]> {
  const { target, route } = plan;
  const label: StepLabel = {
    transactionId: plan.transactionId,
    targetId: target.id,
    leg: target.leg,
    routeId: route.id,
    role: plan.role,
  };
  const dialect = dialectOf(target);
  const seen: Observation[] = [];

  // libcurl hands such a request to an HTTP proxy as it is, without a tunnel; SOCKS proxies carry it like any other.
  const handedOver = target.plain === true && ['http_connect', 'https_connect'].includes(route.route.kind);
  plan.onStep(route.route.kind === 'direct' ? 'connect' : 'proxy', ctx.now());
  const dialed = await dial(ctx, label, {
    route,
    host: target.host,
    port: target.port,
    address: plan.address,
    dialect,
    trust: plan.trust,
    ...(plan.shape ? { shape: plan.shape } : {}),
    ...(handedOver ? { tunnel: false } : {}),
    ...(plan.lookup ? { lookup: plan.lookup } : {}),
  });
  seen.push(...dialed.steps);
  if (dialed.socket === null) return seen;

  const secure = target.plain === true ? dialed.socket : await secured(ctx, label, plan, dialed.socket, seen);
  if (secure === null) {
    dialed.socket.destroy();
    return seen;
  }
  try {
    // An optional destination is proven by its certificate; nothing is asked of it.
    if (target.leg === null) return seen;
    if (target.leg !== 'link') {
      plan.onStep('http', ctx.now());
      const request = handedOver
        ? libcurlProxiedGet(target.host, plan.requestPath, target.port, route.credentials)
        : dialect === 'libcurl'
          ? libcurlGet(target.host, plan.requestPath, shownPort(target))
          : aclkGet(target.host, plan.requestPath);
      seen.push(
        await roundTripRaw(ctx, label, {
          socket: secure,
          request,
          method: 'GET',
          host: target.host,
          path: plan.requestPath,
          dialect,
        }),
      );
      return seen;
    }
    plan.onStep('websocket', ctx.now());
    const upgraded = await upgradeRaw(ctx, label, {
      socket: secure,
      host: target.host,
      path: '/mqtt',
      dialect,
      ...originOf(plan),
    });
    seen.push(upgraded.observation);
    if (upgraded.handle === null) return seen;
    plan.onStep('mqtt', ctx.now());
    if (plan.holdMs > 0) {
      // The link is held before CONNECT is refused: a refused CONNECT may close it at once.
      seen.push(
        await holdIdle(ctx, label, {
          ws: upgraded.handle,
          host: target.host,
          port: target.port,
          durationMs: plan.holdMs,
          ...(plan.pingEveryMs === undefined ? {} : { pingEveryMs: plan.pingEveryMs }),
        }),
      );
      return seen;
    }
    seen.push(await connectMqtt(ctx, label, { ws: upgraded.handle }));
    return seen;
  } finally {
    secure.destroy();
    dialed.socket.destroy();
  }
}

/** The socket inside TLS; null when the handshake failed. */
async function secured(
  ctx: NetContext,
  label: StepLabel,
  plan: Walk,
  socket: Socket,
  seen: Observation[],
): Promise<Socket | null> {
  const { host } = plan.target;
  plan.onStep('tls', ctx.now());
  const hello = { socket, sni: serverName(plan), expectedName: host, variant: 'agent', trust: plan.trust } as const;
  const tls = await handshakeTls(ctx, label, hello);
  seen.push(tls.observation);
  return tls.handle;
}

const originOf = ({ shape }: Walk): { origin?: string } =>
  shape?.origin === undefined ? {} : { origin: shape.origin };

/** The name that the Agent's version asks for; null = it sends none. */
function serverName({ target, route, shape }: Walk): string | null {
  // The claim is libcurl's in every version.
  if (target.leg === 'claim' || shape?.sni === undefined) return target.host;
  if (shape.sni === 'none') return null;
  return shape.sni === 'peer' && route.route.kind !== 'direct' ? route.route.proxy.host : target.host;
}

/** Host names no port that the scheme implies: 443, or 80 for plain HTTP. */
function shownPort({ port, plain }: Target): number {
  return plain === true && port === 80 ? 443 : port;
}
