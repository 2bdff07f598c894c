/** Route -> a socket on which TLS to the target can begin, walking the rungs one by one; each rung is an observation. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertNever, InvariantError } from '../model/errors.js';
import type { Observation } from '../model/observation.js';
import type { PlannedRoute } from '../model/planned.js';
import type { Dialect, ProxyEndpoint, Route } from '../model/route.js';
import type { NetContext, StepLabel } from './context.js';
import { tunnelHttp } from './proxy/http-connect.js';
import { tunnelSocks4 } from './proxy/socks4.js';
import { tunnelSocks5 } from './proxy/socks5.js';
import { resolveOs, type Lookup } from './resolve.js';
import { rememberPeer } from './socket.js';
import { connectTcp } from './tcp.js';
import { handshakeTls } from './tls.js';
import type { AclkShape } from './shapes.js';
import { createTrustSet, type TrustSet } from './trust.js';

const MAX_PROXY_ADDRESSES = 8;

export interface DialInput {
  readonly route: PlannedRoute;
  readonly host: string;
  readonly port: number;
  /**
   * Where the direct route connects, and what a proxy is asked for when names are resolved locally; else null. Null
   * where the name did not resolve locally: then the walk ends at the proxy, which the Agent reaches first.
   */
  readonly address: string | null;
  readonly dialect: Dialect;
  /** False: an HTTP proxy is only reached, not asked for a tunnel; what is sent to it says where it is to go. */
  readonly tunnel?: false;
  readonly lookup?: Lookup;
  /** Of the Agent's version; absent = the newest. */
  readonly shape?: AclkShape;
  /** Judges the certificate of an https proxy; without it the chain is kept but judged against nothing. */
  readonly trust?: TrustSet;
}

export interface Dialed {
  /** null exactly when `failed` is not. The caller destroys it. */
  readonly socket: Socket | null;
  /** In order; they are saved already. */
  readonly steps: readonly Observation[];
  /** The step beyond which there is no way. */
  readonly failed: Observation | null;
}

export async function dial(ctx: NetContext, label: StepLabel, input: DialInput): Promise<Dialed> {
  const route = input.route.route;
  const steps: Observation[] = [];
  const done = (socket: Socket | null): Dialed => ({
    socket,
    steps,
    failed: socket === null ? (steps.at(-1) ?? null) : null,
  });

  if (route.kind === 'direct') {
    const { host, port } = input;
    const address = required(input.address, route);
    const connected = await connectTcp(ctx, label, { host, address, port, peer: 'target' });
    steps.push(connected.observation);
    return done(connected.handle);
  }
  const proxySocket = await reachProxy(ctx, label, route.proxy, input.lookup, steps);
  if (proxySocket === null) return done(null);
  if (resolvesLocally(route) && input.address === null) {
    proxySocket.destroy();
    return done(null);
  }
  const tunnelled = await tunnel(ctx, label, input, proxySocket, steps);
  // Behind a proxy that resolves by itself nobody here knows the target's address.
  if (tunnelled !== null) rememberPeer(tunnelled, resolvesLocally(route) ? input.address : null);
  else proxySocket.destroy();
  return done(tunnelled);
}

/** Silence of a SYN that was repeated after 1 s and 3 s (RFC 6298) says something; a shorter one hardly. */
const TELLING_MS = 3250;
/** The next address is tried beside one that has not answered by then. */
const NEXT_AFTER_MS = 250;

/**
 * The proxy's addresses in order, until one connects: the next is begun when one has failed or is slow, and the first in
 * order that connects is taken. On the Agent's own way each is waited for long enough to tell, so that silent addresses
 * cost one deadline and not a sum of them.
 */
