import { describe, expect, it } from 'vitest';
import { isSilent, isTelling, silenceOf, tookMs } from '../../../src/trace/silence.js';
import { failure, observation } from './seen.js';

const waited = (ms: number, over = {}) =>
  observation('connect', { t0Ms: 100, tMs: 100 + ms, failure: failure('generic_timeout_error'), ...over });

describe('how long a step took the network', () => {
  it('leaves out the time in which this process did not run', () => {
    expect(tookMs(observation('connect', { t0Ms: 10, tMs: 60 }))).toBe(50);
    expect(tookMs(observation('connect', { t0Ms: 10, tMs: 60, stalledMs: 20 }))).toBe(30);
    expect(tookMs(observation('connect', { t0Ms: 10, tMs: 60, stalledMs: 80 }))).toBe(0);
  });
});

describe('silence', () => {
  it('is no other failure, and no success', () => {
    expect(silenceOf(observation('connect', {}))).toBeNull();
    expect(silenceOf(observation('connect', { failure: failure('connection_refused') }))).toBeNull();
    expect(isSilent(waited(5000))).toBe(true);
  });

  it.each([
    [899, true],
    [900, false],
    [5000, false],
  ])('of %d ms is cut short: %s', (ms, cutShort) => {
    expect(silenceOf(waited(ms))).toEqual({ ms, cutShort, endedBy: 'deadline' });
    expect(isTelling(waited(ms))).toBe(!cutShort);
  });

  it('does not count the time in which this process did not run', () => {
    expect(silenceOf(waited(1000, { stalledMs: 101 }))).toMatchObject({ ms: 899, cutShort: true });
  });

  it('is the whole story where the kernel itself gave up on a connect', () => {
    const gaveUp = observation('connect', { t0Ms: 0, tMs: 5, failure: failure('timed_out') });
    expect(silenceOf(gaveUp)).toEqual({ ms: 5, cutShort: false, endedBy: 'kernel' });
    expect(silenceOf({ ...gaveUp, operation: 'tls_handshake' } as never)).toMatchObject({ endedBy: 'deadline' });
  });
});

describe('what tells something', () => {
  it('is not what was interrupted, nor a failure of our own to look a name up', () => {
    expect(isTelling(observation('connect', { failure: failure('interrupted') }))).toBe(false);
    expect(isTelling(observation('resolve', { failure: failure('unknown_failure') }))).toBe(false);
    expect(isTelling(observation('connect', { failure: failure('unknown_failure') }))).toBe(true);
  });
});
