/**
 * Factories for observations, so that tests of predictions and findings can tell what was seen in a few lines.
 *
 *     const seen = scene();
 *     const env = seen.on({ leg: 'env', host: 'app.netdata.cloud' });
 *     env.resolveOk(['203.0.113.10']);
 *     const way = env.connectOk('203.0.113.10');
 *     env.tlsOk(way);
 *     env.httpAnswer(way, ENV_ANSWER);
 *     predict({ facts: agentFacts(), routes: ROUTES, targets: TARGETS, observations: seen.observations });
 */
import { createHash } from 'node:crypto';
import type { Failure, FailureKind, NetworkOperation } from '../../src/model/failure.js';
import type {
  CertificateFacts,
  ConnectObservation,
  DnsQueryObservation,
  FullSizeWriteObservation,
  HoldObservation,
  HttpRoundTripObservation,
  MqttConnectObservation,
  Observation,
  ProxyConnectObservation,
  ReadAgentStatusObservation,
  ResolveObservation,
  Role,
  TlsHandshakeObservation,
  TrustJudgement,
  WebSocketUpgradeObservation,
  X509Error,
} from '../../src/model/observation.js';
import type { Dialect, Leg } from '../../src/model/route.js';

/** For whom the steps are taken; everything has a default. */
export interface Label {
  readonly leg?: Leg | null;
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly routeId?: string;
  readonly role?: Role;
  readonly dialect?: Dialect;
}

type Over<T> = Partial<Omit<T, 'operation' | 'id'>>;

/** What a chain of steps on one connection is told by: its transaction and its address. */
export type Way = Pick<ConnectObservation, 'transactionId' | 'address'>;

export function failure(kind: FailureKind, operation: NetworkOperation, rawCode: string | null = null): Failure {
  return { kind, operation, rawCode, detail: '' };
}

export function certificate(over: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    subject: 'CN=app.netdata.cloud',
    issuer: 'CN=E8, O=Test CA, C=US',
    subjectAltName: 'DNS:*.netdata.cloud, DNS:netdata.cloud',
    notBefore: '2025-01-01T00:00:00.000Z',
    notAfter: '2035-01-01T00:00:00.000Z',
    serialNumber: '01',
    fingerprint256: 'a'.repeat(64),
    isCa: false,
    publicKey: 'ec prime256v1',
    ...over,
  };
}

/** The chain is trusted by every store named, and by no other. */
export function trustedBy(...storeIds: readonly string[]): TrustJudgement[] {
  return ALL_STORES.map((storeId) =>
    storeIds.includes(storeId)
      ? { storeId, trusted: true, errors: [], depth: null }
      : { storeId, trusted: false, errors: ['SELF_SIGNED_CERT_IN_CHAIN'], depth: 1 },
  );
}

/** Every store raises the same errors. */
export function untrusted(...errors: readonly X509Error[]): TrustJudgement[] {
  return ALL_STORES.map((storeId) => ({ storeId, trusted: false, errors, depth: 0 }));
}

export const ALL_STORES = ['claim', 'link', 'system'] as const;

export const ENV_DOCUMENT = JSON.stringify({
  authEndpoint: 'https://api.netdata.cloud/agents/v1',
  encoding: 'proto',
  transports: [{ type: 'MQTTv5', endpoint: 'wss://mqtt.netdata.cloud:443/mqtt' }],
  backoff: { base: 2, maxSeconds: 600000, minSeconds: 1000 },
  capabilities: ['proto'],
});

export const ERROR_DOCUMENT = JSON.stringify({
  errorCode: 'bcf1e2',
  errorMsgKey: 'ErrNodeNotFound',
  errorMessage: 'no such node',
  errorNonRetryable: false,
  errorRetryDelaySeconds: 0,
});

export interface RawAnswer {
  readonly head: string;
  readonly body: string;
}

