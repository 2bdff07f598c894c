import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../../src/addresses/address.js';
import { translatedAddress } from '../../../src/addresses/nat64.js';

const none = new Set<string>();

describe('translatedAddress', () => {
  it('reads the well-known prefix by itself', () => {
    expect(translatedAddress('64:ff9b::36c6:b20b', none)).toBe('54.198.178.11');
    expect(translatedAddress('64:ff9b::54.198.178.11', none)).toBe('54.198.178.11');
  });

  it('takes nothing else for a translation without an address that the name has', () => {
    expect(translatedAddress('fd00:64::36c6:b20b', none)).toBeNull();
    expect(translatedAddress('64:ff9b:1::36c6:b20b', none)).toBeNull();
    expect(translatedAddress('64:ff9b:0:0:0:1:36c6:b20b', none)).toBeNull();
    expect(translatedAddress('54.198.178.11', new Set(['54.198.178.11']))).toBeNull();
    expect(translatedAddress('nonsense', none)).toBeNull();
  });

  // The examples of RFC 6052, section 2.4, for 192.0.2.33.
  it.each([
    ['2001:db8:c000:221::'],
    ['2001:db8:1c0:2:21::'],
    ['2001:db8:122:c000:2:2100::'],
    ['2001:db8:122:3c0:0:221::'],
    ['2001:db8:122:344:c0:2:2100::'],
    ['2001:db8:122:344::192.0.2.33'],
  ])('finds 192.0.2.33 in %s', (address) => {
    expect(translatedAddress(address, new Set(['192.0.2.33']))).toBe('192.0.2.33');
    expect(translatedAddress(address, new Set(['192.0.2.34']))).toBeNull();
  });

  it('wants bits 64 to 71 to be zero where the prefix is shorter than 96', () => {
    expect(translatedAddress('2001:db8:122:344:1c0:2:2100::', new Set(['192.0.2.33']))).toBeNull();
  });

  it('finds any address behind any /96', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 96n) - 1n), fc.bigInt(0n, (1n << 32n) - 1n), (prefix, inside) => {
        const ipv4 = formatAddress(4, inside);
        const ipv6 = formatAddress(6, (prefix << 32n) | inside);
        expect(parseAddress(ipv6)?.family).toBe(6);
        expect(translatedAddress(ipv6, new Set([ipv4]))).toBe(ipv4);
      }),
      { seed: 7 },
    );
  });
});
