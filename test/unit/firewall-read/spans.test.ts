/** Spans, clocks and packets of the reader of rules, each limit at both of its sides. */
import { describe, expect, it } from 'vitest';
import { inClock } from '../../../src/firewall/read/clock.js';
import {
  answerTo,
  connState,
  DEFAULT_EPHEMERAL,
  laterAnswer,
  laterOf,
  requestOf,
  type Flow,
} from '../../../src/firewall/read/flow.js';
import { bitsOf, fieldOf } from '../../../src/firewall/read/nft-values.js';
import {
  addressOf,
  and,
  isPoint,
  not,
  or,
  point,
  prefixSpan,
  spanOf,
  SpanIndex,
  within,
} from '../../../src/firewall/read/spans.js';

const N = (text: string) => addressOf(text) as number;

describe('three-valued logic', () => {
  it.each([
    [true, true, true, true],
    [true, false, false, true],
    [false, false, false, false],
    [true, null, null, true],
    [false, null, false, null],
    [null, null, null, null],
  ])('%s, %s: and %s, or %s', (a, b, both, either) => {
    expect([and(a, b), and(b, a), or(a, b), or(b, a)]).toEqual([both, both, either, either]);
  });
  it('turns what it knows', () => {
    expect([not(true), not(false), not(null)]).toEqual([false, true, null]);
  });
});

describe('a span', () => {
  it.each([
    [5, 5, true],
    [9, 9, true],
    [4, 4, false],
    [10, 10, false],
    [4, 5, null],
    [9, 10, null],
    [5, 9, true],
    [1, 20, null],
  ])('%d to %d lies within 5 to 9: %s', (lo, hi, inside) => {
    expect(within({ lo, hi }, { lo: 5, hi: 9 })).toBe(inside);
  });

  it.each([
    ['10.0.0.1', N('10.0.0.1'), N('10.0.0.1')],
    ['10.0.0.7/30', N('10.0.0.4'), N('10.0.0.7')],
    ['10.0.0.7/32', N('10.0.0.7'), N('10.0.0.7')],
    ['10.0.0.7/0', 0, 0xffff_ffff],
    ['10.0.0.7/255.255.255.0', N('10.0.0.0'), N('10.0.0.255')],
    ['10.0.0.7/255.0.255.0', null, null],
    ['10.0.0.7/33', null, null],
    ['10.0.0.1-10.0.0.2', N('10.0.0.1'), N('10.0.0.2')],
    ['10.0.0.1-10.0.0.1', N('10.0.0.1'), N('10.0.0.1')],
    ['10.0.0.2-10.0.0.1', null, null],
    ['10.0.0.1-::1', null, null],
    ['x', null, null],
  ])('%s is %s to %s', (text, lo, hi) => {
    expect(spanOf(text)).toEqual(lo === null ? null : { lo, hi });
  });

  it('knows IPv6, with and without a zone', () => {
    expect(spanOf('fe80::1%eth0')).toEqual(point(addressOf('fe80::1') ?? 0));
    expect(spanOf('2001:db8::1/127')).toEqual({ lo: addressOf('2001:db8::'), hi: addressOf('2001:db8::1') });
    expect(spanOf('2001:db8::1/129')).toBeNull();
    expect(spanOf('2001:db8::1/128')).toEqual(point(addressOf('2001:db8::1') ?? 0));
    expect(prefixSpan(0n, 0)).toEqual({ lo: 0n, hi: (1n << 128n) - 1n });
    expect([isPoint(point(3)), isPoint({ lo: 3, hi: 4 })]).toEqual([true, false]);
  });
});

describe('an index of spans', () => {
  const index = new SpanIndex([20, 0, 10], [29, 5, 15], ['c', 'a', 'b']);
  it.each([
    [0, 0, true, ['a']],
    [5, 5, true, ['a']],
    [6, 6, false, []],
    [9, 9, false, []],
    [10, 15, true, ['b']],
    [15, 16, null, ['b']],
    [6, 10, null, ['b']],
    [5, 20, null, ['a', 'b', 'c']],
    [30, 40, false, []],
    [29, 40, null, ['c']],
  ])('finds %d to %d: %s %j', (lo, hi, found, data) => {
    expect(index.find({ lo, hi })).toEqual({ found, data });
  });

  it('joins spans that touch where they carry nothing', () => {
    const joined = new SpanIndex([0, 6, 13, 14], [5, 11, 20, 15], null);
    expect(joined.find({ lo: 0, hi: 11 }).found).toBe(true);
    expect(joined.find({ lo: 11, hi: 13 }).found).toBeNull();
    expect(joined.find({ lo: 12, hi: 12 }).found).toBe(false);
    expect(joined.find({ lo: 16, hi: 20 }).found).toBe(true);
    const wide = new SpanIndex([0n, 6n], [5n, 11n], null);
    expect(wide.find({ lo: 5n, hi: 6n }).found).toBe(true);
    expect(new SpanIndex([0, 6], [5, 11], ['a', 'b']).find({ lo: 5, hi: 6 }).found).toBeNull();
  });
});

