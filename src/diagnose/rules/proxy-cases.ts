/** The first hop of routes that go through a proxy; shared by the proxy rules. */
import type { Remedy } from '../../model/finding.js';
import type { ConnectObservation, ObservationId, ProxyConnectObservation } from '../../model/observation.js';
import type { Leg, ProxyEndpoint, RouteEntry } from '../../model/route.js';
import { fromStepOn, type Attempt } from '../../trace/attempts.js';
import { fateOf, type ConnectFate } from '../../trace/connects.js';
import { isTelling } from '../../trace/silence.js';
import type { Evidence } from '../evidence.js';
import { header } from '../evidence/pages.js';
import { byLetter, remedy } from '../remedies.js';
import type { Cause, Data, Draft } from '../rule.js';

export interface ProxyRoute {
  readonly entry: RouteEntry;
  readonly proxy: ProxyEndpoint;
  /** Legs that really take it. */
  readonly legs: readonly Leg[];
}

/** Routes through a proxy that some leg takes. */
export function proxyRoutes(ev: Evidence): readonly ProxyRoute[] {
  return ev.input.routes.flatMap((entry): ProxyRoute[] => {
    if (entry.route.kind === 'direct') return [];
    const legs = ev.needs.flatMap(({ leg, routeId }) => (leg !== null && routeId === entry.id ? [leg] : []));
    return legs.length === 0 ? [] : [{ entry, proxy: entry.route.proxy, legs }];
  });
}

export function nameOf({ host, port }: ProxyEndpoint): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

export interface ProxyConnectCase {
  readonly attempt: Attempt;
  readonly connect: ConnectObservation;
  readonly fate: ConnectFate;
}

/** TCP connections to proxies on the Agent's own path that failed. */
export function proxyConnects(ev: Evidence, ...fates: readonly ConnectFate[]): readonly ProxyConnectCase[] {
  return ev.path.flatMap((attempt): ProxyConnectCase[] => {
    const { connect } = attempt;
    if (connect === null || connect.peer !== 'proxy' || connect.failure === null) return [];
    const fate = fateOf(connect, ev.hostNetwork);
    return fates.includes(fate) ? [{ attempt, connect, fate }] : [];
  });
}

/** Every connection to a proxy on the Agent's own path, also those behind which another address took over. */
export function connectsByProxy(ev: Evidence): ReadonlyMap<string, readonly ConnectObservation[]> {
  const byHost = new Map<string, ConnectObservation[]>();
  for (const step of ev.path.flatMap(({ steps }) => steps)) {
    if (step.operation !== 'connect' || step.peer !== 'proxy') continue;
    byHost.set(step.host, [...(byHost.get(step.host) ?? []), step]);
  }
  return byHost;
}

export interface ReplyCase {
  readonly attempt: Attempt;
  readonly reply: ProxyConnectObservation;
}

/** What proxies made of requests for a tunnel, or of a request that they were to carry as it is, on the Agent's own path. */
export function replies(ev: Evidence): readonly ReplyCase[] {
  return ev.path.flatMap((attempt) => {
    const reply = attempt.proxy ?? loginAsked(attempt, ev);
    return reply === null ? [] : [{ attempt, reply }];
  });
}

/**
 * The claim of an `http://` URL is handed to an HTTP proxy without a tunnel: 407 is the one answer that is surely the
 * proxy's own. It has the id of the HTTP exchange, which is what was seen.
 */
function loginAsked({ proxy, http, routeId }: Attempt, ev: Evidence): ProxyConnectObservation | null {
  const route = ev.route(routeId)?.route;
  if (proxy !== null || http?.status !== 407 || http.leg !== 'claim') return null;
  if (route?.kind !== 'http_connect' && route?.kind !== 'https_connect') return null;
  const { method: _method, host, path: _path, rawHead, rawBody, bodyBytes: _bytes, ...shared } = http;
  const { closedAfterMs: _closed, endedBy: _ended, receivedAt: _at, ...step } = shared;
  return {
    ...step,
    operation: 'proxy_connect',
    protocol: route.kind === 'http_connect' ? 'http' : 'https',
    proxyHost: route.proxy.host,
    proxyPort: route.proxy.port,
    credentialsSent: route.proxy.credentials === 'present',
    requestedHost: host,
    requestedPort: ev.agent.legs.claim.port,
    resolveAt: 'proxy',
    rawReply: rawHead,
    bytesAfterHead: 0,
    bodyExcerpt: rawBody.slice(0, 4096),
    socksMethod: null,
    socksAuthStatus: null,
    socksReply: null,
  };
}

export function replySubject(attempt: Attempt, ev: Evidence): Draft['subject'] {
  return { hosts: [attempt.host], routeIds: [attempt.routeId], legs: ev.legsOf(attempt) };
}

