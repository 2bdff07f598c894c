/** Address order, the IPv6 switch of a session, and what is not known. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { predict } from '../../../../src/agent/predict.js';
import type { FailureKind } from '../../../../src/model/failure.js';
import type { Observation } from '../../../../src/model/observation.js';
import { LEGS, type Leg } from '../../../../src/model/route.js';
import { agentFacts, healthyExcept, playAll, playLeg, ROUTES, TARGETS } from '../../../helpers/facts.js';
import { agentStatus, ENV_DOCUMENT, jsonAnswer, scene, untrusted } from '../../../helpers/observations.js';

const input = (observations: readonly Observation[]) => ({
  facts: agentFacts(),
  routes: ROUTES,
  targets: TARGETS,
  observations,
});
const predictLeg = (observations: readonly Observation[], leg: Leg) =>
  predict(input(observations)).find((prediction) => prediction.leg === leg);

const A = '203.0.113.1';
const B = '203.0.113.2';

describe('address order', () => {
  it('takes a rotating order for luck', () => {
    const seen = scene();
    const steps = playLeg(seen, 'link', { addresses: [A, B], connect: { [A]: 'generic_timeout_error' } });
    expect(predictLeg(seen.observations, 'link')?.outcome).toBe('will_fail');
    steps.resolveOk([B, A]);
    expect(predictLeg(seen.observations, 'link')).toMatchObject({
      outcome: 'at_risk',
      rule: 'agent:tcp.order_rotates',
    });
  });

  it('counts the refused addresses in its evidence', () => {
    const seen = scene();
    playLeg(seen, 'link', { addresses: [A, B], connect: { [A]: 'connection_refused' } });
    const prediction = predictLeg(seen.observations, 'link');
    const connects = seen.observations.filter(({ operation }) => operation === 'connect').map(({ id }) => id);
    expect(prediction?.outcome).toBe('will_work');
    for (const id of connects) expect(prediction?.evidence).toContain(id);
  });

  it('does not guess past an address that was not tried', () => {
    const seen = scene();
    const steps = playLeg(seen, 'link', { addresses: [B] });
    steps.resolveOk([A, B]);
    seen.observations.shift();
    expect(predictLeg(seen.observations, 'link')?.outcome).toBe('unknown');
  });

  it('goes on where the kernel itself gave up on a connect', () => {
    const seen = scene();
    playLeg(seen, 'link', { addresses: [A, B], connect: { [A]: 'timed_out' } });
    expect(predictLeg(seen.observations, 'link')).toMatchObject({ outcome: 'will_work', worksAtAttempt: 1 });
  });

  it('believes no silence that was cut short', () => {
    const seen = scene();
    const steps = seen.on({ leg: 'link' });
    steps.resolveOk([A]);
    steps.connectTimeout(A, { t0Ms: 100, tMs: 400 });
    expect(predictLeg(seen.observations, 'link')?.outcome).toBe('unknown');
  });
});

describe('what stays in the status', () => {
  const V6 = '2001:db8::1';
  const silentV6 = { addresses: [V6, A], connect: { [V6]: 'generic_timeout_error' } } as const;

  it('is the time-out of an IPv6 address ahead of a link that fails', () => {
    const seen = playAll({
      env: silentV6,
      link: { connect: { '203.0.113.3': 'connection_refused' }, addresses: ['203.0.113.3'] },
    });
    expect(predictLeg(seen.observations, 'link')).toMatchObject({
      outcome: 'will_fail',
      agentWouldSay: { status: 'timeout' },
    });
  });

  it('is nothing where the time-out is the link’s own', () => {
    const seen = playAll({ link: { addresses: [V6], connect: { [V6]: 'generic_timeout_error' } } });
    expect(predictLeg(seen.observations, 'link')).toMatchObject({ agentWouldSay: { status: 'offline' } });
  });
});

describe('a trust store that only we could not read', () => {
  const store = {
    id: 'link',
    title: '',
    paths: ['/x'],
    certificates: 0,
    problem: '/x cannot be read',
    observation: 'store',
  };
  const withStore = (kind: FailureKind) => {
    const seen = playAll({ env: { tls: { judgements: untrusted('UNABLE_TO_GET_ISSUER_CERT_LOCALLY') } } });
    const failure = { kind, operation: 'read_trust_store', rawCode: null, detail: '' } as const;
    const read = {
      ...agentStatus(),
      id: 'store',
      operation: 'read_trust_store',
      storeId: 'link',
      paths: [],
      certificates: 0,
      failure,
    } as const;
    const facts = agentFacts({ over: { trustStores: [store] } });
    const predictions = predict({ ...input([...seen.observations, read]), facts });
    return predictions.find(({ leg }) => leg === 'env');
  };

  it('judges nothing', () => {
    expect(withStore('file_unreadable')).toMatchObject({ outcome: 'unknown', rule: 'agent:unknown.not_judged' });
  });

  it('is another matter when it does not exist at all', () => {
    expect(withStore('file_not_found')).toMatchObject({ outcome: 'will_fail', rule: 'agent:tls.untrusted' });
  });
});

describe('slow resolver', () => {
  it('is a risk, not a failure, where another configured resolver answers', () => {
    const seen = healthyExcept(...LEGS);
    const steps = seen.on({ leg: 'link' });
    steps.resolveFails('generic_timeout_error', { leg: null, routeId: null, t0Ms: 0, tMs: 10_000 });
    expect(predictLeg(seen.observations, 'link')).toMatchObject({
      outcome: 'will_fail',
      rule: 'agent:dns.unresolvable',
    });
    steps.dnsQuery({ addresses: [A], leg: null, routeId: null });
    expect(predictLeg(seen.observations, 'link')).toMatchObject({
      outcome: 'at_risk',
      rule: 'agent:dns.slow_resolver',
    });
  });
});

describe('/env names the next hosts', () => {
  const elsewhere = ENV_DOCUMENT.replace('api.netdata.cloud', 'api-eu.example');

  it('follows them when they were probed', () => {
    const seen = playAll({
      env: { http: jsonAnswer('200 OK', elsewhere) },
      auth: { label: { host: 'api-eu.example' } },
    });
    expect(predictLeg(seen.observations, 'auth')?.outcome).toBe('will_work');
  });

  it('does not take the documented host for the named one', () => {
    const seen = playAll({ env: { http: jsonAnswer('200 OK', elsewhere) } });
    expect(predictLeg(seen.observations, 'auth')).toMatchObject({
      outcome: 'unknown',
      rule: 'agent:unknown.host_not_probed',
    });
  });

  it('believes only a peer that the link would believe', () => {
    const untrusted = { judgements: [{ storeId: 'link', trusted: false, errors: [], depth: 0 }] } as const;
    const seen = playAll({ env: { http: jsonAnswer('200 OK', elsewhere), tls: untrusted } });
    expect(predictLeg(seen.observations, 'auth')?.outcome).toBe('will_work');
  });
});

describe('any observations', () => {
  const kinds: readonly (FailureKind | null)[] = [
    null,
    'connection_refused',
    'connection_reset',
    'generic_timeout_error',
    'eof_error',
    'interrupted',
    'ssl_alert',
    'http_malformed',
    'unknown_failure',
  ];
  const base = playAll({
    link: { addresses: ['2001:db8::1', A], connect: { '2001:db8::1': 'generic_timeout_error' } },
  }).observations;

  it('give four predictions that cite what exists, and failures never make things better', () => {
    const change = fc.record({
      at: fc.nat({ max: base.length - 1 }),
      kind: fc.constantFrom(...kinds),
      drop: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), (changes) => {
        let seen: readonly Observation[] = base;
        for (const { at, kind, drop } of changes) {
          const target = base[at];
          if (target === undefined) continue;
          const failure = kind === null ? null : { kind, operation: target.operation, rawCode: null, detail: '' };
          seen = drop
            ? seen.filter(({ id }) => id !== target.id)
            : seen.map((one) => (one.id === target.id ? { ...one, failure } : one));
        }
        const predictions = predict(input(seen));
        expect(predictions.map(({ leg }) => leg)).toEqual([...LEGS]);
        const ids = new Set(seen.map(({ id }) => id));
        for (const prediction of predictions) {
          for (const id of prediction.evidence) expect(ids).toContain(id);
          if (prediction.outcome === 'will_work') {
            // Nothing that a working leg rests on may be missing, and the leg's own last step did not fail.
            const last = seen.find(({ id }) => id === prediction.evidence.at(-1));
            expect(['http_round_trip', 'mqtt_connect']).toContain(last?.operation);
          } else if (prediction.outcome === 'will_fail') expect(ids).toContain(prediction.stops);
        }
      }),
      { numRuns: 300 },
    );
  });
});
