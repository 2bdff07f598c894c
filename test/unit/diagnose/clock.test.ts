/** This host's clock against the Date headers of peers: how far apart is too far, and who is believed. */
import { describe, expect, it } from 'vitest';
import { readClock } from '../../../src/diagnose/evidence/clock.js';
import { certificate, trustedBy, untrusted } from '../../helpers/observations.js';
import { observation } from '../trace/seen.js';
import { ADDRESS, ENV_ANSWER, healthy, HOST, tell, world, type World } from './world.js';

const AT = '2026-01-01T00:00:00.000Z';
const tls = (over: object = {}) =>
  observation('tls_handshake', { chain: [certificate()], judgements: trustedBy('system'), nameMatches: true, ...over });
const read = (headers: Record<string, string>, over: { tls?: unknown; receivedAt?: string | null } = {}) => {
  const http = observation('http_round_trip', {
    headers: Object.entries(headers),
    receivedAt: over.receivedAt === undefined ? AT : over.receivedAt,
  });
  return readClock([{ http, ws: null, tls: over.tls === undefined ? tls() : over.tls } as never]);
};

describe('a Date header', () => {
  const DATE = 'Thu, 01 Jan 2026 00:01:00 GMT';
  it('is how far ahead the peer is', () => {
    expect(read({ Date: DATE })).toMatchObject([{ aheadMs: 60_000, genuine: true }]);
    expect(read({ Date: 'Wed, 31 Dec 2025 23:59:00 GMT' })).toMatchObject([{ aheadMs: -60_000 }]);
  });

  it.each([
    ['from a cache', { Date: DATE, Age: '31' }, 0],
    ['fresh from a cache', { Date: DATE, Age: '30' }, 1],
    ['not of HTTP', { Date: '2026-01-01T00:01:00Z' }, 0],
    ['of no day', { Date: 'Thu, 41 Jan 2026 00:01:00 GMT' }, 0],
    ['missing', {}, 0],
  ] as const)('%s', (_, headers, count) => {
    expect(read(headers)).toHaveLength(count);
  });

  it('needs a time of ours', () => {
    expect(read({ Date: DATE }, { receivedAt: null })).toEqual([]);
    expect(read({ Date: DATE }, { receivedAt: 'x' })).toEqual([]);
  });

  it.each([
    [tls(), true],
    [tls({ judgements: untrusted('CERT_HAS_EXPIRED') }), true],
    [tls({ judgements: untrusted('CERT_HAS_EXPIRED'), nameMatches: null }), false],
    [tls({ judgements: untrusted('SELF_SIGNED_CERT_IN_CHAIN') }), false],
    [tls({ judgements: untrusted('CERT_HAS_EXPIRED'), chain: [] }), false],
    [null, false],
  ])('is believed by its certificate, dates aside (row %#)', (seen, genuine) => {
    expect(read({ Date: DATE }, { tls: seen })).toMatchObject([{ genuine }]);
  });
});

describe('a clock that is off', () => {
  const off = (seconds: number): World => {
    const run = healthy();
    const env = run.seen.on({ leg: 'env', host: HOST.env });
    const way = env.connectOk(ADDRESS.env);
    env.tlsOk(way, { judgements: trustedBy('claim', 'link', 'system') });
    const date = new Date(Date.parse(AT) + seconds * 1000).toUTCString();
    env.httpAnswer(
      way,
      { ...ENV_ANSWER, head: ENV_ANSWER.head.replace('\r\n\r\n', `\r\nDate: ${date}\r\n\r\n`) },
      {
        receivedAt: AT,
      },
    );
    return run;
  };
  it.each([
    [60, null],
    [61, '1 minutes slow'],
    [-60, null],
    [-61, '1 minutes fast'],
    [7199, '120 minutes slow'],
    [7200, '2 hours slow'],
    [172_799, '48 hours slow'],
    [172_800, '2 days slow'],
  ])('by %d s: %s', (seconds, words) => {
    const titles = tell(off(seconds))
      .found.filter(({ id }) => id === 'host.clock_skew')
      .map(({ title }) => title);
    expect(titles).toEqual(words === null ? [] : [`This host's clock is ${words}`]);
  });
  it('is none at all without a world', () => {
    expect(tell(world()).ids).not.toContain('host.clock_skew');
  });
});
