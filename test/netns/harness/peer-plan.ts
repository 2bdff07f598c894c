/**
 * What the lab's own peer does, as data sent to its process before each case. It stands beside the simulated cloud as a
 * second, byte-exact implementation, so that a case can prescribe every octet of an answer.
 */

/** Bytes to send for one request, and what becomes of the connection. `{{DATE}}` and `{{ACCEPT}}` are filled in. */
export interface Reply {
  readonly raw: string;
  /** How `raw` becomes octets; default utf8. With latin1 each character is one: for bodies that are no text. */
  readonly encoding?: 'latin1';
  /** Wait before the first byte. */
  readonly delayMs?: number;
  /** One byte after the other, this far apart. */
  readonly trickleMs?: number;
  readonly afterwards?: 'keep' | 'close' | { readonly closeAfterMs: number };
}

export interface Behaviour {
  /** What happens when a connection is accepted. */
  readonly connection: 'tls' | 'silent' | 'close' | 'reset' | 'plain_http' | 'banner';
  /** Name in the lab's PKI, or `mint`: one made for the requested name by the inspector, as an inspecting gateway does. */
  readonly certificate: string;
  readonly tls: { readonly min: 'TLSv1' | 'TLSv1.2'; readonly max: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' };
  readonly clientHello: 'answer' | 'stall' | 'reset' | 'close' | 'alert';
  /** Wait before the ClientHello is looked at. */
  readonly handshakeDelayMs: number;
  /** Added to the Date header. */
  readonly skewMs: number;
  readonly env: Reply;
  readonly auth: Reply;
  readonly claim: Reply;
  readonly other: Reply;
  readonly upgrade: Reply;
  /** Refuse, with this, what has the Agent's look: its User-Agent, or an empty Origin. */
  readonly refuseShape: Reply | null;
  /** CONNACK in two fragments, or with a compression bit set, or after a ping. */
  readonly framing: 'plain' | 'fragmented' | 'rsv1' | 'ping_first';
  /** After an accepted upgrade. */
  readonly mqtt:
    | { readonly connack: number; readonly delayMs?: number }
    | 'silent'
    | 'close_on_connect'
    | 'close_after_upgrade'
    | 'reset_after_upgrade'
    | 'ws_close_after_upgrade';
  /** The broker ends a connection that has not sent CONNECT by then, ms; WebSocket pings do not count. Null = it waits. */
  readonly loginWithinMs: number | null;
  /** How the broker ends it. */
  readonly loginLate: 'fin' | 'ws_close' | 'reset';
  /** Something on the way ends an upgraded connection after this time, idle or not, ms. */
  readonly lifetimeMs: number | null;
}

/** Rules that match are laid over the default in order; the last one wins. */
export interface PeerRule {
  readonly host?: string | readonly string[];
  readonly address?: string;
  readonly behaviour: Partial<Behaviour>;
}

export type PeerMessage = { readonly id: number; readonly rules: readonly PeerRule[] };

/** An HTTP answer with its length, as the service sends it. */
export function answer(
  status: string,
  body: string,
  headers: readonly string[] = ['Content-Type: application/json'],
): Reply {
  const head = [`HTTP/1.1 ${status}`, 'Date: {{DATE}}', ...headers, `Content-Length: ${Buffer.byteLength(body)}`];
  return { raw: `${head.join('\r\n')}\r\n\r\n${body}` };
}

export const ENV_BODY = JSON.stringify({
  authEndpoint: 'https://api.netdata.cloud/api/v1/auth',
  encoding: 'proto',
  transports: [{ type: 'MQTTv5', endpoint: 'wss://mqtt.netdata.cloud:443/mqtt' }],
  backoff: { base: 2, maxSeconds: 600, minSeconds: 0 },
  capabilities: ['proto', 'ctx'],
});

export function errorBody(code: string, key: string, message: string): string {
  return JSON.stringify({ errorCode: code, errorMsgKey: key, errorMessage: message });
}

export const UPGRADE_ACCEPTED: Reply = {
  raw:
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    'Sec-WebSocket-Accept: {{ACCEPT}}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n',
};

/** MQTT 5 reason code 134, bad user name or password: what a throw-away login deserves. */
export const CONNACK_BAD_LOGIN = 134;

export const HEALTHY: Behaviour = {
  connection: 'tls',
  certificate: 'good',
  tls: { min: 'TLSv1.2', max: 'TLSv1.3' },
  clientHello: 'answer',
  handshakeDelayMs: 0,
  skewMs: 0,
  env: answer('200 OK', ENV_BODY),
  auth: answer('404 Not Found', errorBody('Lab-1', 'ErrNodeNotFound', 'node not found')),
  claim: answer('403 Forbidden', errorBody('Lab-2', 'ErrForbidden', 'token is not valid')),
  other: answer('404 Not Found', errorBody('Lab-3', 'ErrNotFound', 'no such endpoint')),
  upgrade: UPGRADE_ACCEPTED,
  refuseShape: null,
  framing: 'plain',
  mqtt: { connack: CONNACK_BAD_LOGIN },
  loginWithinMs: null,
  loginLate: 'fin',
  lifetimeMs: null,
};
