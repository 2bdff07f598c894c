import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  NEWEST_RELEASE,
  compareVersions,
  isNewerThanKnown,
  parseVersion,
  ruleChanges,
  rulesFor,
} from '../../../src/agent/versions.js';
import type { RuleName } from '../../../src/agent/versions.js';

describe('parseVersion', () => {
  it.each([
    ['v2.10.3', 2, 10, 3, null],
    ['2.11.0-84-nightly', 2, 11, 0, 84],
    ['v2.11.0-84-g04b1cf5', 2, 11, 0, 84],
    ['2.10.3+deb12u1', 2, 10, 3, null],
    ['1.47', 1, 47, 0, null],
  ])('%s', (text, major, minor, patch, nightly) => {
    expect(parseVersion(text)).toEqual({ major, minor, patch, nightly });
  });
  it.each(['', 'nightly', '2', '2.x', '2.10.3 or so', '-1.2.3'])('%j is none', (text) => {
    expect(parseVersion(text)).toBeNull();
  });
});

describe('rules by version', () => {
  it.each<[RuleName, string, unknown, string, unknown]>([
    ['linkUsesSocks', '2.9.0', false, '2.10.0', true],
    ['linkUsesSocks', '2.9.0-134-nightly', false, '2.9.0-135-nightly', true],
    ['linkReadsHttpsProxy', '2.2.6', false, '2.3.0', true],
    ['linkDecodesProxyCredentials', '2.2.6', false, '2.3.0', true],
    ['linkHonoursInsecure', '2.2.6', false, '2.3.0', true],
    ['proxyFrozenBeforeClaim', '2.2.6', false, '2.3.0', true],
    ['claimProxyDefault', '2.0.3', 'none', '2.1.0', 'env'],
    ['honoursEnabled', '1.47.5', true, '2.0.0', false],
    ['mayLackCloud', '1.47.5', true, '1.99.0', false],
    ['claimsByItself', '1.47.5', false, '2.0.0', true],
    ['urlKey', '1.47.5', 'cloud base url', '2.0.0', 'url'],
    ['linkChecksName', '2.10.4', false, '2.11.0', true],
    ['linkChecksName', '2.10.0-138-nightly', false, '2.10.0-139-nightly', true],
    ['httpsLegsCheckName', '2.11.0', false, '2.11.0-20-nightly', true],
    ['httpsLegsCheckName', '2.11.0-19-nightly', false, '2.12.0', true],
    ['connackBudget', '2.11.0-40-nightly', false, '2.11.0-41-nightly', true],
    ['putsLineEndsTogether', '2.10.4', false, '2.11.0', true],
    ['extraOptsInsecure', '2.10.4', 'without_the_word', '2.11.0', 'the_word'],
  ])('%s: %s is %s, %s is %s', (rule, before, old, after, current) => {
    expect(rulesFor(before)[rule]).toBe(old);
    expect(rulesFor(after)[rule]).toBe(current);
  });

  it('takes a later patch release for older than a nightly that forked before it', () => {
    expect(rulesFor('2.10.4').extraOptsInsecure).toBe('without_the_word');
    expect(rulesFor('2.10.0-745-nightly').extraOptsInsecure).toBe('the_word');
  });

  it('assumes the newest release for what is no version', () => {
    expect(rulesFor('unknown')).toEqual(rulesFor(NEWEST_RELEASE.version));
  });

  it('knows what it does not know', () => {
    expect(isNewerThanKnown('2.11.0-84-nightly')).toBe(false);
    expect(isNewerThanKnown('2.12.0')).toBe(true);
  });

  it('names every rule once, with a release', () => {
    const changes = ruleChanges();
    expect(new Set(changes.map(({ rule }) => rule)).size).toBe(changes.length);
    for (const { since, title } of changes) {
      expect(parseVersion(since)).not.toBeNull();
      expect(title).not.toBe('');
    }
  });
});

it('orders versions totally', () => {
  const version = fc.record({
    major: fc.nat(3),
    minor: fc.nat(20),
    patch: fc.nat(5),
    nightly: fc.option(fc.integer({ min: 1, max: 900 }), { nil: null }),
  });
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(compareVersions(a, b)).toBe(0 - compareVersions(b, a));
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
        expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});
