import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/model/observation.js';
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
