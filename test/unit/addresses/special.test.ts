import { BlockList, isIP } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressKind, isPrivate, isThisHost } from '../../../src/addresses/special.js';

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
