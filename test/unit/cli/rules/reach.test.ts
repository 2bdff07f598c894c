/** Connections decide whether rules are in force. */
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { connectEach, unproven, type Reach } from '../../../../src/cli/rules/reach.js';
import { createHostReader } from '../../../../src/cli/host-reader.js';
import { checkAllowList } from '../../../../src/firewall/render.js';
import { list } from '../../firewall/factory.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const reach = (failure: Reach['failure'], more: Partial<Reach> = {}): Reach => ({
  fqdn: 'app.netdata.cloud',
  address: '198.51.100.2',
  family: 4,
  port: 443,
  failure,
  ...more,
});
const V6 = { address: '2001:db8::2', family: 6 } as const;
const texts = (...rows: Reach[]): string[] => unproven({ account: 'netdata', rows }).map((drift) => drift.text);

describe('what connections prove', () => {
  test('one address of a family that answers is enough for it', () => {
    expect(texts(reach(null), reach('generic_timeout_error', { address: '198.51.100.3' }))).toEqual([]);
  });

  test('a family of which no address answers is not proven, whatever the other one does', () => {
    expect(texts(reach(null), reach('generic_timeout_error', V6))).toEqual([
      'app.netdata.cloud was not reached as netdata: [2001:db8::2]:443 generic timeout error',
    ]);
  });

  test('a family that this host has no way for proves nothing, and nothing against it', () => {
    expect(texts(reach(null), reach('network_unreachable', V6))).toEqual([]);
    expect(texts(reach('network_unreachable', V6))).toHaveLength(1);
  });

  test('each port stands by itself', () => {
    expect(texts(reach(null), reach('connection_refused', { port: 8443 }))).toHaveLength(1);
  });
});

test('every address is tried, and only those of the wanted families', async () => {
  const port = await listening();
  const row = { family: 4, source: 'x', ttl: null, expires: null, proven: false } as const;
  const seen = { firstSeen: '2026-01-01T00:00:00.000Z', lastSeen: '2026-01-01T00:00:00.000Z' };
  const address = (cidr: string, family: 4 | 6) => ({ ...row, ...seen, cidr, family });
  const hosts = [
    {
      fqdn: 'proxy.example',
      ports: [port],
      protocol: 'tcp' as const,
      purpose: 'proxy' as const,
      required: true,
      addresses: [address('127.0.0.1/32', 4), address('127.0.0.2/32', 4), address('::1/128', 6)],
    },
  ];
  // Loopback has no place in rules: only a test puts it there.
  const checked = { ...checkAllowList(list([]), []), hosts };
  const { rows } = await connectEach({ user: null }, checked, [4], createHostReader());
  expect(rows.map(({ address: tried, failure }) => [tried, failure])).toEqual([
    ['127.0.0.1', null],
    ['127.0.0.2', 'connection_refused'],
  ]);
});