export function replyDraft({ attempt, reply }: ReplyCase, ev: Evidence, data: Data = {}): Draft {
  return {
    subject: replySubject(attempt, ev),
    evidence: [reply.id],
    explains: fromStepOn(attempt, reply),
    tags: ['own_words', ...(passesOthers(attempt, ev) ? (['proxy_passes_others'] as const) : [])],
    key: attempt.routeId,
    data: {
      proxy: `${reply.proxyHost}:${String(reply.proxyPort)}`,
      status: reply.status,
      socksReply: reply.socksReply,
      ...data,
    },
  };
}

/** The same proxy opened a tunnel to another host. */
function passesOthers(attempt: Attempt, ev: Evidence): boolean {
  return ev.attempts.some(
    (other) =>
      other.role.kind !== 'control' &&
      other.routeId === attempt.routeId &&
      other.host !== attempt.host &&
      other.proxy !== null &&
      isOpen(other.proxy),
  );
}

/** The same port opened a tunnel for somebody in this run: it is a proxy, and it knows CONNECT. */
export function knowsConnect({ proxyHost, proxyPort, protocol }: ProxyConnectObservation, ev: Evidence): boolean {
  return ev.attempts.some(
    ({ proxy }) =>
      proxy !== null &&
      proxy.proxyHost === proxyHost &&
      proxy.proxyPort === proxyPort &&
      proxy.protocol === protocol &&
      isOpen(proxy),
  );
}

/** What a proxy's port speaks by the word of a control; `opened`: it even opened a tunnel. */
export interface OtherProtocol {
  readonly protocol: 'tls' | 'socks5' | 'http';
  readonly opened: boolean;
  readonly id: ObservationId;
}

/** null = no other protocol was answered; `asked` = and at least those that the Agent could speak were tried to the end. */
export function otherProtocol(
  { routeId }: Attempt,
  ev: Evidence,
): { readonly found: OtherProtocol | null; readonly asked: boolean } {
  const controls = ev
    .controls('proxy_tls', 'proxy_other_protocol')
    .filter((attempt) => attempt.routeId === routeId && attempt.connect?.failure === null);
  for (const { proxy } of controls) {
    if (proxy === null) continue;
    const http = proxy.protocol === 'http';
    if (http ? proxy.status !== null : proxy.socksMethod !== null)
      return { found: { protocol: http ? 'http' : 'socks5', opened: isOpen(proxy), id: proxy.id }, asked: true };
  }
  for (const { tls } of controls)
    if (tls !== null && (tls.failure === null || tls.alert !== null))
      return { found: { protocol: 'tls', opened: false, id: tls.id }, asked: true };
  const told = controls.flatMap(({ proxy, tls }) => proxy ?? tls ?? []).filter((step) => isTelling(step));
  return { found: null, asked: told.some(({ operation }) => operation === 'proxy_connect') && told.length > 1 };
}

export function isOpen({ status, socksReply, protocol, failure }: ProxyConnectObservation): boolean {
  if (failure !== null) return false;
  return protocol === 'http' || protocol === 'https'
    ? status !== null && status >= 200 && status < 300
    : socksReply === 0 || socksReply === 0x5a;
}

/** Authentication schemes that a 407 offers, in lower case. */
export function offeredSchemes({ headers }: ProxyConnectObservation): readonly string[] {
  const lines = headers.filter(([name]) => name.toLowerCase() === 'proxy-authenticate').map(([, value]) => value);
  return [
    ...new Set(lines.flatMap((line) => /^\s*([A-Za-z][A-Za-z0-9-]{0,30})/u.exec(line)?.[1]?.toLowerCase() ?? [])),
  ];
}

/** What the proxy calls itself in its reply. */
export function proxyServer({ headers }: ProxyConnectObservation): string | null {
  return (
    (header(headers, 'via') ?? header(headers, 'server') ?? header(headers, 'x-squid-error'))?.slice(0, 100) ?? null
  );
}

/** RFC 1928 §6. */
export const REP: Readonly<Record<number, string>> = {
  1: 'general failure',
  2: 'not allowed by its ruleset',
  3: 'network unreachable',
  4: 'host unreachable',
  5: 'connection refused',
  6: 'TTL expired',
  7: 'command not supported',
  8: 'address type not supported',
};

/** What the people of a proxy are asked for; lines for their own configuration where it is known to be squid. */
export function askProxy(cause: Cause, ev: Evidence, text: string): readonly Remedy[] {
  const asked = byLetter(cause, ev, text);
  if (!/squid/iu.test(String(cause.data['server'] ?? ''))) return [asked];
  return [
    asked,
    remedy('host', 'The proxy is Squid. These are the lines for it:', { command: ev.commands.rules('squid') }),
  ];
}
