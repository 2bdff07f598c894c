/** Where a refusal came from, each threshold at both of its sides. */
import { describe, expect, it } from 'vitest';
import { buildTiming, originOf } from '../../../src/trace/timing.js';
import { failure, observation } from './seen.js';

const timing = (gatewayMs: number | null, rtt: number | null) => ({
  gatewayMs,
  rtt: () => rtt,
  tellingMs: () => 3000,
});

describe('the origin of a refusal', () => {
  it.each([
    // The gateway is too near to be told apart from this host.
    [0.9, 1.9, null, 'unknown'],
    [0.9, 2, null, 'host'],
    [1, 2, null, 'unknown'],
    [4.9, 10, null, 'host'],
    [5, 10, null, 'unknown'],
    // So is the cloud.
    [0.5, null, 3.9, 'unknown'],
    [0.5, null, 4, 'near'],
    [0.99, null, 4, 'near'],
    [1, null, 4, 'between'],
    [2.79, null, 4, 'between'],
    [2.81, null, 4, 'far'],
    [69.9, null, 100, 'between'],
    [70, null, 100, 'far'],
    [299, null, 100, 'far'],
    [300, null, 100, 'unknown'],
    // The gateway speaks first.
    [4, 10, 100, 'host'],
    [6, 10, 100, 'between'],
  ] as const)('after %d ms, gateway at %s ms, peer at %s ms: %s', (ms, gateway, rtt, origin) => {
    expect(originOf(ms, 4, timing(gateway, rtt))).toBe(origin);
  });

  it('asks for the round trip of its own family', () => {
    const one = { ...timing(null, null), rtt: (family: 4 | 6) => (family === 6 ? 100 : null) };
    expect([originOf(80, 6, one), originOf(80, 4, one)]).toEqual(['far', 'unknown']);
  });
});

describe('the measures of a run', () => {
  const connect = (ms: number, over: object = {}) =>
    observation('connect', { peer: 'target', family: 4, t0Ms: 10, tMs: 10 + ms, ...over });
  const gateway = { role: { kind: 'control', control: 'gateway' } };

  it('are the fastest accepted connections, by family', () => {
    const timed = buildTiming([
      connect(30),
      connect(20),
      connect(25),
      connect(7, { family: 6 }),
      connect(1, { peer: 'proxy' }),
      connect(1, { failure: failure('connection_refused') }),
      observation('tls_handshake', { t0Ms: 0, tMs: 1 }),
    ]);
    expect([timed.rtt(4), timed.rtt(6), timed.gatewayMs]).toEqual([20, 7, null]);
  });

  it('take a refusal by the gateway for its answer, and its silence for none', () => {
    const of = (...seen: ReturnType<typeof connect>[]) => buildTiming(seen);
    const refused = { ...gateway, failure: failure('connection_refused') };
    const timed = of(connect(5, refused), connect(3, gateway), connect(4, refused));
    expect([timed.gatewayMs, timed.rtt(4)]).toEqual([3, null]);
    expect(of(connect(5, { ...gateway, failure: failure('generic_timeout_error') })).gatewayMs).toBeNull();
  });

  it('know of a lost SYN', () => {
    expect(buildTiming([connect(5), connect(1005)]).tellingMs(connect(5))).toBe(7500);
    expect(buildTiming([connect(5), connect(1005, gateway)]).tellingMs(connect(5))).toBe(3000);
  });

  it('wait no longer for what a rule of this host surely stops', () => {
    const rule = (matches: boolean | null, action: 'drop' | 'policy_drop' | 'redirect') =>
      observation('read_local_firewall', {
        rules: [
          {
            where: 'r',
            text: 'r',
            owner: null,
            addresses: [],
            matches,
            action,
            flows: [{ protocol: 'tcp', address: '203.0.113.1', port: 443, uid: 0 }],
          },
        ],
      });
    const silent = connect(5000, { address: '203.0.113.1', port: 443, failure: failure('generic_timeout_error') });
    const told = (...seen: ReturnType<typeof rule>[]) =>
      buildTiming([connect(5), connect(1005), ...seen]).tellingMs(silent);
    expect(told()).toBe(7500);
    expect(told(rule(true, 'drop'))).toBe(0);
    expect(told(rule(true, 'policy_drop'))).toBe(0);
    expect(told(rule(null, 'drop'), rule(true, 'redirect'))).toBe(7500);
  });
});