async function reachProxy(
  ctx: NetContext,
  label: StepLabel,
  proxy: ProxyEndpoint,
  lookup: Lookup | undefined,
  steps: Observation[],
): Promise<Socket | null> {
  const resolved = await resolveOs(ctx, label, proxy.host, lookup);
  steps.push(resolved);
  const addresses = resolved.addresses.slice(0, MAX_PROXY_ADDRESSES);
  const allMs = ctx.stepTimeoutMs('connect');
  const part = allMs / Math.max(1, addresses.length);
  const tellingMs = TELLING_MS + NEXT_AFTER_MS * (addresses.length - 1);
  const until = ctx.now() + Math.min(allMs, label.role.kind === 'path' ? Math.max(part, tellingMs) : part);
  const begun: ReturnType<typeof connectTcp>[] = [];
  let socket: Socket | null = null;
  for (const [i, { address }] of addresses.entries()) {
    if (ctx.signal.aborted || (await anyConnected(begun))) break;
    const { host, port } = proxy;
    const connecting = connectTcp(withinMs(ctx, Math.max(1, until - ctx.now())), label, {
      host,
      address,
      port,
      peer: 'proxy',
    });
    begun.push(connecting);
    if (i < addresses.length - 1) await Promise.race([connecting, sleep(NEXT_AFTER_MS, null, { ref: false })]);
  }
  for (const connecting of begun) {
    const { observation, handle } = await connecting;
    steps.push(observation);
    if (socket === null) socket = handle;
    else handle?.destroy();
  }
  return socket;
}

/** Whether one of the connections under way is there already. */
async function anyConnected(begun: readonly ReturnType<typeof connectTcp>[]): Promise<boolean> {
  const notYet = Promise.resolve(null);
  const ended = await Promise.all(begun.map(async (one) => Promise.race([one, notYet])));
  return ended.some((one) => one !== null && one.handle !== null);
}

/** The same context with shorter steps. */
function withinMs(ctx: NetContext, ms: number): NetContext {
  return {
    signal: ctx.signal,
    now: () => ctx.now(),
    wallClock: () => ctx.wallClock(),
    stepTimeoutMs: (operation) => Math.min(ms, ctx.stepTimeoutMs(operation)),
    nextId: (operation) => ctx.nextId(operation),
    save: (observation) => ctx.save(observation),
    acquireSocket: () => ctx.acquireSocket(),
  };
}

async function tunnel(
  ctx: NetContext,
  label: StepLabel,
  input: DialInput,
  proxySocket: Socket,
  steps: Observation[],
): Promise<Socket | null> {
  const route = input.route.route;
  const { host, port, dialect } = input;
  const { credentials } = input.route;
  switch (route.kind) {
    case 'direct':
      return proxySocket;
    case 'http_connect': {
      if (input.tunnel === false) return proxySocket;
      const shape = input.shape ?? {};
      const common = { socket: proxySocket, proxy: route.proxy, credentials, host, port, dialect, shape };
      const step = await tunnelHttp(ctx, label, { ...common, protocol: 'http' });
      steps.push(step.observation);
      return step.handle;
    }
    case 'https_connect': {
      const secured = await handshakeTls(ctx, label, {
        socket: proxySocket,
        sni: route.proxy.host,
        expectedName: route.proxy.host,
        variant: 'agent',
        trust: input.trust ?? createTrustSet([], ''),
      });
      steps.push(secured.observation);
      if (secured.handle === null || input.tunnel === false) return secured.handle;
      const common = { socket: secured.handle, proxy: route.proxy, credentials, host, port, dialect };
      const step = await tunnelHttp(ctx, label, { ...common, protocol: 'https' });
      steps.push(step.observation);
      return step.handle;
    }
    case 'socks4':
    case 'socks5': {
      const { proxy, resolveAt } = route;
      const address = resolveAt === 'local' ? required(input.address, route) : null;
      const run = route.kind === 'socks5' ? tunnelSocks5 : tunnelSocks4;
      const step = await run(ctx, label, {
        socket: proxySocket,
        proxy,
        credentials,
        host,
        port,
        dialect,
        resolveAt,
        address,
      });
      steps.push(step.observation);
      return step.handle;
    }
    default:
      return assertNever(route);
  }
}

function resolvesLocally(route: Route): boolean {
  return (route.kind === 'socks4' || route.kind === 'socks5') && route.resolveAt === 'local';
}

function required(address: string | null, route: Route): string {
  if (address === null) throw new InvariantError(`route ${route.kind} needs an address of the target`);
  return address;
}
