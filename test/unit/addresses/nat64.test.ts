import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../../src/addresses/address.js';
import { nat64PrefixIn, translatedAddress, WELL_KNOWN } from '../../../src/addresses/nat64.js';

const none = new Set<string>();

/** What the address says by itself, beside an address that the name has. */
function alone(address: string, ipv4: ReadonlySet<string>): string | null {
  const prefix = nat64PrefixIn(address, ipv4);
  return translatedAddress(address, prefix === null ? [WELL_KNOWN] : [WELL_KNOWN, prefix]);
}

describe('addresses of a translator', () => {
  it('reads the well-known prefix by itself', () => {
    expect(alone('64:ff9b::36c6:b20b', none)).toBe('54.198.178.11');
    expect(alone('64:ff9b::54.198.178.11', none)).toBe('54.198.178.11');
  });

  it('takes nothing else for a translation without an address that the name has', () => {
    expect(alone('fd00:64::36c6:b20b', none)).toBeNull();
    expect(alone('64:ff9b:1::36c6:b20b', none)).toBeNull();
    expect(alone('64:ff9b:0:0:0:1:36c6:b20b', none)).toBeNull();
    expect(alone('54.198.178.11', new Set(['54.198.178.11']))).toBeNull();
    expect(alone('nonsense', none)).toBeNull();
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
    expect(alone(address, new Set(['192.0.2.33']))).toBe('192.0.2.33');
    expect(alone(address, new Set(['192.0.2.34']))).toBeNull();
  });

  it('reads other addresses behind a prefix that one address shows', () => {
    const prefix = nat64PrefixIn('2001:db8:122:344:c0:2:2100::', new Set(['192.0.2.33']));
    expect(prefix).not.toBeNull();
    expect(translatedAddress('2001:db8:122:344:c6:3364:700::', prefix === null ? [] : [prefix])).toBe('198.51.100.7');
    expect(translatedAddress('2001:db8:122:345:c6:3364:700::', prefix === null ? [] : [prefix])).toBeNull();
  });

  it('wants bits 64 to 71 to be zero where the prefix is shorter than 96', () => {
    expect(alone('2001:db8:122:344:1c0:2:2100::', new Set(['192.0.2.33']))).toBeNull();
  });

  it('finds any address behind any /96', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 96n) - 1n), fc.bigInt(0n, (1n << 32n) - 1n), (prefix, inside) => {
        const ipv4 = formatAddress(4, inside);
        const ipv6 = formatAddress(6, (prefix << 32n) | inside);
        expect(parseAddress(ipv6)?.family).toBe(6);
        expect(alone(ipv6, new Set([ipv4]))).toBe(ipv4);
      }),
      { seed: 7 },
    );
  });
});
