/** Small builders for allow lists of documentation addresses. */
import type { AllowList, AllowListHost } from '../../../src/model/allow-list.js';
import { checkAllowList } from '../../../src/firewall/render.js';
import type { CheckedAllowList } from '../../../src/firewall/core/target.js';

export const NOW = '2026-11-22T20:00:00.000Z';
/** Documentation ranges stand for public addresses in tests. */
export const LAB_RANGES = ['198.51.100.0/24', '203.0.113.0/24', '192.0.2.0/24', '2001:db8::/32'];

export function host(fqdn: string, addresses: readonly string[], more: Partial<AllowListHost> = {}): AllowListHost {
  return {
    fqdn,
    ports: [443],
    protocol: 'tcp',
    purpose: 'link',
    required: true,
    addresses: addresses.map((address) => ({
      cidr: address,
      family: address.includes(':') ? 6 : 4,
      source: '192.0.2.53',
      ttl: 60,
      firstSeen: NOW,
      lastSeen: NOW,
      expires: '2026-11-22T21:00:00.000Z',
      proven: false,
    })),
    ...more,
  };
}

export function list(hosts: readonly AllowListHost[], more: Partial<AllowList> = {}): AllowList {
  return {
    schema: 'netdata-egress/allow-list',
    version: 1,
    createdAt: NOW,
    hosts,
    resolvers: ['192.0.2.53', '2001:db8::53'],
    rejected: [],
    ...more,
  };
}

/** The usual three names on two addresses of each family. */
export function usual(more: Partial<AllowList> = {}): CheckedAllowList {
  return checkAllowList(
    list(
      [
        host('app.netdata.cloud', ['198.51.100.2', '198.51.100.3', '2001:db8::2'], { purpose: 'claim' }),
        host('api.netdata.cloud', ['198.51.100.3', '2001:db8::3']),
        host('mqtt.netdata.cloud', ['198.51.100.10', '2001:db8::2']),
      ],
      more,
    ),
    LAB_RANGES,
  );
}
