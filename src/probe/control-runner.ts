/** Carries out planned controls; each key once, each by its own deadline. */
import type { Target } from '../model/target.js';
import type { Role } from '../model/observation.js';
import type { NetContext, StepLabel } from '../net/context.js';
import { dial } from '../net/dial.js';
import { queryDns } from '../net/dns-wire.js';
import { roundTripBrowser } from '../net/http.js';
import { fullSizeWrite } from '../net/mtu.js';
import { tunnelHttp } from '../net/proxy/http-connect.js';
import { tunnelSocks5 } from '../net/proxy/socks5.js';
import { resolveOs } from '../net/resolve.js';
import { connectTcp } from '../net/tcp.js';
import { handshakeTls } from '../net/tls.js';
import type { TrustSet } from '../net/trust.js';
import { upgradeBrowser } from '../net/websocket.js';
import type { ControlPlan, ProbeInput } from './types.js';

export interface ControlContext {
  readonly net: NetContext;
  readonly input: ProbeInput;
  readonly trust: TrustSet;
  readonly transactionId: string;
  /** Path of the harmless request on a target. */
  readonly requestPath: (plan: { readonly target: Target }) => string;
}

const NEUTRAL_PORT = 443;

export async function runControl(plan: ControlPlan, ctx: ControlContext): Promise<void> {
  const { net, trust, input } = ctx;
  const role: Role = { kind: 'control', control: plan.kind };
  const bare: StepLabel = { transactionId: ctx.transactionId, targetId: null, leg: null, routeId: null, role };
  switch (plan.do) {
    case 'connect': {
      const step = await connectTcp(net, bare, {
        host: plan.host,
        address: plan.address,
        port: plan.port,
        peer: 'target',
      });
      step.handle?.destroy();
      return;
    }
    case 'dns': {
      const { resolver, name, type } = plan;
      await queryDns(net, bare, {
        resolver: resolver.address,
        port: resolver.port,
        source: resolver.source,
        name,
        type,
      });
      return;
    }
    case 'doh': {
      const { url, address, name, type } = plan;
      await queryDns(net, bare, { resolver: address, port: 443, source: '--controls', name, type, dohUrl: url });
      return;
    }
    case 'neutral': {
      const resolved = await resolveOs(net, bare, plan.host, input.lookup);
      const first = resolved.addresses[0];
      if (first === undefined) return;
      const step = await connectTcp(net, bare, {
        host: plan.host,
        address: first.address,
        port: NEUTRAL_PORT,
        peer: 'target',
      });
      if (step.handle === null) return;
      const tls = await handshakeTls(net, bare, {
        socket: step.handle,
        sni: plan.host,
        expectedName: plan.host,
        variant: 'agent',
        trust,
      });
      tls.handle?.destroy();
      step.handle.destroy();
      return;
    }
    case 'proxy_tls':
    case 'proxy_speaks': {
      const { route } = plan.route;
      if (route.kind === 'direct') return;
      const label: StepLabel = { ...bare, routeId: plan.route.id };
      const { proxy } = route;
      const first = (await resolveOs(net, label, proxy.host, input.lookup)).addresses[0];
      if (first === undefined) return;
      const end = { host: proxy.host, address: first.address, port: proxy.port, peer: 'proxy' as const };
      const step = await connectTcp(net, label, end);
      if (step.handle === null) return;
      const socket = step.handle;
      if (plan.do === 'proxy_tls') {
        const hello = { sni: proxy.host, expectedName: proxy.host, variant: 'agent' as const, trust };
        (await handshakeTls(net, label, { socket, ...hello })).handle?.destroy();
      } else {
        // A login is not for whoever speaks another protocol there.
        const { host, port } = plan.target;
        const wanted = { socket, proxy, credentials: null, host, port, dialect: 'aclk' as const };
        const opened =
          plan.protocol === 'http'
            ? await tunnelHttp(net, label, { ...wanted, protocol: 'http' })
            : await tunnelSocks5(net, label, { ...wanted, resolveAt: 'proxy', address: null });
        opened.handle?.destroy();
      }
      socket.destroy();
      return;
    }
    default:
  }

  const { target, route, address } = plan;
  const label: StepLabel = { ...bare, targetId: target.id, leg: target.leg, routeId: route.id };
  const dialect = plan.do === 'tls' ? (target.leg === 'claim' ? 'libcurl' : 'aclk') : 'browser';
  const dialed = await dial(net, label, {
    route,
    host: target.host,
    port: target.port,
    address,
    dialect,
    trust,
    ...(input.lookup ? { lookup: input.lookup } : {}),
  });
  if (dialed.socket === null) return;
  const tls = await handshakeTls(net, label, {
    socket: dialed.socket,
    sni: plan.do === 'tls' ? plan.sni : target.host,
    expectedName: plan.do === 'tls' ? plan.expectedName : target.host,
    variant: plan.do === 'tls' ? plan.variant : 'agent',
    trust,
  });
  try {
    if (tls.handle === null) return;
    if (plan.do === 'browser_http') {
      await roundTripBrowser(net, label, { socket: tls.handle, host: target.host, path: ctx.requestPath(plan) });
    } else if (plan.do === 'browser_websocket') {
      await upgradeBrowser(net, label, { socket: tls.handle, host: target.host, path: '/mqtt' });
    } else if (plan.do === 'full_size_write') {
      await fullSizeWrite(net, label, {
        socket: tls.handle,
        host: target.host,
        port: target.port,
        // Not the path in question: a server that is silent about that one says nothing about sizes.
        path: '/',
      });
    }
  } finally {
    tls.handle?.destroy();
    dialed.socket.destroy();
  }
}