describe('the time match of iptables', () => {
  const at = (text: string) => Date.parse(`2026-01-31T${text}Z`);
  const office = { start: '08:00', stop: '18:00:30' };
  it.each([
    ['07:57:59', false],
    ['07:58:00', false],
    ['07:58:01', null],
    ['08:01:59', null],
    ['08:02:00', true],
    ['17:58:30', true],
    ['17:58:31', null],
    ['18:02:29', null],
    ['18:02:30', false],
  ])('08:00 to 18:00:30 at %s: %s', (time, inside) => {
    expect(inClock(office, at(time))).toBe(inside);
  });

  it.each([
    ['23:00:00', true],
    ['21:00:00', false],
    ['05:00:00', true],
    ['07:00:00', false],
  ])('22:00 to 06:00 at %s: %s', (time, inside) => {
    expect(inClock({ start: '22:00', stop: '06:00' }, at(time))).toBe(inside);
  });

  it('is sure at midnight where it names no time', () => {
    expect([inClock({}, at('00:00:00')), inClock({}, at('23:59:59'))]).toEqual([true, true]);
    expect(inClock({ start: '00:00:01' }, at('00:00:30'))).toBeNull();
    expect(inClock({ stop: '23:59:58' }, at('23:59:30'))).toBeNull();
  });

  it.each([
    [{ weekdays: 'Sat,Sun' }, true],
    [{ weekdays: 'Fri' }, false],
    [{ monthdays: '30,31' }, true],
    [{ monthdays: '3,1' }, false],
    [{ dateStart: '2026-01-31T12:00:00' }, true],
    [{ dateStart: '2026-01-31T12:00:01' }, false],
    [{ dateStop: '2026-01-31T12:00:00' }, true],
    [{ dateStop: '2026-01-31T11:59:59' }, false],
    [{ dateStop: 'never' }, null],
    [{ start: 'noon' }, null],
  ])('%j on a Saturday, the 31st, at noon: %s', (clock, inside) => {
    expect(inClock(clock, at('12:00:00'))).toBe(inside);
  });

  it('is unsure by the time zone of the kernel where that would tell otherwise', () => {
    const shift = new Date(at('12:00:00')).getTimezoneOffset();
    expect(inClock({ kernel: true, ...office }, at('12:00:00'))).toBe(Math.abs(shift) < 240 ? true : null);
  });
});

