/** Networks by number: each leg fails at one stage, in one of many ways. */
import {
  ADDRESS,
  certificate,
  failure,
  HOST,
  judgedBy,
  judgedWith,
  RESOLVER,
  SECOND,
  upgradeHead,
  type Steps,
  type Way,
  type World,
} from './world.js';
import type { FailureKind } from '../../../src/model/failure.js';
import type { X509Error } from '../../../src/model/observation.js';
import { LEGS, type Leg, type RouteEntry } from '../../../src/model/route.js';
import { answer, CHALLENGE_ANSWER, ENV_ANSWER, htmlAnswer, jsonAnswer, type RawAnswer } from './world.js';

export const PROXY: RouteEntry = {
  id: 'http_connect:proxy.example:3128',
  route: { kind: 'http_connect', proxy: { host: 'proxy.example', port: 3128, credentials: 'none' } },
  usedBy: LEGS,
  origin: 'cloud.conf [global] proxy',
};
export const SOCKS: RouteEntry = {
  id: 'socks5:proxy.example:1080',
  route: { kind: 'socks5', proxy: { host: 'proxy.example', port: 1080, credentials: 'none' }, resolveAt: 'local' },
  usedBy: LEGS,
  origin: 'cloud.conf [global] proxy',
};
const V6: Record<Leg, string> = { claim: '2001:db8::1', env: '2001:db8::1', auth: '2001:db8::2', link: '2001:db8::3' };