/** An HTTP/1.1 answer with a length, as raw bytes. */
export function answer(status: string, body: string, headers: readonly string[] = []): RawAnswer {
  const lines = [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${Buffer.byteLength(body)}`];
  return { head: `${lines.join('\r\n')}\r\n\r\n`, body: Buffer.from(body).toString('latin1') };
}

export const jsonAnswer = (status: string, body: string): RawAnswer =>
  answer(status, body, ['Content-Type: application/json']);
export const htmlAnswer = (status: string, title = 'Blocked'): RawAnswer =>
  answer(status, `<!DOCTYPE html><html><head><title>${title}</title></head></html>`, ['Content-Type: text/html']);

export const ENV_ANSWER: RawAnswer = jsonAnswer('200 OK', ENV_DOCUMENT);
export const CHALLENGE_ANSWER: RawAnswer = jsonAnswer('404 Not Found', ERROR_DOCUMENT);

export const WS_KEY = 'AAAAAAAAAAAAAAAAAAAAAA==';
export function wsAccept(key = WS_KEY): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
export const upgradeHead = (extra: readonly string[] = []): string =>
  `${['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${wsAccept()}`, ...extra].join('\r\n')}\r\n\r\n`;

/** A CONNACK packet (MQTT 5 §3.2) with the given reason code. */
export const connackBytes = (code: number): string => String.fromCharCode(0x20, 0x03, 0x00, code, 0x00);

function readHead(head: string): { status: number | null; headers: (readonly [string, string])[] } {
  const lines = head.split(/\r?\n/u);
  const status = /^HTTP\/[\d.]+ (\d{3})/u.exec(lines[0] ?? '')?.[1];
  const headers = lines.slice(1).flatMap((line): (readonly [string, string])[] => {
    const colon = line.indexOf(':');
    return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1).trim()]] : [];
  });
  return { status: status === undefined ? null : Number(status), headers };
}

/** Default deadline of one step of a run. */
export const SILENCE_MS = 5000;

const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);

/** The peer's kernel never acknowledged what was sent: lost, not late. */
export const LOST = { unacknowledged: { bytes: 517, retransmits: 5 } } as const;

export class Scene {
  readonly observations: Observation[] = [];
  #count = 0;
  #clock = 0;

  on(label: Label = {}): Steps {
    return new Steps(this, label);
  }

  /** A silent step takes its whole deadline unless the test says otherwise. */
  add<O extends Observation>(observation: O, over: { readonly tMs?: number } = {}): O {
    const silent = observation.failure?.kind === 'generic_timeout_error' && over.tMs === undefined;
    const added = silent ? { ...observation, tMs: observation.t0Ms + SILENCE_MS } : observation;
    this.#clock = Math.max(this.#clock, added.tMs);
    this.observations.push(added);
    return added;
  }

  nextId(operation: string): string {
    this.#count += 1;
    return `${operation}-${this.#count}`;
  }

  /** Steps follow each other on one clock; each takes `ms`. */
  span(ms: number): { t0Ms: number; tMs: number } {
    const t0Ms = this.#clock;
    this.#clock += ms;
    return { t0Ms, tMs: this.#clock };
  }
}

export const scene = (): Scene => new Scene();

/** Steps for one leg and host. */
export class Steps {
  readonly #scene: Scene;
  readonly #label: Required<Label>;

  constructor(owner: Scene, label: Label) {
    const leg = label.leg === undefined ? 'env' : label.leg;
    this.#scene = owner;
    this.#label = {
      leg,
      host: label.host ?? DEFAULT_HOST[leg ?? 'env'],
      port: label.port ?? 443,
      path: label.path ?? DEFAULT_PATH[leg ?? 'env'],
      routeId: label.routeId ?? 'direct',
      role: label.role ?? { kind: 'path' },
      dialect: label.dialect ?? (leg === 'claim' ? 'libcurl' : 'aclk'),
    };
  }

