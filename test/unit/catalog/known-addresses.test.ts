import { describe, expect, test } from 'vitest';
import { currentAddressesOf, KNOWN_ADDRESSES, newestOf, retiredAddress } from '../../../src/catalog/known-addresses.js';
import { header } from '../../../src/firewall/core/header.js';
import { completeOptions } from '../../../src/firewall/render.js';
import { findTarget } from '../../../src/firewall/registry.js';
import { host, list } from '../firewall/factory.js';
import { compareLive } from '../../../src/firewall/live/compare.js';
import { checkAllowList } from '../../../src/firewall/render.js';

const LAST = ['54.198.178.11', '44.207.131.212', '44.196.50.41'];

describe('published addresses', () => {
  test('the last list was withdrawn; it is still the newest that there is', () => {
    expect(currentAddressesOf('app.netdata.cloud')).toEqual(LAST);
    expect(newestOf('app.netdata.cloud').map((entry) => entry.until)).toEqual(LAST.map(() => '2024-12-16'));
    expect(KNOWN_ADDRESSES.every((entry) => entry.until === null || entry.until > entry.since)).toBe(true);
  });

  test('a list in force outweighs one that was withdrawn', () => {
    const mine = { address: '192.0.2.1', hosts: ['app.netdata.cloud'], since: '2026-01-01', until: null, source: 'x' };
    expect(currentAddressesOf('app.netdata.cloud', [...KNOWN_ADDRESSES, mine])).toEqual(['192.0.2.1']);
  });

  test('an address of an earlier list is retired, one of the last list is not', () => {
    expect(retiredAddress('35.196.244.138')?.until).toBe('2021-11-01');
    expect(LAST.map((address) => retiredAddress(address))).toEqual([null, null, null]);
  });

  test('a rule that still holds a retired address is named as such', () => {
    const target = findTarget('nftables');
    const options = completeOptions(target, { toolVersion: '0' });
    const wanted = checkAllowList(list([host('app.netdata.cloud', ['198.51.100.2'])]), ['198.51.100.0/24']);
    const entry = (cidr: string) => ({ family: 4 as const, cidr, ports: '443' });
    const live = {
      present: true,
      target: 'nftables',
      running: true,
      revision: null,
      entries: [entry('198.51.100.2/32'), entry('35.196.244.138/32'), entry('192.0.2.7/32')],
      hooks: [],
      problems: [],
    };
    const texts = compareLive(wanted, options, live, wanted.createdAt).map((drift) => drift.text);
    expect(texts.filter((text) => text.includes('left this address'))).toEqual([
      expect.stringContaining('35.196.244.138/32'),
    ]);
  });

  test('the header says how old a list is, in whole years, and nothing of a fresh one', () => {
    const target = findTarget('nftables');
    const options = completeOptions(target, { toolVersion: '0' });
    const aged = (lastSeen: string) => {
      const fresh = list([host('app.netdata.cloud', ['198.51.100.2'])]);
      const hosts = fresh.hosts.map((row) => ({
        ...row,
        addresses: row.addresses.map((address) => ({ ...address, lastSeen })),
      }));
      return header(target, { ...fresh, hosts, createdAt: '2026-11-30T00:00:00.000Z' }, options);
    };
    expect(aged('2021-11-01T00:00:00.000Z')).toContain('last confirmed 2021-11-01: 5 years old.');
    expect(aged('2025-11-29T00:00:00.000Z')).toContain('1 year old.');
    expect(aged('2025-12-01T00:00:00.000Z')).not.toContain('old.');
  });
});
