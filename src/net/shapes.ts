/**
 * The exact bytes that are sent. ACLK's own client: docs/reference/agent.md#connect, #https-request, #websocket;
 * libcurl as the Agent drives it: docs/reference/agent.md#claim-proxy; browser-like: what a common browser would send,
 * as the control that tells header policies from path trouble. Line breaks are taken out of everything: a host or path
 * from a file or from /env must not add lines of its own.
 */
import { isIPv6 } from 'node:net';
import type { Dialect } from '../model/route.js';
import type { Credentials } from '../model/secret.js';

export const BROWSER_USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';

const HTTPS_PORT = 443;
const HTTP_PORT = 80;

/** GET as ACLK's HTTPS client sends it: Host never carries a port (docs/reference/agent.md#https-request). */
export function aclkGet(host: string, path: string): Buffer {
  return request('GET', path, [
    ['Host', host],
    ['User-Agent', ACLK_USER_AGENT],
  ]);
}

/** GET as libcurl sends it without a User-Agent; Host carries a port other than 443. */
export function libcurlGet(host: string, path: string, port = HTTPS_PORT): Buffer {
  return request('GET', path, [
    ['Host', hostAndPort(host, port)],
    ['Accept', '*/*'],
  ]);
}

/**
 * GET of an `http://` URL as libcurl hands it to an HTTP proxy: the whole URL in the first line, the login in a field of
 * its own, no tunnel. Tried on 7.88.
 */
export function libcurlProxiedGet(host: string, path: string, port: number, credentials: Credentials | null): Buffer {
  const authority = hostAndPort(host, port, HTTP_PORT);
  const fields: (readonly [string, string])[] = [['Host', authority]];
  if (credentials !== null && credentials.user.reveal() !== '') fields.push(basic(credentials));
  fields.push(['Accept', '*/*'], ['Proxy-Connection', 'Keep-Alive']);
  return request('GET', `http://${authority}${path}`, fields);
}

/** Header fields of the browser-like control, in the order they are sent; Host is added by the client. */
export function browserHeaders(): readonly (readonly [string, string])[] {
  return [
    ['User-Agent', BROWSER_USER_AGENT],
    ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['Accept-Language', 'en-US,en;q=0.9'],
  ];
}

/** What an Agent of another version sends otherwise; everything has the newest form as default. */
export interface AclkShape {
  /** Host line in CONNECT. */
  readonly connectHost?: boolean;
  /** User-Agent in CONNECT. */
  readonly connectUserAgent?: boolean;
  /** Origin of the WebSocket upgrade. */
  readonly origin?: string;
  /** Server name in the ClientHello: none, that of the peer on the wire (a proxy's where there is one), the host's. */
  readonly sni?: 'none' | 'peer' | 'host';
}

const ACLK_USER_AGENT = 'Netdata/rocks newhttpclient';

/**
 * WebSocket upgrade as ACLK sends it: an empty Origin, no User-Agent, Host without port
 * (docs/reference/agent.md#websocket).
 */
export function aclkUpgrade(host: string, key: string, path = '/mqtt', origin = ''): Buffer {
  return request('GET', path, [
    ['Host', host],
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Key', key],
    ['Origin', origin],
    ['Sec-WebSocket-Protocol', 'mqtt'],
    ['Sec-WebSocket-Version', '13'],
  ]);
}

/** WebSocket upgrade with a browser's header fields. */
export function browserUpgrade(host: string, key: string, path = '/mqtt', port = HTTPS_PORT): Buffer {
  return request('GET', path, [
    ['Host', hostAndPort(host, port)],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['User-Agent', BROWSER_USER_AGENT],
    ['Origin', `https://${host}`],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', key],
    ['Sec-WebSocket-Protocol', 'mqtt'],
  ]);
}

/**
 * CONNECT to a proxy. ACLK: Host without port and nothing else (docs/reference/agent.md#connect); libcurl: Host with
 * port and Proxy-Connection (docs/reference/agent.md#claim-proxy); both send Basic pre-emptively when a user is given.
 */
export function connectRequest(
  dialect: Dialect,
  host: string,
  port: number,
  credentials: Credentials | null,
  { connectHost = true, connectUserAgent = false }: AclkShape = {},
): Buffer {
  const byAclk = dialect === 'aclk';
  const authority = byAclk ? `${host}:${String(port)}` : hostAndPort(host, port, null);
  const fields: (readonly [string, string])[] = byAclk && !connectHost ? [] : [['Host', byAclk ? host : authority]];
  if (byAclk && connectUserAgent) fields.push(['User-Agent', ACLK_USER_AGENT]);
  if (credentials !== null && credentials.user.reveal() !== '') fields.push(basic(credentials));
  if (dialect === 'libcurl') fields.push(['Proxy-Connection', 'Keep-Alive']);
  if (dialect === 'browser') fields.push(['Proxy-Connection', 'keep-alive'], ['User-Agent', BROWSER_USER_AGENT]);
  return request('CONNECT', authority, fields);
}

/** `host:port`, IPv6 literals in brackets; the port is left out when it is `implied`. */
export function hostAndPort(host: string, port: number, implied: number | null = HTTPS_PORT): string {
  const name = isIPv6(host) ? `[${host}]` : host;
  return port === implied ? name : `${name}:${String(port)}`;
}

function basic(credentials: Credentials): readonly [string, string] {
  const pair = `${credentials.user.reveal()}:${credentials.password.reveal()}`;
  return ['Proxy-Authorization', `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`];
}

function request(method: string, target: string, fields: readonly (readonly [string, string])[]): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, ...fields.map(([name, value]) => `${name}: ${value}`), '', ''];
  return Buffer.from(lines.map((line) => line.replace(/[\r\n\0]/g, '')).join('\r\n'), 'utf8');
}
