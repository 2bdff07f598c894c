import { BlockList, isIP } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPrefix, formatShort } from '../../../src/addresses/prefix.js';
import { addressKind, isPrivate, isThisHost, SPECIAL_RANGES } from '../../../src/addresses/special.js';

describe('addressKind', () => {
  it.each([
    ['54.198.178.11', 'global'],
    ['0.0.0.0', 'unspecified'],
    ['127.0.0.53', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'global'],
    ['100.64.0.1', 'shared'],
    ['169.254.169.254', 'link_local'],
    ['192.0.2.1', 'documentation'],
    ['239.1.1.1', 'multicast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::ffff:10.0.0.1', 'mapped'],
    ['64:ff9b::36c6:b20b', 'translated'],
    ['fd00::1', 'private'],
    ['fe80::1', 'link_local'],
    ['2600:1f18::1', 'global'],
    ['2001:db8::1', 'documentation'],
    ['010.0.0.1', 'invalid'],
    ['1.2.3', 'invalid'],
    ['1.2.3.4.5', 'invalid'],
    ['fe80::1%eth0', 'invalid'],
    ['1::2::3', 'invalid'],
    ['', 'invalid'],
    ['example.com', 'invalid'],
  ])('%s is %s', (address, kind) => {
    expect(addressKind(address)).toBe(kind);
  });

  it('agrees with node:net on what an address is and on the private ranges', () => {
    const lists = new BlockList();
    lists.addSubnet('10.0.0.0', 8);
    lists.addSubnet('172.16.0.0', 12);
    lists.addSubnet('192.168.0.0', 16);
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        expect(addressKind(address) !== 'invalid').toBe(isIP(address) !== 0);
        if (isIP(address) === 4) expect(addressKind(address) === 'private').toBe(lists.check(address, 'ipv4'));
      }),
    );
  });

  it('never throws on foreign text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(isThisHost(text) && isPrivate(text)).toBe(false);
      }),
    );
  });
});

describe('the edges of the special ranges', () => {
  it.each([
    ['unspecified', '0.0.0.0', '0.255.255.255', 'global', '1.0.0.0'],
    ['private', '10.0.0.0', '10.255.255.255', 'global', '11.0.0.0'],
    ['shared', '100.64.0.0', '100.127.255.255', 'global', '100.128.0.0'],
    ['loopback', '127.0.0.0', '127.255.255.255', 'global', '128.0.0.0'],
    ['link_local', '169.254.0.0', '169.254.255.255', 'global', '169.255.0.0'],
    ['private', '172.16.0.0', '172.31.255.255', 'global', '172.32.0.0'],
    ['reserved', '192.0.0.0', '192.0.0.255', 'global', '192.0.1.0'],
    ['documentation', '192.0.2.0', '192.0.2.255', 'global', '192.0.3.0'],
    ['reserved', '192.88.99.0', '192.88.99.255', 'global', '192.88.100.0'],
    ['private', '192.168.0.0', '192.168.255.255', 'global', '192.169.0.0'],
    ['benchmarking', '198.18.0.0', '198.19.255.255', 'global', '198.20.0.0'],
    ['documentation', '198.51.100.0', '198.51.100.255', 'global', '198.51.101.0'],
    ['documentation', '203.0.113.0', '203.0.113.255', 'global', '203.0.114.0'],
    ['multicast', '224.0.0.0', '239.255.255.255', 'reserved', '240.0.0.0'],
    ['reserved', '240.0.0.0', '255.255.255.255', 'global', '223.255.255.255'],
    ['unspecified', '::', '::', 'loopback', '::1'],
    ['reserved', '::2', '::ffff:ffff', 'global', '::1:0:0'],
    ['mapped', '::ffff:0:0', '::ffff:ffff:ffff', 'global', '::1:0:0:0'],
    ['translated', '64:ff9b::', '64:ff9b::ffff:ffff', 'global', '64:ff9b::1:0:0'],
    ['translated', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff', 'global', '64:ff9b:2::'],
    ['discard', '100::', '100::ffff:ffff:ffff:ffff', 'global', '100:0:0:1::'],
    ['reserved', '2001::', '2001:0:ffff:ffff:ffff:ffff:ffff:ffff', 'global', '2001:1::'],
    ['benchmarking', '2001:2::', '2001:2:0:ffff:ffff:ffff:ffff:ffff', 'global', '2001:2:1::'],
    ['reserved', '2001:10::', '2001:2f:ffff:ffff:ffff:ffff:ffff:ffff', 'global', '2001:30::'],
    ['documentation', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', 'global', '2001:db9::'],
    ['reserved', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'global', '2003::'],
    ['documentation', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', 'global', '3fff:1000::'],
    ['reserved', '5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'global', '5f01::'],
    ['private', 'fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'global', 'fe00::'],
    ['link_local', 'fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'private', 'fec0::'],
    ['private', 'fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'multicast', 'ff00::'],
    ['multicast', 'ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'global', 'fbff::'],
  ])('%s: from %s to %s; %s: %s', (kind, first, last, other, outside) => {
    expect([addressKind(first), addressKind(last), addressKind(outside)]).toEqual([kind, kind, other]);
  });

  it('are named by the most specific range that has them', () => {
    const name = (address: string) =>
      SPECIAL_RANGES.find(({ prefix }) => addressKind(address) !== 'global' && formatShort(prefix) === address)?.name;
    expect(name('0.0.0.0')).toBe('the unspecified address, used by DNS filters');
    expect(name('255.255.255.255')).toBe('limited broadcast');
    expect(SPECIAL_RANGES[0]?.prefix.length).toBe(128);
    expect(SPECIAL_RANGES.at(-1)?.prefix.length).toBe(4);
  });

  it('say which can never be a service elsewhere', () => {
    const never = SPECIAL_RANGES.filter((range) => range.never).map(({ prefix }) => formatPrefix(prefix));
    expect(never.toSorted()).toEqual([
      '0.0.0.0/32',
      '0.0.0.0/8',
      '100::/64',
      '127.0.0.0/8',
      '169.254.0.0/16',
      '224.0.0.0/4',
      '255.255.255.255/32',
      '::/128',
      '::/96',
      '::1/128',
      'fe80::/10',
      'ff00::/8',
    ]);
  });

  it.each([
    ['0.0.0.0', true, false],
    ['127.0.0.1', true, false],
    ['::1', true, false],
    ['10.0.0.1', false, true],
    ['100.64.0.1', false, true],
    ['fe80::1', false, true],
    ['8.8.8.8', false, false],
  ])('%s: this host %s, inside a site %s', (address, own, inside) => {
    expect([isThisHost(address), isPrivate(address)]).toEqual([own, inside]);
  });
});
