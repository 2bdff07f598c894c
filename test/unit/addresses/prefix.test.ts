import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  covers,
  formatAddress,
  formatPrefix,
  mergeCidrs,
  mergePrefixes,
  parsePrefix,
  tryParsePrefix,
  type Prefix,
} from '../../../src/firewall/core/cidr.js';
import { cpuMs } from '../../helpers/cpu.js';

/** Clustered, so that merges, overlaps and neighbours really happen. */
const prefix4 = fc
  .record({
    base: fc.constantFrom(0, 0xc6336400, 0xffffff00, 0x7fffffff),
    offset: fc.nat(1023),
    length: fc.integer({ min: 20, max: 32 }),
  })
  .map(({ base, offset, length }) => `${formatAddress(4, BigInt((base + offset) % 2 ** 32))}/${String(length)}`);
const prefix6 = fc
  .record({
    base: fc.constantFrom(0x20010db8n << 96n, (1n << 128n) - 1024n, 0x2606n << 112n),
    offset: fc.nat(1023),
    shift: fc.constantFrom(0n, 64n, 90n),
    length: fc.integer({ min: 24, max: 128 }),
  })
  .map(({ base, offset, shift, length }) => {
    const value = (base + (BigInt(offset) << shift)) % (1n << 128n);
    return `${formatAddress(6, value)}/${String(length)}`;
  })
  .filter((text) => !('problem' in tryParsePrefix(text, 'mask')));

function python(cases: readonly (readonly string[])[]): string[][] {
  const script =
    'import sys,json,ipaddress as i\n' +
    'def m(c):\n' +
    '  n=[i.ip_network(x,strict=False) for x in c]\n' +
    '  return [str(x) for f in (4,6) for x in i.collapse_addresses(sorted(y for y in n if y.version==f))]\n' +
    'json.dump([m(c) for c in json.load(sys.stdin)],sys.stdout)\n';
  const stdout = execFileSync('python3', ['-c', script], { input: JSON.stringify(cases), maxBuffer: 1 << 28 });
  return JSON.parse(stdout.toString()) as string[][];
}

const have = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((dir) => existsSync(`${dir}/${program}`));

describe('strict parsing', () => {
  test.each([
    '',
    ' ',
    '1.2.3.4/',
    '1.2.3.4/-1',
    '1.2.3.4/+8',
    '1.2.3.4/33',
    '1.2.3.4/08',
    '1.2.3.4/8 ',
    ' 1.2.3.4',
    '1.2.3',
    '1.2.3.4.5',
    '300.1.1.1',
    '010.0.0.1',
    '0x7f.0.0.1',
    '1.2.3.4/255.255.255.0',
    '1.2.3.4//8',
    '::ffff:1.2.3.4',
    '::ffff:102:304',
    '::ffff:0:0/96',
    'fe80::1%eth0',
    '2001:db8::/129',
    '2001:db8::/',
    '2001:db8::g',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    ':::',
    '-n',
    'localhost',
    '1.2.3.4\n',
    '1.2.3.4/8\n',
    '１.2.3.4',
    '198.51.100.7/24',
    '2001:db8::1/32',
    '*',
    '0',
  ])('%j is refused', (text) => {
    expect(tryParsePrefix(text)).toHaveProperty('problem');
  });

  test('bits behind the length are named with both readings', () => {
    expect(() => parsePrefix('198.51.100.7/24')).toThrow(/198\.51\.100\.0\/24 or 198\.51\.100\.7/);
  });

  test('every IPv6 spelling that Python writes or reads comes out as RFC 5952 text', () => {
    const values = fc.sample(fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 }), 2000);
    const spellings = values
      .map((groups) => groups.map((group) => group.toString(16)).join(':'))
      .filter((t) => !t.startsWith('0:0:0:0:0:ffff'));
    const expected = python(spellings.map((text) => [text]));
    expect(spellings.map((text) => [formatPrefix(parsePrefix(text))])).toEqual(expected);
  });

  test('text round-trips', () => {
    fc.assert(
      fc.property(fc.oneof(prefix4, prefix6), (text) => {
        const prefix = parsePrefix(text, 'mask');
        expect(parsePrefix(formatPrefix(prefix))).toEqual(prefix);
      }),
    );
  });
});

describe('aggregation', () => {
  const cases = fc.sample(fc.array(fc.oneof(prefix4, prefix6), { maxLength: 60 }), 800);

  test('is what Python makes of it', () => {
    expect(cases.map((texts) => mergeCidrs(texts))).toEqual(python(cases));
  });

  test.skipIf(!have('iprange'))('is what iprange makes of it', () => {
    // The very last addresses are left out: there iprange counts past the end and prints the complement.
    const within = (text: string): boolean => !text.includes(':') && !text.startsWith('255.') && !text.endsWith('/0');
    for (const texts of cases.map((row) => row.filter(within)).slice(0, 60)) {
      if (texts.length === 0) continue;
      // Only checked input goes in: iprange resolves whatever it takes for a name.
      const out = execFileSync('iprange', ['-'], { input: `${texts.join('\n')}\n` }).toString();
      const lines = out
        .split('\n')
        .filter(Boolean)
        .map((line) => (line.includes('/') ? line : `${line}/32`));
      expect(mergeCidrs(texts)).toEqual(lines);
    }
  });

  test('is idempotent, independent of order, disjoint and exact', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(prefix4, prefix6), { maxLength: 40 }), fc.integer(), (texts, seed) => {
        const once = mergeCidrs(texts);
        expect(mergeCidrs(once)).toEqual(once);
        const shuffled = texts
          .map((text, i) => ({ text, key: Math.imul(i + 1, seed | 1) }))
          .sort((a, b) => a.key - b.key);
        expect(mergeCidrs(shuffled.map((row) => row.text))).toEqual(once);
        const merged = once.map((text) => parsePrefix(text));
        for (const text of texts)
          expect(merged.filter((outer) => covers(outer, parsePrefix(text, 'mask')))).toHaveLength(1);
        merged.forEach((a, i) => merged.slice(i + 1).forEach((b) => expect(covers(a, b) || covers(b, a)).toBe(false)));
      }),
    );
  });

  test('the whole of each family stays one prefix', () => {
    expect(mergeCidrs(['0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1'])).toEqual(['0.0.0.0/0', '::/0']);
  });

  test('a hundred thousand prefixes need well under a second', async () => {
    const prefixes: Prefix[] = [];
    for (let i = 0; i < 100_000; i++)
      prefixes.push({ family: 4, first: BigInt(Math.imul(i, 2_654_435_761) >>> 0) & ~3n, length: 30 });
    // The ratio to iprange is printed by the benchmark.
    expect(await cpuMs(() => mergePrefixes(prefixes))).toBeLessThan(1000);
  });
});
