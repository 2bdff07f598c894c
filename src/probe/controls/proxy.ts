/** Does the port of a proxy that is to be spoken to in plain text want TLS? Does it mind the form of the request? */
import type { FailureKind } from '../../model/failure.js';
import type { Control } from '../types.js';

/** How a TLS server takes a CONNECT in plain text: it hangs up, waits, or sends an alert. */
const LIKE_TLS: ReadonlySet<FailureKind> = new Set([
  'eof_error',
  'connection_reset',
  'connection_aborted',
  'generic_timeout_error',
  'proxy_protocol_mismatch',
]);

export const proxyTls: Control = {
  kind: 'proxy_tls',
  title: 'a ClientHello at the port of the proxy',
  phases: ['proxy'],
  plan({ route, reason, failure }) {
    if (route.route.kind !== 'http_connect') return [];
    if (reason !== 'slow' && (failure == null || !LIKE_TLS.has(failure))) return [];
    return [{ key: `proxy_tls:${route.id}`, kind: 'proxy_tls', do: 'proxy_tls', route }];
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
