/** Pieces of wording, each threshold at both of its sides. */
import { describe, expect, it } from 'vitest';
import { agree, hostList, hostsHave, list, ms, quote, sentence, sharingDomain } from '../../../src/diagnose/text.js';

const of = (...hosts: string[]) => ({ subject: { hosts } }) as never;

describe('wording', () => {
  it.each([
    [0, '0.0 ms'],
    [9.94, '9.9 ms'],
    [10, '10 ms'],
    [999.4, '999 ms'],
    [1000, '1.0 s'],
    [9900, '9.9 s'],
    [10_000, '10 s'],
    [89_600, '90 s'],
  ])('%d ms is %s', (value, words) => {
    expect(ms(value)).toBe(words);
  });

  it.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
    [['a', 'b', 'c', 'd'], 'a, b and 2 more'],
    [['a', 'b', 'c', 'd', 'e'], 'a, b and 3 more'],
  ])('the list of %j is "%s"', (items, words) => {
    expect(list(items)).toBe(words);
  });

  it('lists as many as it may', () => {
    expect(list(['a', 'b', 'c'], 2)).toBe('a and 2 more');
    expect(list(['a', 'b'], 2)).toBe('a and b');
  });

  it.each([
    [80, `"${'x'.repeat(80)}"`],
    [81, `"${'x'.repeat(79)}…"`],
  ])('quotes %d characters in at most 80', (long, quoted) => {
    expect(quote('x'.repeat(long))).toBe(quoted);
  });

  it('quotes on one line', () => {
    expect(quote(' a \r\n b ')).toBe('"a b"');
    expect(quote('abcd', 3)).toBe('"ab…"');
  });

  it.each([
    [['api.netdata.cloud'], ['api.netdata.cloud']],
    [
      ['api.netdata.cloud', 'app.netdata.cloud'],
      ['api', 'app.netdata.cloud'],
    ],
    [
      ['a.x.y', 'b.x.y', 'c.x.y'],
      ['a', 'b', 'c.x.y'],
    ],
    [
      ['a.x.y', 'b.x.y', 'c.x.y', 'd.x.y'],
      ['a.x.y', 'b.x.y', 'c.x.y', 'd.x.y'],
    ],
    [
      ['a.com', 'b.com'],
      ['a.com', 'b.com'],
    ],
    [
      ['a.x.y', 'b.x.z'],
      ['a.x.y', 'b.x.z'],
    ],
    [
      ['a.x.y', 'b.c.x.y'],
      ['a.x.y', 'b.c.x.y'],
    ],
  ])('%j share a domain as %j', (hosts, said) => {
    expect(sharingDomain(hosts)).toEqual(said);
  });

  it('agrees with how many there are', () => {
    expect([agree(of('a'), 'does', 'do'), agree(of('a', 'b'), 'does', 'do')]).toEqual(['does', 'do']);
    expect([hostsHave(of('a')), hostsHave(of('a', 'b'))]).toEqual(['a has', 'a and b have']);
    expect([hostList(of()), hostList(of(), 'nobody')]).toEqual(['the cloud', 'nobody']);
  });

  it('leaves out what does not apply', () => {
    expect(sentence('a', null, undefined, false, '', ['b', ''])).toEqual(['a', 'b']);
  });
});
