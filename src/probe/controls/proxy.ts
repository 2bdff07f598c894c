/** What does the port of a proxy speak, where it is not what was configured? Does it mind the form of the request? */
import type { FailureKind } from '../../model/failure.js';
import type { Control, Suspicion } from '../types.js';

/** How a port takes a protocol that it does not speak: it hangs up, waits, or answers in its own. */
const LIKE_ANOTHER: ReadonlySet<FailureKind> = new Set([
  'eof_error',
  'connection_reset',
  'connection_aborted',
  'generic_timeout_error',
  'proxy_protocol_mismatch',
  'proxy_malformed_reply',
]);

function mayBeAnother({ reason, failure }: Suspicion): boolean {
  return reason === 'slow' || (failure != null && LIKE_ANOTHER.has(failure));
}

export const proxyTls: Control = {
  kind: 'proxy_tls',
  title: 'a ClientHello at the port of the proxy',
  phases: ['proxy'],
  plan(suspicion) {
    const { route } = suspicion;
    if (route.route.kind !== 'http_connect' && route.route.kind !== 'socks5') return [];
    return mayBeAnother(suspicion) ? [{ key: `proxy_tls:${route.id}`, kind: 'proxy_tls', do: 'proxy_tls', route }] : [];
  },
};

export const proxyOtherProtocol: Control = {
  kind: 'proxy_other_protocol',
  title: 'SOCKS5 at the port of an HTTP proxy, CONNECT at that of a SOCKS proxy',
  phases: ['proxy'],
  plan(suspicion) {
    const { route, target } = suspicion;
    const protocol = route.route.kind === 'http_connect' ? 'socks5' : route.route.kind === 'socks5' ? 'http' : null;
    if (protocol === null || !mayBeAnother(suspicion)) return [];
    const key = `proxy_other_protocol:${route.id}`;
    return [{ key, kind: 'proxy_other_protocol', do: 'proxy_speaks', route, target, protocol }];
  },
};

/** Filters on programs and on headers refuse the Agent's bare CONNECT and let a browser's pass. */
export const browserConnect: Control = {
  kind: 'browser_like',
  title: 'the same request for a tunnel in the shape a browser gives it',
  phases: ['proxy'],
  plan({ route, target, failure }) {
    if (route.route.kind !== 'http_connect' && route.route.kind !== 'https_connect') return [];
    if (failure !== 'proxy_refused') return [];
    const key = `browser_connect:${route.id}:${target.host}`;
    return [{ key, kind: 'browser_like', do: 'browser_http', route, target, address: null }];
  },
};