describe('a packet', () => {
  const host = {
    ephemeral: DEFAULT_EPHEMERAL,
    queues: null,
    now: 0,
    ecn: false,
    ttl: null,
    ipsec: null,
    bridges: null,
  };
  const flow: Flow = { protocol: 'tcp', address: '192.0.2.1', port: 443, uid: 1, gid: 2, route: null };
  const request = requestOf(flow, host);

  it('of the kernel has one of its ports', () => {
    expect(DEFAULT_EPHEMERAL).toEqual({ lo: 1024, hi: 65_535 });
  });

  it.each([
    ['tcp', '192.0.2.1', { lo: 40, hi: 80 }, 2, []],
    ['tcp', '2001:db8::1', { lo: 60, hi: 100 }, 2, []],
    ['udp', '192.0.2.1', { lo: 40, hi: 1500 }, 0, null],
    ['udp', '2001:db8::1', { lo: 60, hi: 1500 }, 0, null],
  ] as const)('of %s to %s is %j long', (protocol, address, length, flags, carries) => {
    expect(requestOf({ ...flow, protocol, address }, host)).toMatchObject({ length, flags, carries });
  });

  it.each([
    ['tcp', '192.0.2.1', { lo: 40, hi: 80 }, 18],
    ['udp', '192.0.2.1', { lo: 40, hi: 65_535 }, 0],
    ['udp', '2001:db8::1', { lo: 60, hi: 65_535 }, 0],
  ] as const)('in answer by %s from %s is %j long', (protocol, address, length, flags) => {
    const sent = requestOf({ ...flow, protocol, address }, host);
    expect(answerTo(sent, sent)).toMatchObject({ length, flags, answer: true, source: sent.destination });
  });

  it.each([
    [442, 60],
    [443, 290],
    [444, 60],
  ])('with data to port %d is at least %d bytes long', (port, least) => {
    const sent = requestOf({ ...flow, port }, host);
    expect(laterOf(sent, sent, null)).toMatchObject([{ flags: 16 }, { flags: 24, length: { lo: least, hi: 65_535 } }]);
  });

  it('with a certificate is long', () => {
    expect(laterAnswer(answerTo(request, request))).toMatchObject({ flags: 16, length: { lo: 1000, hi: 65_535 } });
  });

  it('is sent along its route', () => {
    expect(request).toMatchObject({ oif: '/', source: { lo: 0, hi: 0xffff_ffff }, destinationType: null });
    const route = { device: 'eth0', source: '192.0.2.9', type: 'unicast' };
    expect(requestOf({ ...flow, route }, host)).toMatchObject({
      oif: 'eth0',
      source: point(N('192.0.2.9')),
      destinationType: 'unicast',
    });
  });

  const answer = answerTo(request, request);
  it.each([
    [request, 8],
    [{ ...request, later: true }, 2],
    [{ ...request, tracked: null }, null],
    [{ ...request, tracked: false }, 64],
    [{ ...request, untouched: true }, 1],
    [answer, 2],
    [{ ...answer, begun: null }, null],
    [{ ...answer, begun: false }, 1],
    [{ ...answer, begun: false, protocol: 17 }, 8],
  ])('is to conntrack (row %#): %s', (packet, state) => {
    expect(connState(packet)).toBe(state);
  });
});

describe('values of nftables', () => {
  it.each([
    [7, 'none', 7],
    [true, 'none', 1],
    [false, 'none', 0],
    ['0x10', 'none', 16],
    ['10', 'none', 10],
    ['0xg', 'none', null],
    ['08:00', 'clock', 28_800],
    ['08:01:30', 'clock', 28_890],
    ['1970-01-01 00:01:00', 'clock', 60],
    ['8', 'clock', 8],
    ['Saturday', 'day', 6],
    ['established', 'state', 2],
    ['untracked', 'state', 64],
    ['tcp', 'protocol', 6],
    [['established', 'related'], 'state', 6],
    [{ '|': ['syn', 'ack'] }, 'flags', 18],
    [['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ecn', 'cwr'], 'flags', 255],
    ['urg', 'flags', 32],
    ['ecn', 'flags', 64],
    [['syn', 'what'], 'flags', null],
    [null, 'none', null],
    [{}, 'none', null],
  ] as const)('%j of %s is %s', (value, names, bits) => {
    expect(bitsOf(value, names)).toBe(bits);
  });

  const of = (key: string, now: string) => {
    const host = {
      ephemeral: DEFAULT_EPHEMERAL,
      queues: null,
      now: Date.parse(now),
      ecn: false,
      ttl: null,
      ipsec: null,
      bridges: null,
    };
    const zone = new Date(host.now).getTimezoneOffset();
    const flow: Flow = { protocol: 'tcp', address: '192.0.2.1', port: 443, uid: 1, gid: 2, route: null };
    // Elsewhere than in UTC, nobody can tell.
    return zone === 0 ? fieldOf({ meta: { key } }).of(requestOf(flow, host), host) : 'elsewhere';
  };
  it.each([
    ['hour', '2026-01-31T00:01:59Z', null],
    ['hour', '2026-01-31T00:02:00Z', { lo: 0, hi: 120 }],
    ['hour', '2026-01-31T12:00:00Z', { lo: 43_080, hi: 43_200 }],
    ['day', '2026-01-31T12:00:00Z', point(6)],
    ['day', '2026-01-31T00:01:59Z', null],
    ['day', '2026-01-31T00:02:00Z', point(6)],
    ['time', '1970-01-01T00:05:00Z', { lo: 180, hi: 300 }],
  ])('the %s at %s is %j', (key, now, value) => {
    expect([value, 'elsewhere']).toContainEqual(of(key, now));
  });
});
