/** A base URL with http://: the claim goes there unencrypted, as libcurl does. */
import { describe, expect, it } from 'vitest';
import { createTrustSet } from '../../../src/net/trust.js';
import { walk } from '../../../src/probe/walk.js';
import { Secret } from '../../../src/model/secret.js';
import type { Target } from '../../../src/model/target.js';
import type { PlannedRoute } from '../../../src/model/planned.js';
import { testContext } from '../../helpers/net/context.js';
import { tcpServer } from '../../helpers/net/servers.js';

const direct: PlannedRoute = { id: 'direct', route: { kind: 'direct' }, usedBy: [], origin: '', credentials: null };

async function claim(plain: boolean): Promise<{ operations: readonly string[]; request: string }> {
  let request = '';
  const served = await tcpServer((socket) => {
    socket.on('data', (bytes) => {
      request += bytes.toString('latin1');
      socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}');
    });
  });
  const target: Target = {
    id: 'claim',
    host: 'cloud.example.test',
    port: served.port,
    path: '/',
    purpose: 'claim',
    leg: 'claim',
    required: true,
    source: '',
    ...(plain ? { plain: true } : {}),
  };
  const seen = await walk(testContext(), {
    target,
    route: direct,
    address: '127.0.0.1',
    role: { kind: 'path' },
    transactionId: 't1',
    trust: createTrustSet([], ''),
    requestPath: '/api/v1/env',
    holdMs: 0,
    lookup: undefined,
    onStep: () => undefined,
  });
  return { operations: seen.map(({ operation }) => operation), request };
}

type Socks = Extract<PlannedRoute['route'], { kind: 'socks5' }>;

/** The claim of `http://cloud.example.test` through a proxy that answers with these bytes, one after the other. */
async function throughProxy(kind: 'http_connect' | 'socks5', answers: readonly string[]) {
  const requests: string[] = [];
  const served = await tcpServer((socket) => {
    let next = 0;
    socket.on('data', (bytes) => {
      requests.push(bytes.toString('latin1'));
      socket.write(Buffer.from(answers[next++] ?? '', 'latin1'));
    });
  });
  const proxy = { host: '127.0.0.1', port: served.port, credentials: 'present' } as const;
  const socks: Socks = { kind: 'socks5', proxy, resolveAt: 'proxy' };
  const route: PlannedRoute = {
    ...direct,
    id: 'proxied',
    route: kind === 'socks5' ? socks : { kind, proxy },
    credentials: kind === 'socks5' ? null : { user: new Secret('u'), password: new Secret('p@') },
  };
  const target: Target = {
    id: 'claim',
    host: 'cloud.example.test',
    port: 80,
    path: '/',
    purpose: 'claim',
    leg: 'claim',
    required: true,
    source: '',
    plain: true,
  };
  const seen = await walk(testContext(), {
    target,
    route,
    address: null,
    role: { kind: 'path' },
    transactionId: 't1',
    trust: createTrustSet([], ''),
    requestPath: '/api/v1/env',
    holdMs: 0,
    lookup: undefined,
    onStep: () => undefined,
  });
  return { seen, operations: seen.map(({ operation }) => operation), requests };
}

const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}';

describe('the claim of an http:// URL through a proxy', () => {
  it('hands the whole URL to an HTTP proxy, with the login, and asks for no tunnel', async () => {
    const { operations, requests, seen } = await throughProxy('http_connect', [NOT_FOUND]);
    expect(operations).toEqual(['resolve', 'connect', 'http_round_trip']);
    expect(requests).toEqual([
      'GET http://cloud.example.test/api/v1/env HTTP/1.1\r\nHost: cloud.example.test\r\n' +
        'Proxy-Authorization: Basic dTpwQA==\r\nAccept: */*\r\nProxy-Connection: Keep-Alive\r\n\r\n',
    ]);
    expect(seen.at(-1)).toMatchObject({ status: 404, routeId: 'proxied', address: null, failure: null });
  });

  it('goes through a SOCKS proxy as anything else does', async () => {
    const { operations, requests } = await throughProxy('socks5', [
      '\x05\x00',
      '\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00',
      NOT_FOUND,
    ]);
    expect(operations).toEqual(['resolve', 'connect', 'proxy_connect', 'http_round_trip']);
    expect(requests.at(-1)).toMatch(/^GET \/api\/v1\/env HTTP\/1\.1\r\nHost: cloud\.example\.test\r\n/);
  });
});

describe('the claim of an http:// URL', () => {
  it('asks in plain HTTP, with the port in Host', async () => {
    const { operations, request } = await claim(true);
    expect(operations).toEqual(['connect', 'http_round_trip']);
    expect(request).toMatch(/^GET \/api\/v1\/env HTTP\/1\.1\r\nHost: cloud\.example\.test:\d+\r\n/);
  });

  it('its neighbour with https:// begins with TLS', async () => {
    const { operations, request } = await claim(false);
    expect(operations).toEqual(['connect', 'tls_handshake']);
    expect(request).not.toContain('GET');
  });
});
