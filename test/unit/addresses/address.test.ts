import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes, formatAddress, mappedAddress, parseAddress } from '../../../src/addresses/address.js';

/** Any 128 bits, with many zero groups, so that `::` comes up at every place. */
const groups = fc.array(fc.oneof(fc.constant(0), fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });
const value6 = groups.map((all) => all.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n));
/** Near misses: what addresses are made of, in any order. */
const nearMiss = fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcfF:.%/[] ')), maxLength: 24 });

describe('parseAddress', () => {
  it('takes exactly what node:net takes, but for zones', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), nearMiss, fc.string()), (text) => {
        const expected = text.includes('%') ? 0 : isIP(text);
        expect(parseAddress(text)?.family ?? 0).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:',
    ':1:2:3:4:5:6:7',
    ':::',
    '::1::',
    '12345::',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1.2.3',
    '::1.2.3.4.5',
    '::1.2.3.4:5',
    '1.2.3.4::',
    '::01.2.3.4',
    '[::1]',
    '1.2.3.256',
    '1.2.3.00',
    '1..2.3',
    '.1.2.3',
    '1.2.3.',
    '0x1.2.3.4',
    '16909060',
  ])('%s is none', (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  it('reads what it writes, in every spelling of the same bits', () => {
    fc.assert(
      fc.property(value6, (value) => {
        expect(parseAddress(formatAddress(6, value))).toEqual({ family: 6, value });
        const hex = value.toString(16).padStart(32, '0').toUpperCase();
        expect(parseAddress((hex.match(/.{4}/g) ?? []).join(':'))).toEqual({ family: 6, value });
      }),
    );
    fc.assert(
      fc.property(fc.nat(0xffffffff), (n) => {
        expect(parseAddress(formatAddress(4, BigInt(n)))).toEqual({ family: 4, value: BigInt(n) });
      }),
    );
  });

  it('writes as RFC 5952 has it: as the URL parser does', () => {
    fc.assert(
      fc.property(value6, (value) => {
        expect(`[${formatAddress(6, value)}]`).toBe(new URL(`http://[${formatAddress(6, value)}]/`).hostname);
      }),
    );
  });
});

it('bytes are in network order', () => {
  expect(addressBytes({ family: 4, value: 0x0a010203n })).toEqual([10, 1, 2, 3]);
  const sixteen = addressBytes({ family: 6, value: (0x20010db8n << 96n) | 1n });
  expect(sixteen).toEqual([0x20, 1, 0x0d, 0xb8, ...Array<number>(11).fill(0), 1]);
});

it.each([
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['::ffff:a01:203', '10.1.2.3'],
  ['::fffe:a01:203', null],
  ['::10.1.2.3', null],
  ['10.1.2.3', null],
])('%s holds %s', (text, inner) => {
  const address = parseAddress(text);
  const mapped = address === null ? null : mappedAddress(address);
  expect(mapped === null ? null : formatAddress(mapped.family, mapped.value)).toBe(inner);
});
