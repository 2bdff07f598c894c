/** What was seen, in the language of people who run firewalls and proxies: one line per packet exchange. */
import type { FailureKind } from '../model/failure.js';
import type {
  ConnectObservation,
  HoldObservation,
  Observation,
  ProxyConnectObservation,
  TlsHandshakeObservation,
} from '../model/observation.js';
import { isSilent, tookMs } from '../trace/silence.js';
import { describe } from './describe.js';
import { cut, safeText } from './escape.js';
import { duration } from './words.js';

const TCP_WORDS: Readonly<Partial<Record<FailureKind, string>>> = {
  connection_refused: 'RST',
  connection_reset: 'RST',
  connection_aborted: 'RST',
  host_unreachable: 'ICMP host unreachable or administratively prohibited',
  network_unreachable: 'network unreachable',
  network_down: 'network down',
  permission_denied: 'refused by the operating system or administratively prohibited',
};

/** `2026-01-01 00:00:01.250 UTC`. */
export function utc(startedAt: string, t0Ms: number): string {
  const time = Date.parse(startedAt) + t0Ms;
  return Number.isNaN(time) ? 'unknown time' : new Date(time).toISOString().replace('T', ' ').replace('Z', ' UTC');
}

/** One exchange, escaped; null for host facts, which concern nobody else. */
export function seenLine(seen: Observation): string | null {
  switch (seen.operation) {
    case 'connect':
      return connectLine(seen);
    case 'tls_handshake':
      return tlsLine(seen);
    case 'proxy_connect':
      return proxyLine(seen);
    case 'dns_query':
      return safeText(
        `DNS ${seen.type} ${seen.name} at ${seen.resolver}:${String(seen.resolverPort)}: ${seen.rcode ?? `no reply in ${took(seen)}`}${seen.addresses.length > 0 ? ` ${seen.addresses.slice(0, 4).join(', ')}` : ''}`,
      );
    case 'resolve':
      // getaddrinfo does not tell a name that is denied from one without addresses.
      if (seen.failure?.kind === 'dns_no_answer') {
        return safeText(
          `lookup of ${seen.hostname} by the operating system: no address (${seen.failure.rawCode ?? ''})`,
        );
      }
      return safeText(`lookup of ${seen.hostname}: ${describe(seen)}`);
    case 'http_round_trip':
    case 'websocket_upgrade':
      return httpLine(seen);
    case 'mqtt_connect':
      return safeText(`MQTT CONNECT on the upgraded connection: ${describe(seen)} after ${took(seen)}`);
    case 'full_size_write':
      return safeText(
        `${String(seen.bytes)} bytes in full packets on an open TLS connection to ${seen.address ?? seen.host} port ${String(seen.port)}: ${seen.acknowledged === true ? 'answered' : 'no answer'} ${seen.acknowledged === true ? 'after' : 'in'} ${took(seen)}`,
      );
    case 'hold':
      return holdLine(seen);
    default:
      return null;
  }
}

/** Milliseconds with a decimal where they tell a local refusal from a distant one. */
function took(seen: Observation): string {
  const ms = tookMs(seen);
  return ms < 10 ? `${ms.toFixed(1)} ms` : duration(ms);
}

function connectLine(seen: ConnectObservation): string {
  const from = seen.localAddress === null ? '' : `from ${seen.localAddress} `;
  const to = `to ${seen.address ?? seen.host} port ${String(seen.port)}/tcp`;
  const { failure } = seen;
  if (failure === null) return safeText(`SYN ${from}${to}: accepted (SYN-ACK) after ${took(seen)}`);
  if (isSilent(seen)) return safeText(`SYN ${from}${to}: no answer in ${took(seen)}`);
  const words = TCP_WORDS[failure.kind] ?? failure.kind.replaceAll('_', ' ');
  return safeText(
    `SYN ${from}${to}: ${words} after ${took(seen)}${failure.rawCode === null ? '' : ` (${failure.rawCode})`}`,
  );
}

function tlsLine(seen: TlsHandshakeObservation): string {
  const name = seen.sni === null ? 'without a server name' : `with server name ${seen.sni}`;
  const to = seen.address === null ? '' : ` to ${seen.address}`;
  if (seen.failure === null) {
    const leaf = seen.chain[0];
    const names = seen.nameMatches === false ? ', not for this name' : '';
    return safeText(
      `TLS ClientHello ${name}${to}: answered after ${took(seen)}${leaf === undefined ? '' : `, certificate issued by ${cut(leaf.issuer, 160)}${names}`}`,
      700,
    );
  }
  if (isSilent(seen)) return safeText(`TLS ClientHello ${name}${to}: no answer in ${took(seen)}`);
  const alert = seen.alert === null ? '' : ` (alert ${String(seen.alert)})`;
  return safeText(`TLS ClientHello ${name}${to}: ${describe(seen)}${alert} after ${took(seen)}`);
}

function proxyLine(seen: ProxyConnectObservation): string {
  const proxy = `proxy ${seen.proxyHost}:${String(seen.proxyPort)}`;
  const asked = `${seen.protocol === 'http' || seen.protocol === 'https' ? 'CONNECT' : 'SOCKS CONNECT'} ${seen.requestedHost}:${String(seen.requestedPort)}`;
  const title = /<title[^>]{0,200}>([^<]{1,120})</iu.exec(seen.bodyExcerpt)?.[1]?.trim();
  return safeText(
    `${asked} at ${proxy}: ${describe(seen)}${title === undefined ? '' : `, page titled "${title}"`} after ${took(seen)}`,
  );
}

function httpLine(seen: Extract<Observation, { readonly operation: 'http_round_trip' | 'websocket_upgrade' }>): string {
  const body = seen.operation === 'http_round_trip' ? seen.rawBody : seen.bodyExcerpt;
  const title = /<title[^>]{0,200}>([^<]{1,120})</iu.exec(body.slice(0, 16_384))?.[1]?.trim();
  const server = seen.headers.find(([key]) => key.toLowerCase() === 'server')?.[1];
  return safeText(
    `${seen.operation === 'http_round_trip' ? `HTTPS ${seen.method}` : 'WebSocket upgrade'} ${seen.host}${cut(seen.path, 60)}: ` +
      `${seen.failure === null ? `status ${String(seen.status)}` : describe(seen)}${title === undefined ? '' : `, page titled "${title}"`}` +
      `${server === undefined ? '' : `, server "${cut(server, 60)}"`} after ${took(seen)}`,
    700,
  );
}

/** An idle connection, or the one that was kept busy to compare with. */
function holdLine(seen: HoldObservation): string {
  const busy = seen.role.kind === 'control';
  const what = `${busy ? 'WebSocket with a ping every so often' : 'WebSocket without traffic'} to ${seen.address ?? seen.host} port 443/tcp`;
  const ends: Readonly<Record<HoldObservation['endedBy'], string>> = {
    us: 'still carried',
    fin: 'closed by FIN',
    reset: 'RST',
    ws_close: 'closed by a WebSocket close frame',
    silence: 'carried nothing any more, without a word',
  };
  return safeText(`${what}: ${ends[seen.endedBy]} after ${duration(seen.heldMs)}`);
}
