import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/model/observation.js';
import { fromStepOn, isControl } from '../../../src/trace/attempts.js';
import { isOn, legsOn, type Way } from '../../../src/trace/legs.js';
import { traceOf } from '../../../src/trace/trace.js';
import { failure, observation } from './seen.js';

const way: Way = { leg: 'link', routeId: 'direct', host: 'mqtt.example', port: 443 };
const connect = (over: object) => observation('connect', { host: 'h', port: 443, peer: 'target', family: 4, ...over });

describe('a trace', () => {
  it('is derived once for a run, and anew when the run has gone on', () => {
    const observations: Observation[] = [connect({ transactionId: 'a' })];
    const targets: never[] = [];
    const first = traceOf({ observations, targets });
    expect(traceOf({ observations, targets })).toBe(first);
    observations.push(connect({ transactionId: 'b' }));
    expect(traceOf({ observations, targets }).attempts).toHaveLength(2);
    expect(traceOf({ observations, targets: [] })).not.toBe(first);
  });

  it('puts the steps of a connection together, whatever the order in which they were saved', () => {
    const steps = [
      observation('tls_handshake', { transactionId: 'a', t0Ms: 5, tMs: 9, chain: [], judgements: [] }),
      connect({ transactionId: 'a', t0Ms: 0, tMs: 4, address: '192.0.2.1' }),
    ];
    const [attempt] = traceOf({ observations: steps, targets: [] }).path;
    expect(attempt?.steps.map(({ operation }) => operation)).toEqual(['connect', 'tls_handshake']);
    expect(attempt).toMatchObject({ host: 'h', address: '192.0.2.1' });
  });

  it('stands in one order: of the clock, then of the names', () => {
    const [a, b, c, d] = [
      connect({ id: 'a', t0Ms: 1, tMs: 2 }),
      connect({ id: 'b', t0Ms: 1, tMs: 2 }),
      connect({ id: 'c', t0Ms: 1, tMs: 1 }),
      connect({ id: 'd', t0Ms: 0, tMs: 9 }),
    ];
    for (const saved of [
      [a, b, c, d],
      [d, c, b, a],
      [b, d, a, c],
    ])
      expect(traceOf({ observations: saved, targets: [] }).observations).toEqual([d, c, a, b]);
  });

  it('knows the path from the controls, and the network of the host', () => {
    const own = connect({});
    const control = connect({ role: { kind: 'control', control: 'gateway' } });
    const network = observation('read_host_network', { resolvers: [] });
    const trace = traceOf({ observations: [own, control, network], targets: [] });
    expect(trace.path.map(({ transactionId }) => transactionId)).toEqual([own.transactionId]);
    expect(trace.attempts).toHaveLength(2);
    expect(trace.hostNetwork).toBe(network);
    expect(trace.byId.get(control.id)).toBe(control);
  });

  it('takes the address of a proxy that was reached, and keeps the others', () => {
    const refused = connect({
      transactionId: 'a',
      peer: 'proxy',
      address: '192.0.2.1',
      failure: failure('connection_refused'),
    });
    const reached = connect({ transactionId: 'a', peer: 'proxy', address: '192.0.2.2', t0Ms: 1 });
    const [attempt] = traceOf({ observations: [refused, reached], targets: [] }).path;
    expect(attempt?.connect).toBe(reached);
    expect(attempt?.connects).toEqual([refused, reached]);
  });

  it('leaves out what was cut short', () => {
    const short = connect({ failure: failure('generic_timeout_error'), t0Ms: 0, tMs: 100 });
    const trace = traceOf({ observations: [short], targets: [] });
    expect(trace.attempts).toEqual([]);
    expect(trace.observations).toEqual([short]);
  });
});

describe('a connection', () => {
  const of = (...steps: Observation[]) => traceOf({ observations: steps, targets: [] }).attempts[0];

  it('is named by its target, else by what the proxy was asked for, else by what was connected', () => {
    const targets = [{ id: 'x', host: 'target.example', port: 8443 }] as never;
    const direct = connect({ transactionId: 'a', targetId: 'x', address: '192.0.2.1' });
    const proxy = observation('proxy_connect', {
      transactionId: 'a',
      requestedHost: 'asked.example',
      requestedPort: 80,
    });
    const toProxy = connect({ transactionId: 'a', peer: 'proxy', address: '192.0.2.9' });
    expect(traceOf({ observations: [direct], targets }).attempts[0]).toMatchObject({
      host: 'target.example',
      port: 8443,
    });
    expect(of(direct)).toMatchObject({ host: 'h', port: 443, address: '192.0.2.1' });
    expect(of(toProxy, proxy)).toMatchObject({ host: 'asked.example', port: 80, address: null });
    expect(of(toProxy)).toMatchObject({ host: '', port: 443, address: null });
  });

  it('has the address of its handshake where nothing was connected', () => {
    const tls = observation('tls_handshake', { address: '192.0.2.3', expectedName: 'n.example', t0Ms: 5 });
    expect(of(tls)).toMatchObject({ host: 'n.example', address: '192.0.2.3', tls });
  });

  it('has the handshake with its target behind that with its proxy', () => {
    const first = observation('tls_handshake', { transactionId: 'a', t0Ms: 1, expectedName: 'proxy' });
    const last = observation('tls_handshake', { transactionId: 'a', t0Ms: 3, expectedName: 'target' });
    expect(of(last, first)).toMatchObject({ tls: last, handshakes: [first, last] });
  });

  it('is known from one step on', () => {
    const steps = [
      connect({ transactionId: 'a' }),
      observation('tls_handshake', { transactionId: 'a' }),
      observation('http_round_trip', { transactionId: 'a' }),
    ] as const;
    const attempt = of(...steps);
    if (attempt === undefined) throw new Error('no attempt');
    expect(fromStepOn(attempt, steps[1])).toEqual([steps[1].id, steps[2].id]);
    expect(fromStepOn(attempt, connect({}))).toHaveLength(3);
  });

  it('is a control of the kinds that are named', () => {
    expect(isControl({ kind: 'control', control: 'gateway' }, 'sibling', 'gateway')).toBe(true);
    expect(isControl({ kind: 'control', control: 'gateway' }, 'sibling')).toBe(false);
    expect(isControl({ kind: 'path' }, 'path')).toBe(false);
  });
});

describe('whose a step is', () => {
  it.each([
    ['its own', { leg: 'link' }, true],
    ['of no leg, on the same route', {}, true],
    ['of another leg', { leg: 'env' }, false],
    ['on another route', { routeId: 'p1' }, false],
    ['a control', { role: { kind: 'control', control: 'gateway' } }, false],
    ['to a target that /env replaced', { targetId: 'link:MQTT.example:443' }, true],
    ['to another target', { targetId: 'link:api.example:443' }, false],
  ])('%s', (_what, over, own) => {
    expect(isOn(connect(over), way, [])).toBe(own);
  });

  it('is every leg that goes the same way where it was taken for none', () => {
    const settings = { ...way, trustStoreId: 'x' };
    const legs = {
      claim: settings,
      env: { ...settings, port: 8443 },
      auth: settings,
      link: { ...settings, routeId: 'p1' },
    };
    expect(legsOn({ ...way, leg: null }, legs as never)).toEqual(['claim', 'auth']);
    expect(legsOn({ ...way, leg: 'env' }, legs as never)).toEqual(['env']);
  });
});
