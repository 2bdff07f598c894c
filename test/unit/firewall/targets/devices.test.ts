/** What device and proxy targets do at their limits: proxies, families, long names, other ports. */
import { describe, expect, test } from 'vitest';
import { findTarget } from '../../../../src/firewall/registry.js';
import { checkAllowList } from '../../../../src/firewall/render.js';
import { RefusalError, type CheckedAllowList } from '../../../../src/firewall/core/target.js';
import { host, LAB_RANGES, list, usual } from '../factory.js';
import { render } from './artefacts.js';
import { complaints } from '../../../oracles/registry.js';

const BY_NAME = [
  'vyos',
  'cisco-asa',
  'cisco-fmc',
  'juniper-srx',
  'palo-alto',
  'fortigate',
  'pfsense',
  'opnsense',
  'check-point',
];
const PROXIES = ['haproxy', 'zscaler', 'netskope', 'bluecoat'];
/** Longest name of an object of ours. */
const LIMITS: Readonly<Record<string, number>> = {
  'cisco-asa': 64,
  'cisco-fmc': 64,
  'juniper-srx': 63,
  'palo-alto': 63,
  fortigate: 63,
};

function proxy(name: string, addresses: readonly string[] = []): CheckedAllowList {
  return checkAllowList(list([host(name, addresses, { purpose: 'proxy', ports: [3128] })]), LAB_RANGES);
}

function reason(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof RefusalError) return error.reason;
    throw error;
  }
}

describe.each(BY_NAME)('%s', (id) => {
  const target = findTarget(id);
  const text = (of: CheckedAllowList, request: object = {}): string => {
    const files = render(target, of, request);
    expect(complaints(target.id, files)).toEqual([]);
    return files
      .filter((file) => file.role !== 'note')
      .map((file) => file.content)
      .join('');
  };

  test('reaches a proxy by its name, and nothing else', () => {
    const made = text(proxy('proxy.example.org'));
    expect(made).toContain('proxy.example.org');
    expect(made).toContain('3128');
    expect(made).not.toMatch(/netdata\.cloud tcp|443\b(?!001)/);
  });

  test.each(['198.51.100.9', '2001:db8::9'])('reaches a proxy written as %s by that address', (address) => {
    expect(text(proxy(address, [address]))).toContain(address);
  });

  test('refuses a proxy without a domain by name, and takes it by address', () => {
    expect(reason(() => render(target, proxy('proxy', ['198.51.100.9'])))).toBe('names_not_supported');
    expect(text(proxy('proxy', ['198.51.100.9']), { settings: { match: 'addresses' } })).toContain('198.51.100.9');
  });

  test('leaves one family of a name out, or refuses to', () => {
    const refused = reason(() => render(target, usual(), { families: [4] }));
    if (refused !== null) expect(refused).toBe('family_not_supported');
    else
      expect(text(usual(), { families: [4] })).toMatch(
        /fqdn v4|ipv4-only|IPV4_ONLY|unset dstaddr6|^set firewall ipv4 (?![^]*^set firewall ipv6)/m,
      );
    expect(text(usual(), { families: [4], settings: { match: 'addresses' } })).not.toContain('2001:db8');
  });

  test('tells which optional name it leaves out for want of an address', () => {
    const of = checkAllowList(
      list([host('app.netdata.cloud', ['198.51.100.2']), host('get.netdata.cloud', [], { required: false })]),
      LAB_RANGES,
    );
    const files = render(target, of, { settings: { match: 'addresses' } });
    expect(files.map((file) => file.content).join('')).toContain('no address is known: get.netdata.cloud');
    expect(complaints(target.id, files)).toEqual([]);
  });

  test('keeps names of objects apart and within the limit', () => {
    const label = 'a'.repeat(60);
    const names = [`${label}.${label}.x.example.org`, `${label}.${label}.y.example.org`];
    const made = text(checkAllowList(list(names.map((name) => host(name, ['198.51.100.2']))), LAB_RANGES));
    for (const name of names) expect(made).toContain(name);
    const limit = LIMITS[id];
    if (limit === undefined) return;
    const objects = new Set(made.match(/nd-allow6?-a[a-z0-9_-]*/g));
    expect(objects.size).toBeGreaterThanOrEqual(2);
    for (const object of objects) expect(object.length).toBeLessThanOrEqual(limit);
  });

  test('does not change with the addresses of a name', () => {
    const other = checkAllowList(
      list(usual().hosts.map((row) => host(row.fqdn, ['203.0.113.1'], { purpose: row.purpose }))),
      LAB_RANGES,
    );
    expect(text(other)).toBe(text(usual()));
  });
});

test.each(PROXIES)('%s refuses to be reached through a proxy', (id) => {
  expect(reason(() => render(id, proxy('proxy.example.org')))).toBe('proxy_not_supported');
});

test('IOS-XE needs addresses, and lets replies of exactly those destinations back in', () => {
  const bare = checkAllowList(list([host('app.netdata.cloud', [])]), LAB_RANGES);
  expect(reason(() => render('cisco-ios-xe', bare))).toBe('addresses_missing');
  const made = render('cisco-ios-xe')[0]?.content ?? '';
  expect(made).toContain('permit tcp object-group nd-allow eq 443 any established');
  expect(made).toContain('permit tcp host 2001:db8::2 eq 443 any established sequence');
  expect(reason(() => render('cisco-ios-xe', usual(), { settings: { source: 'AGENTS' } }))).toBe(
    'family_not_supported',
  );
});

test.each(['zscaler', 'netskope'])('a list of %s has no ports', (id) => {
  const of = checkAllowList(list([host('app.netdata.cloud', [], { ports: [8443] })]), LAB_RANGES);
  expect(reason(() => render(id, of))).toBe('not_expressible');
});

test('settings that exclude or contradict each other are refused', () => {
  const both = { vsys: 'vsys1', 'device-group': 'DG' };
  expect(reason(() => render('palo-alto', usual(), { settings: both }))).toBe('not_expressible');
  expect(reason(() => render('haproxy', usual(), { settings: { bind: '999.1.1.1' } }))).toBe('not_expressible');
  expect(reason(() => render('bluecoat', usual(), { settings: { src: '10.0.0.0/33' } }))).toBe('not_expressible');
  expect(() => render('fortigate', usual(), { settings: { 'cache-ttl': '86401' } })).toThrow(/cannot be used/);
  expect(() => render('juniper-srx', usual(), { settings: { before: 'nd-allow' } })).toThrow(/cannot be used/);
});
