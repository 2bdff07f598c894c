/** A base URL with http://: the claim goes there unencrypted, as libcurl does. */
import { describe, expect, it } from 'vitest';
import { createTrustSet } from '../../../src/net/trust.js';
import { walk } from '../../../src/probe/walk.js';
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