export const RESOLVE: readonly FailureKind[] = [
  'dns_nxdomain_error',
  'dns_no_answer',
  'dns_temporary_failure',
  'dns_non_recoverable_failure',
  'dns_servfail_error',
  'generic_timeout_error',
  'dns_no_resolver',
];
export const CONNECT: readonly FailureKind[] = [
  'connection_refused',
  'connection_reset',
  'connection_aborted',
  'host_unreachable',
  'network_unreachable',
  'network_down',
  'permission_denied',
  'address_family_not_supported',
  'address_not_available',
  'timed_out',
  'generic_timeout_error',
  'unknown_failure',
];
export const TLS: readonly FailureKind[] = [
  'generic_timeout_error',
  'connection_reset',
  'eof_error',
  'ssl_alert',
  'ssl_failed_handshake',
  'ssl_version_unsupported',
  'ssl_not_tls',
  'unknown_failure',
];
export const ERRORS: readonly X509Error[] = [
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
  'EE_KEY_TOO_SMALL',
  'CERT_UNTRUSTED',
  'OTHER',
];
const LATER: readonly FailureKind[] = [
  'generic_timeout_error',
  'connection_reset',
  'eof_error',
  'http_malformed',
  'response_too_large',
];
export const ANSWERS: readonly RawAnswer[] = [
  ENV_ANSWER,
  CHALLENGE_ANSWER,
  htmlAnswer('200 OK', 'Welcome'),
  htmlAnswer('403 Forbidden'),
  htmlAnswer('404 Not Found', 'nginx'),
  htmlAnswer('407 Proxy Authentication Required'),
  htmlAnswer('502 Bad Gateway', 'Bad Gateway'),
  answer('302 Found', '', ['Location: https://portal.example/login']),
  answer('301 Moved', '', ['Location: https://app.netdata.cloud/']),
  answer('200 OK', ''),
  answer('204 No Content', ''),
  answer('101 Switching Protocols', ''),
  answer('100 Continue', ''),
  jsonAnswer('200 OK', '{"broken":'),
  jsonAnswer('200 OK', '[]'),
  jsonAnswer('200 OK', '{"ok":true}'),
  jsonAnswer('401 Unauthorized', '{"message":"no"}'),
  jsonAnswer('500 Internal Server Error', '{"errorCode":"x","errorMsgKey":"y","errorMessage":"z"}'),
  { head: 'HTTP/1.0 200 OK\r\n\r\n', body: '{}' },
  { head: 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n', body: '{}' },
  { head: 'HTTP/1.1 200 OK\nContent-Length: 2\n\n', body: '{}' },
  { head: `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(2000)}\r\nContent-Length: 2\r\n\r\n`, body: '{}' },
  { head: 'HTTP/1.1 200 OK\r\nX-Empty:\r\nContent-Length: 2\r\n\r\n', body: '{}' },
  { head: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', body: 'zz\r\n{}\r\n0\r\n\r\n' },
];
export const UPGRADES: readonly string[] = [
  upgradeHead(),
  upgradeHead(['X-Empty:']),
  upgradeHead(['X-Empty: ']),
  'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n',
  'HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n',
  'HTTP/1.1 426 Upgrade Required\r\n\r\n',
  'HTTP/1.1 502 Bad Gateway\r\n\r\n',
  'HTTP/1.1 302 Found\r\nLocation: https://portal.example/\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.0 101 Switching Protocols\r\n\r\n',
];
export const PROXY_REPLIES: readonly string[] = [
  'HTTP/1.1 200 OK\r\n\r\n',
  'HTTP/1.1 201 Created\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n',
  'HTTP/1.1 407 Auth\r\nProxy-Authenticate: NTLM\r\n\r\n',
  'HTTP/1.1 403 Forbidden\r\n\r\n',
  'HTTP/1.1 302 Found\r\nLocation: https://portal.example/\r\n\r\n',
  'HTTP/1.1 404 Not Found\r\n\r\n',
  'HTTP/1.1 400 Bad Request\r\n\r\n',
  'HTTP/1.1 408 Timeout\r\n\r\n',
  'HTTP/1.1 502 Bad Gateway\r\n\r\n',
  'HTTP/1.1 501 Not Implemented\r\n\r\n',
  'HTTP/1.1 600 What\r\n\r\n',
  'HTTP/1.1 200 OK\n\n',
  'HTTP/2 200\r\n\r\n',
  'HTTP/1.1 abc\r\n\r\n',
  '\u0005\u0000',
  '\u0015\u0003\u0001\u0000\u0002\u0002\n',
  'SSH-2.0-x\r\n',
  '',
];

export interface Fate {
  readonly stage: number;
  readonly pick: number;
  readonly other: number;
  readonly six: number;
}
export const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
const took = (kind: FailureKind) =>
  kind === 'generic_timeout_error' || kind === 'timed_out' ? { t0Ms: 0, tMs: 5000 } : {};

export function play(run: World, leg: Leg, entry: RouteEntry, { stage, pick, other, six }: Fate): void {
  const proxied = entry.route.kind !== 'direct';
  const steps = run.seen.on({ leg, host: HOST[leg], routeId: entry.id });
  const shared = { id: `resolve-${HOST[leg]}`, leg: null, routeId: null, targetId: null };
  const local = entry.route.kind !== 'http_connect';
  if (local) {
    if (stage === 0) {
      const kind = at(RESOLVE, pick);
      steps.resolveFails(kind, { ...shared, ...took(kind) });
      if (other % 3 === 0)
        steps.dnsQuery({
          resolver: RESOLVER,
          rcode: at(['NXDOMAIN', 'SERVFAIL', 'REFUSED', 'NOERROR', 'NOTIMP'], other),
        });
      if (other % 5 === 0) steps.dnsQuery({ resolver: SECOND, addresses: [ADDRESS[leg]] });
    } else {
      const addresses =
        proxied || six > 8 ? [ADDRESS[leg]] : six % 2 === 0 ? [V6[leg], ADDRESS[leg]] : [ADDRESS[leg], V6[leg]];
      steps.resolveOk(addresses, { ...shared, ...(other === 7 ? { t0Ms: 0, tMs: 5400 } : {}) });
      if (!proxied && six <= 8) steps.connectFails(V6[leg], at(CONNECT, six + other), took(at(CONNECT, six + other)));
    }
  }
  if (!proxied) {
    if (stage === 0) return;
    if (stage === 1) return void steps.connectFails(ADDRESS[leg], at(CONNECT, pick), took(at(CONNECT, pick)));
    return goOn(steps, steps.connectOk(ADDRESS[leg]), leg, { stage, pick, other, six });
  }
  const { proxy } = entry.route;
  const peer = { peer: 'proxy', host: proxy.host, port: proxy.port } as const;
  if (stage === 1)
    return void steps.connectFails('192.0.2.80', at(CONNECT, pick), { ...peer, ...took(at(CONNECT, pick)) });
  const way = steps.connectOk('192.0.2.80', peer);
  if (stage === 0 && local) return;
  if (entry.route.kind === 'socks5') {
    if (stage === 2)
      return void steps.socksReply(way, pick % 9, { socksMethod: at([0, 2, 255, 1, null], other), resolveAt: 'local' });
    steps.socksReply(way, 0, { resolveAt: 'local' });
  } else {
    const raw = stage === 2 ? at(PROXY_REPLIES, pick) : 'HTTP/1.1 200 OK\r\n\r\n';
    const kind = raw === '' ? at<FailureKind>(['eof_error', 'generic_timeout_error', 'connection_reset'], other) : null;
    const reply = steps.proxyReply(
      way,
      raw,
      kind === null ? {} : { failure: failure(kind, 'proxy_connect'), ...took(kind) },
    );
    if (reply.status !== 200) return;
  }
  goOn(steps, way, leg, { stage, pick, other, six });
}

function goOn(steps: Steps, way: Way, leg: Leg, { stage, pick, other }: Fate): void {
  if (stage === 3)
    return void steps.tlsFails(way, at(TLS, pick), {
      ...took(at(TLS, pick)),
      alert: at(TLS, pick) === 'ssl_alert' ? other % 120 : null,
    });
  if (stage === 4) {
    const errors = other % 2 === 0 ? [at(ERRORS, pick)] : [at(ERRORS, pick), at(ERRORS, other)];
    const trusting =
      other % 4 === 0 ? judgedBy('claim') : other % 7 === 0 ? judgedBy('link', 'system') : judgedWith(...errors);
    steps.tlsOk(way, {
      judgements: trusting,
      nameMatches: other % 5 !== 0,
      chain: [certificate({ issuer: at(['CN=X', 'O=Zscaler Inc.', 'CN=leaf'], other) })],
    });
  } else
    steps.tlsOk(way, {
      judgements: judgedBy('claim', 'link', 'system', 'mozilla'),
      ...(other === 9 ? { t0Ms: 0, tMs: 7000 } : {}),
    });
  if (leg === 'link') {
    if (stage === 5) return void steps.upgrade(way, at(UPGRADES, pick));
    if (stage === 6)
      return void steps.upgrade(way, '', {
        failure: failure(at(LATER, pick), 'websocket_upgrade'),
        ...took(at(LATER, pick)),
      });
    steps.upgradeOk(way);
    return void steps.connack(
      way,
      stage === 7 ? at([1, 3, 128, 129, 130, 132, 136, 137, 138, 149, 151, 156, 157, 159, 200], pick) : 135,
    );
  }
  if (stage === 5) return void steps.httpAnswer(way, at(ANSWERS, pick), other === 11 ? { t0Ms: 0, tMs: 11_000 } : {});
  if (stage === 6) return void steps.httpFails(way, at(LATER, pick), took(at(LATER, pick)));
  steps.httpAnswer(way, leg === 'auth' ? CHALLENGE_ANSWER : ENV_ANSWER, stage === 7 ? { closedAfterMs: pick % 3 } : {});
}
