/** Small factories: one realistic observation each, every field filled, overridable. */
import type { Failure, FailureKind, Operation } from '../../src/model/failure.js';
import type { CertificateFacts, Observation, ObservationOf } from '../../src/model/observation.js';
import type { Leg } from '../../src/model/route.js';

type Of<O extends Operation> = ObservationOf<O>;
type Give<O extends Operation> = Partial<Omit<Of<O>, 'operation'>>;

export function failure(operation: Operation, kind: FailureKind, rawCode: string | null = null, detail = ''): Failure {
  return { kind, operation, rawCode, detail };
}

/** Gives ids like `connect-3` and a clock that moves on. */
export class Trail {
  readonly observations: Observation[] = [];
  #counters = new Map<string, number>();

  base(operation: Operation, leg: Leg | null, host: string | null, t0Ms: number, tookMs: number) {
    const n = (this.#counters.get(operation) ?? 0) + 1;
    this.#counters.set(operation, n);
    return {
      id: `${operation}-${n}`,
      transactionId: `${leg ?? 'shared'}-${host ?? 'host'}`,
      targetId: host === null || leg === null ? null : `${leg}:${host}:443`,
      leg,
      routeId: host === null ? null : 'direct',
      role: { kind: 'path' as const },
      address: null,
      t0Ms,
      tMs: t0Ms + tookMs,
      failure: null,
    };
  }

  #keep<O extends Observation>(observation: O): O {
    this.observations.push(observation);
    return observation;
  }

