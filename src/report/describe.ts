/** One line per observation: what was seen. Contains foreign text; the caller escapes it. */
import { assertNever } from '../model/errors.js';
import type { Report } from '../model/report.js';
import { UNUSABLE_HOST } from '../model/route.js';
import type { Observation, TlsHandshakeObservation } from '../model/observation.js';
import { tookMs } from '../trace/silence.js';
import { cut } from './escape.js';
import { FAILURE_WORDS } from '../model/words.js';
import { duration } from './words.js';

function failureText(o: Observation, wait: boolean): string {
  const failure = o.failure;
  if (failure === null) return '';
  const words = FAILURE_WORDS[failure.kind];
  if (failure.kind === 'interrupted') return words;
  const waited = wait && failure.kind === 'generic_timeout_error' ? ` in ${duration(tookMs(o))}` : '';
  // NOERROR is how a resolver says NODATA: it would contradict the words. Words with a code of their own need no second.
  const plain =
    failure.rawCode === null ||
    failure.rawCode === 'NOERROR' ||
    words.includes(failure.rawCode) ||
    (words.endsWith(')') && o.operation === 'resolve');
  const raw = plain ? '' : ` (${cut(failure.rawCode ?? '', 60)})`;
  const detail = failure.kind === 'unknown_failure' && failure.detail !== '' ? `: ${cut(failure.detail, 160)}` : '';
  return words + waited + raw + detail;
}

function commonName(name: string): string {
  return cut(/(?:^|[,/\n])\s*CN\s*=\s*([^,/\n]+)/.exec(name)?.[1]?.trim() ?? name, 80);
}

/** Who vouches for the certificate, in a few words. */
function certificateText(o: TlsHandshakeObservation): string {
  const leaf = o.chain[0];
  if (leaf === undefined) return '';
  return `certificate of ${commonName(leaf.subject)} by ${commonName(leaf.issuer)}`;
}

function addressesText(addresses: readonly string[]): string {
  const head = addresses.slice(0, 4).join(', ');
  return addresses.length > 4 ? `${head} and ${addresses.length - 4} more` : head;
}

function statusText(status: number | null): string {
  return status === null ? 'no status' : `status ${status}`;
}

const NODE_ID = /\/(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\[hidden[^\]]*\])(?=\/|$)/gi;

/** Without the query and throw-away ids, which tell nothing. */
function pathText(path: string): string {
  return path.replace(/\?.*$/s, '').replace(NODE_ID, '/…');
}

/** A name without an AAAA record is no failure, whatever the resolver calls it. */
export function isPlainNoData(o: Observation): boolean {
  return o.operation === 'dns_query' && o.type === 'AAAA' && o.failure?.kind === 'dns_no_answer';
}

function success(o: Observation): string {
  switch (o.operation) {
    case 'resolve':
      return addressesText(o.addresses.map((a) => a.address));
    case 'dns_query':
      return `${o.type} ${o.name} at ${o.resolver}: ${o.rcode ?? 'no reply'} ${addressesText(o.addresses)}`.trimEnd();
    case 'connect':
      return o.peer === 'proxy' ? 'connected to the proxy' : 'connected';
    case 'proxy_connect':
      return `tunnel to ${o.requestedHost}:${o.requestedPort} open`;
    case 'tls_handshake':
      return [o.protocol, certificateText(o)].filter((part) => part !== null && part !== '').join(', ');
    case 'http_round_trip':
      return `${o.method} ${pathText(o.path)}: ${statusText(o.status)}`;
    case 'websocket_upgrade':
      return o.acceptedByRfc ? 'upgraded' : `${statusText(o.status)}, not a valid upgrade`;
    case 'mqtt_connect':
      if (o.reasonCode === null) return 'no CONNACK';
      return o.reasonCode === 0
        ? 'CONNACK: accepted'
        : `CONNACK ${o.reasonCode}: the broker answered (throw-away credentials, refusal expected)`;
    case 'full_size_write':
      return `${o.bytes} bytes ${o.acknowledged === true ? 'acknowledged' : 'sent, acknowledgement unknown'}`;
    case 'hold':
      return `held ${duration(o.heldMs)} of ${duration(o.plannedMs)}`;
    case 'read_config':
      return `${o.path}: ${o.state}${o.problems.length > 0 ? `, ${o.problems.length} odd lines` : ''}`;
    case 'read_environment':
      return `${o.source}: ${o.variables.map((v) => v.name).join(', ')}`;
    case 'read_host_network':
      return `resolvers ${addressesText(o.resolvers.map((r) => r.address))}`;
    case 'read_trust_store':
      return `${o.storeId}: ${o.certificates} certificates`;
    case 'read_local_firewall':
      return `${o.manager}: ${o.rules.length} rules that could matter`;
    case 'read_agent_log':
      return `${o.where}: ${o.lines.length === 0 ? 'nothing of claiming or the link' : `${o.lines.length} lines`}`;
    case 'read_agent_status':
      return `${o.status ?? 'no status'}${o.reason === null ? '' : `: ${o.reason}`}`;
    default:
      return assertNever(o);
  }
}

/** A route in words: `direct`, `through the HTTP proxy proxy.example:3128`. */
export function routeText(report: Report, routeId: string): string {
  const route = report.routes.find((entry) => entry.id === routeId)?.route;
  if (route === undefined) return `by route ${routeId}`;
  if (route.kind === 'direct') return 'direct';
  if (route.proxy.host === UNUSABLE_HOST) return 'through a proxy that cannot be used';
  const kind = { http_connect: 'HTTP', https_connect: 'HTTPS', socks4: 'SOCKS4', socks5: 'SOCKS5' }[route.kind];
  const host = route.proxy.host.includes(':') ? `[${route.proxy.host}]` : route.proxy.host;
  return `through the ${kind} proxy ${host}:${route.proxy.port}`;
}

/** What a refusing peer said beside the failure, if it helps. */
function refusal(o: Observation): string {
  // The failure names the status already.
  const named = (status: number): boolean => status === 407 || o.failure?.rawCode === String(status);
  if (o.operation === 'proxy_connect' && o.status !== null) return named(o.status) ? '' : `, ${statusText(o.status)}`;
  if (o.operation === 'proxy_connect' && o.socksReply !== null)
    return o.failure?.rawCode?.startsWith('REP=') === true ? '' : `, reply ${o.socksReply}`;
  if (o.operation === 'websocket_upgrade' && o.status !== null)
    return named(o.status) ? '' : `, ${statusText(o.status)}`;
  if (o.operation === 'mqtt_connect' && o.reasonCode !== null) return `, CONNACK ${o.reasonCode}`;
  return '';
}

/** What was seen, without address and duration, but for how long a wait was in vain. Unescaped. */
export function describe(o: Observation, { wait = true } = {}): string {
  if (isPlainNoData(o)) return 'no IPv6 address, which is fine';
  return o.failure === null ? success(o) : failureText(o, wait) + refusal(o);
}