  #base<O extends NetworkOperation>(operation: O, ms: number, way: Way | null) {
    const { leg, host, port, routeId, role } = this.#label;
    const id = this.#scene.nextId(operation);
    return {
      id,
      operation,
      transactionId: way?.transactionId ?? `t-${id}`,
      targetId: leg === null ? null : `${leg}:${host}:${port}`,
      leg,
      routeId,
      role,
      address: way?.address ?? null,
      ...this.#scene.span(ms),
      failure: null as Failure | null,
    };
  }

  resolveOk(addresses: readonly string[], over: Over<ResolveObservation> = {}): ResolveObservation {
    return this.#scene.add(
      {
        ...this.#base('resolve', 2, null),
        hostname: this.#label.host,
        addresses: addresses.map((address) => ({ address, family: familyOf(address) })),
        ...over,
      },
      over,
    );
  }

  resolveFails(kind: FailureKind = 'dns_nxdomain_error', over: Over<ResolveObservation> = {}): ResolveObservation {
    return this.resolveOk([], { failure: failure(kind, 'resolve'), ...over });
  }

  dnsQuery(over: Over<DnsQueryObservation> = {}): DnsQueryObservation {
    return this.#scene.add(
      {
        ...this.#base('dns_query', 2, null),
        resolver: '192.0.2.53',
        resolverPort: 53,
        resolverSource: '/etc/resolv.conf:1',
        name: this.#label.host,
        type: 'A' as const,
        transport: 'udp' as const,
        rcode: 'NOERROR',
        truncated: false,
        answers: [],
        addresses: [],
        cnames: [],
        ignoredReplies: 0,
        ...over,
      },
      over,
    );
  }

  connectOk(address: string, over: Over<ConnectObservation> = {}): ConnectObservation {
    return this.#scene.add(
      {
        ...this.#base('connect', 5, null),
        address,
        host: this.#label.host,
        port: this.#label.port,
        family: familyOf(address),
        peer: 'target' as const,
        localAddress: null,
        ...over,
      },
      over,
    );
  }

  /** A failed connect; without a kind the SYN is silently dropped. */
  connectFails(
    address: string,
    kind: FailureKind = 'generic_timeout_error',
    over: Over<ConnectObservation> = {},
  ): ConnectObservation {
    return this.connectOk(address, { failure: failure(kind, 'connect'), ...over });
  }

  connectTimeout(address: string, over: Over<ConnectObservation> = {}): ConnectObservation {
    return this.connectFails(address, 'generic_timeout_error', over);
  }

  connectRefused(address: string, over: Over<ConnectObservation> = {}): ConnectObservation {
    return this.connectFails(address, 'connection_refused', over);
  }

  /** A reply to CONNECT, read from its raw bytes. */
  proxyReply(way: Way, rawReply: string, over: Over<ProxyConnectObservation> = {}): ProxyConnectObservation {
    const { host, port, dialect } = this.#label;
    return this.#scene.add(
      {
        ...this.#base('proxy_connect', 5, way),
        protocol: 'http' as const,
        proxyHost: 'proxy.example',
        proxyPort: 3128,
        dialect,
        credentialsSent: false,
        requestedHost: host,
        requestedPort: port,
        resolveAt: 'proxy' as const,
        rawReply,
        bytesAfterHead: 0,
        ...readHead(rawReply),
        bodyExcerpt: '',
        socksMethod: null,
        socksAuthStatus: null,
        socksReply: null,
        ...over,
      },
      over,
    );
  }

  proxyOk(way: Way, over: Over<ProxyConnectObservation> = {}): ProxyConnectObservation {
    return this.proxyReply(way, 'HTTP/1.1 200 Connection established\r\n\r\n', over);
  }

  socksReply(way: Way, reply: number | null, over: Over<ProxyConnectObservation> = {}): ProxyConnectObservation {
    return this.proxyReply(way, '', { protocol: 'socks5', socksMethod: 0, socksReply: reply, ...over });
  }

  tlsOk(way: Way, over: Over<TlsHandshakeObservation> = {}): TlsHandshakeObservation {
    return this.#scene.add(
      {
        ...this.#base('tls_handshake', 10, way),
        sni: this.#label.host,
        expectedName: this.#label.host,
        helloVariant: 'agent' as const,
        helloBytes: 517,
        gotServerBytes: true,
        rawFirstBytes: '',
        protocol: 'TLSv1.3',
        cipher: 'TLS_AES_128_GCM_SHA256',
        alert: null,
        chain: [certificate()],
        nameMatches: true,
        judgements: trustedBy(...ALL_STORES),
        ...over,
      },
      over,
    );
  }

  /** The handshake itself ends with this failure; no certificate was seen. */
  tlsFails(
    way: Way,
    kind: FailureKind = 'generic_timeout_error',
    over: Over<TlsHandshakeObservation> = {},
  ): TlsHandshakeObservation {
    return this.tlsOk(way, {
      failure: failure(kind, 'tls_handshake'),
      gotServerBytes: false,
      protocol: null,
      cipher: null,
      chain: [],
      nameMatches: null,
      judgements: [],
      ...over,
    });
  }

  httpAnswer(way: Way, raw: RawAnswer, over: Over<HttpRoundTripObservation> = {}): HttpRoundTripObservation {
    const { host, path, dialect } = this.#label;
    return this.#scene.add(
      {
        ...this.#base('http_round_trip', 20, way),
        method: 'GET',
        host,
        path,
        dialect,
        rawHead: raw.head,
        rawBody: raw.body,
        bodyBytes: raw.body.length,
        ...readHead(raw.head),
        closedAfterMs: null,
        endedBy: 'length' as const,
        receivedAt: '2026-01-01T00:00:00.000Z',
        ...over,
      },
      over,
    );
  }

  httpFails(
    way: Way,
    kind: FailureKind = 'eof_error',
    over: Over<HttpRoundTripObservation> = {},
  ): HttpRoundTripObservation {
    return this.httpAnswer(
      way,
      { head: '', body: '' },
      { failure: failure(kind, 'http_round_trip'), endedBy: 'none', ...over },
    );
  }

  upgrade(way: Way, rawHead: string, over: Over<WebSocketUpgradeObservation> = {}): WebSocketUpgradeObservation {
    const { host, path, dialect } = this.#label;
    const read = readHead(rawHead);
    return this.#scene.add(
      {
        ...this.#base('websocket_upgrade', 20, way),
        host,
        path,
        dialect,
        key: WS_KEY,
        rawHead,
        bodyExcerpt: '',
        ...read,
        acceptedByRfc: read.status === 101,
        receivedAt: '2026-01-01T00:00:00.000Z',
        ...over,
      },
      over,
    );
  }

  upgradeOk(way: Way, over: Over<WebSocketUpgradeObservation> = {}): WebSocketUpgradeObservation {
    return this.upgrade(way, upgradeHead(), over);
  }

  /** A CONNACK in one binary frame. The real service refuses throw-away credentials with 134 or 135. */
  connack(way: Way, code: number, over: Over<MqttConnectObservation> = {}): MqttConnectObservation {
    return this.#scene.add(
      {
        ...this.#base('mqtt_connect', 10, way),
        clientId: 'throw-away',
        reasonCode: code,
        rawFirstBytes: connackBytes(code),
        frames: ['1,0,2,0,5'],
        closeCode: null,
        endedBy: 'fin' as const,
        ...over,
      },
      over,
    );
  }

  noConnack(way: Way, kind: FailureKind = 'generic_timeout_error', over: Over<MqttConnectObservation> = {}) {
    return this.connack(way, 0, {
      reasonCode: null,
      rawFirstBytes: '',
      frames: [],
      endedBy: 'silence',
      failure: failure(kind, 'mqtt_connect'),
      ...over,
    });
  }

  /** The upgraded link held open, on a connection of its own or on the given one. */
  hold(way: Way, over: Over<HoldObservation> = {}): HoldObservation {
    return this.#scene.add(
      {
        ...this.#base('hold', 60_000, way),
        host: this.#label.host,
        plannedMs: 60_000,
        heldMs: 60_000,
        pings: 0,
        endedBy: 'us' as const,
        ...over,
      },
      over,
    );
  }

  fullSizeWrite(way: Way, acknowledged: boolean | null, over: Over<FullSizeWriteObservation> = {}) {
    return this.#scene.add(
      {
        ...this.#base('full_size_write', 20, way),
        role: { kind: 'control', control: 'full_size_write' } as const,
        host: this.#label.host,
        port: this.#label.port,
        bytes: 6000,
        acknowledged,
        ...over,
      },
      over,
    );
  }
}

export function agentStatus(over: Over<ReadAgentStatusObservation> = {}): ReadAgentStatusObservation {
  return {
    id: 'read_agent_status-1',
    operation: 'read_agent_status',
    transactionId: 'host',
    targetId: null,
    leg: null,
    routeId: null,
    role: { kind: 'path' },
    address: null,
    t0Ms: 0,
    tMs: 5,
    failure: null,
    source: 'api_v3_info',
    status: 'online',
    reason: '',
    proxy: null,
    nextAttemptAt: null,
    reconnectCount: null,
    version: '2.10.3',
    ...over,
  };
}

const DEFAULT_HOST: Record<Leg, string> = {
  claim: 'app.netdata.cloud',
  env: 'app.netdata.cloud',
  auth: 'api.netdata.cloud',
  link: 'mqtt.netdata.cloud',
};
const DEFAULT_PATH: Record<Leg, string> = {
  claim: '/api/v1/env',
  env: '/api/v1/env',
  auth: '/agents/v1/node/00000000-0000-4000-8000-000000000000/challenge',
  link: '/mqtt',
};