  resolve(leg: Leg, host: string, addresses: readonly string[], t0 = 2, took = 11, give: Give<'resolve'> = {}) {
    return this.#keep<Of<'resolve'>>({
      ...this.base('resolve', leg, host, t0, took),
      operation: 'resolve',
      hostname: host,
      addresses: addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ...give,
    });
  }

  dnsQuery(name: string, rcode: string | null, addresses: readonly string[], t0 = 2, give: Give<'dns_query'> = {}) {
    return this.#keep<Of<'dns_query'>>({
      ...this.base('dns_query', null, null, t0, 9),
      operation: 'dns_query',
      address: '10.20.0.53',
      resolver: '10.20.0.53',
      resolverPort: 53,
      resolverSource: '/etc/resolv.conf:2',
      name,
      type: 'A',
      transport: 'udp',
      rcode,
      truncated: false,
      answers: addresses.map((data) => ({ name, type: 'A', ttl: 60, data })),
      addresses,
      cnames: [],
      ignoredReplies: 0,
      ...give,
    });
  }

  connect(leg: Leg, host: string, address: string, t0 = 14, took = 24, give: Give<'connect'> = {}) {
    return this.#keep<Of<'connect'>>({
      ...this.base('connect', leg, host, t0, took),
      operation: 'connect',
      address,
      host,
      port: 443,
      family: address.includes(':') ? 6 : 4,
      peer: 'target',
      localAddress: '10.20.7.31',
      ...give,
    });
  }

  proxyConnect(leg: Leg, host: string, address: string, t0 = 16, took = 12, give: Give<'proxy_connect'> = {}) {
    return this.#keep<Of<'proxy_connect'>>({
      ...this.base('proxy_connect', leg, host, t0, took),
      operation: 'proxy_connect',
      address,
      protocol: 'http',
      proxyHost: 'proxy.corp.example',
      proxyPort: 3128,
      dialect: 'aclk',
      credentialsSent: false,
      requestedHost: host,
      requestedPort: 443,
      resolveAt: 'proxy',
      rawReply: 'HTTP/1.1 200 Connection established\r\n\r\n',
      bytesAfterHead: 0,
      status: 200,
      headers: [],
      bodyExcerpt: '',
      socksMethod: null,
      socksAuthStatus: null,
      socksReply: null,
      ...give,
    });
  }

  tls(leg: Leg, host: string, address: string, t0 = 38, took = 52, give: Give<'tls_handshake'> = {}) {
    return this.#keep<Of<'tls_handshake'>>({
      ...this.base('tls_handshake', leg, host, t0, took),
      operation: 'tls_handshake',
      address,
      sni: host,
      expectedName: host,
      helloVariant: 'agent',
      helloBytes: 517,
      gotServerBytes: true,
      rawFirstBytes: '',
      protocol: 'TLSv1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
      alert: null,
      chain: [certificate('CN=netdata.cloud', 'C=US, O=Example Trust, CN=Example Trust RSA CA 2'), ISSUER],
      nameMatches: true,
      judgements: [
        { storeId: 'link', trusted: true, errors: [], depth: null },
        { storeId: 'claim', trusted: true, errors: [], depth: null },
      ],
      ...give,
    });
  }

  http(leg: Leg, host: string, address: string, path: string, t0 = 91, took = 61, give: Give<'http_round_trip'> = {}) {
    const status = give.status ?? 200;
    return this.#keep<Of<'http_round_trip'>>({
      ...this.base('http_round_trip', leg, host, t0, took),
      operation: 'http_round_trip',
      address,
      method: 'GET',
      host,
      path,
      dialect: leg === 'claim' ? 'libcurl' : 'aclk',
      rawHead: `HTTP/1.1 ${status} OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n`,
      rawBody: '{}',
      bodyBytes: 2,
      status,
      headers: [
        ['Content-Type', 'application/json'],
        ['Content-Length', '2'],
      ],
      closedAfterMs: null,
      endedBy: 'length',
      receivedAt: '2026-08-30T12:00:03.512Z',
      ...give,
    });
  }

  upgrade(host: string, address: string, t0 = 92, took = 58, give: Give<'websocket_upgrade'> = {}) {
    return this.#keep<Of<'websocket_upgrade'>>({
      ...this.base('websocket_upgrade', 'link', host, t0, took),
      operation: 'websocket_upgrade',
      address,
      host,
      path: '/mqtt',
      dialect: 'aclk',
      key: 'dGhlIHNhbXBsZSBub25jZQ==',
      rawHead: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      bodyExcerpt: '',
      status: 101,
      headers: [
        ['Upgrade', 'websocket'],
        ['Connection', 'Upgrade'],
      ],
      acceptedByRfc: true,
      receivedAt: '2026-08-30T12:00:03.514Z',
      ...give,
    });
  }

  mqtt(host: string, address: string, t0 = 150, took = 44, give: Give<'mqtt_connect'> = {}) {
    return this.#keep<Of<'mqtt_connect'>>({
      ...this.base('mqtt_connect', 'link', host, t0, took),
      operation: 'mqtt_connect',
      address,
      clientId: '6f1c2f9e-5c1d-4c49-9a59-0d6f0d1f4c11',
      reasonCode: 135,
      rawFirstBytes: '\x82\x05 \x03\x00\x87\x00',
      frames: ['1,0,2,0,5'],
      closeCode: null,
      endedBy: 'fin',
      ...give,
    });
  }

  readConfig(path: string, give: Give<'read_config'> = {}) {
    return this.#keep<Of<'read_config'>>({
      ...this.base('read_config', null, null, 0, 1),
      operation: 'read_config',
      path,
      state: 'read',
      problems: [],
      ...give,
    });
  }

  hostNetwork(give: Give<'read_host_network'> = {}) {
    return this.#keep<Of<'read_host_network'>>({
      ...this.base('read_host_network', null, null, 0, 1),
      operation: 'read_host_network',
      resolvers: [{ address: '10.20.0.53', port: 53, source: '/etc/resolv.conf:2' }],
      hostsOverrides: [],
      defaultRoute4: true,
      defaultRoute6: false,
      gateway4: '10.20.0.1',
      gateway6: null,
      ...give,
    });
  }

  environment(give: Give<'read_environment'> = {}) {
    return this.#keep<Of<'read_environment'>>({
      ...this.base('read_environment', null, null, 0, 1),
      operation: 'read_environment',
      source: 'daemon',
      variables: [],
      ...give,
    });
  }
}

export function certificate(subject: string, issuer: string, give: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    subject,
    issuer,
    subjectAltName: 'DNS:netdata.cloud, DNS:*.netdata.cloud',
    notBefore: '2026-06-01T00:00:00.000Z',
    notAfter: '2026-11-30T23:59:59.000Z',
    serialNumber: '0A1B2C3D4E5F',
    fingerprint256: 'a'.repeat(64),
    isCa: false,
    publicKey: 'rsa 2048',
    ...give,
  };
}

const ISSUER = certificate(
  'C=US, O=Example Trust, CN=Example Trust RSA CA 2',
  'C=US, O=Example Trust, CN=Example Root',
  {
    isCa: true,
    subjectAltName: '',
    fingerprint256: 'b'.repeat(64),
  },
);
