/** Peers that answer, and late: too late for the claim (5 s to connect, 10 s in all), in time for the link. */
import { describe, expect, it } from 'vitest';
import {
  ADDRESS,
  blamed,
  goOn,
  HOST,
  hostNetwork,
  RESOLVER,
  SECOND,
  SILENT,
  tell,
  walkLegs,
  world,
  failure,
  type World,
} from './world.js';
import { ENV_ANSWER } from '../../helpers/observations.js';
import { LEGS } from '../../../src/model/route.js';

const took = (ms: number) => ({ t0Ms: 0, tMs: ms });

function slowHandshakes(ms: number, stalledMs = 0): World {
  return walkLegs(world(), { all: { tls: { ...took(ms), ...(stalledMs > 0 ? { stalledMs } : {}) } } });
}

/** Connects that take so long each, and TLS. */
function distant(connectMs: readonly number[], tlsMs: number): World {
  let connects = 0;
  return walkLegs(world(), {
    all: {
      tls: took(tlsMs),
      steps: (steps, leg) => {
        const ms = connectMs[connects % connectMs.length] ?? 0;
        connects += 1;
        goOn(steps, steps.connectOk(ADDRESS[leg], took(ms)), leg, { tls: took(tlsMs) });
      },
    },
  });
}

describe('a long way', () => {
  it('a round trip of 3 s is too long for the claim, and nobody is silent', () => {
    const told = tell(distant([3000, 3100], 3150));
    expect(told.verdict.claim).toMatchObject({ outcome: 'will_fail', cause: 'tcp.slow_path' });
    expect(told.verdict.link.outcome).toBe('will_work');
    expect(blamed(told)).toEqual(['tcp.slow_path']);
    expect(told.finding('tcp.slow_path')).toMatchObject({ confidence: 'likely' });
    expect(told.finding('tcp.slow_path').title).toContain('3.0 s');
  });

  it('a SYN that was lost is no long way', () => {
    expect(tell(distant([3000, 20], 3150)).ids).not.toContain('tcp.slow_path');
  });

  it('starts at half a second; a handshake that takes more than the distance explains is another cause', () => {
    expect(blamed(tell(distant([1700], 5100)))).toEqual(['tcp.slow_path']);
    expect(blamed(tell(distant([1700], 5101)))).toEqual(['tls.stalled']);
    expect(blamed(tell(distant([499], 4600)))).toEqual(['tls.stalled']);
  });

  it('a claim that has time enough is not spoken of', () => {
    expect(tell(distant([1500], 1600)).ids).toEqual([]);
  });
});

describe('slow peers', () => {
  it('a handshake of 6.5 s fails the claim and not the link', () => {
    const told = tell(slowHandshakes(6500));
    expect(told.verdict.legs).toMatchObject({
      claim: { outcome: 'will_fail', cause: 'tls.stalled' },
      env: { outcome: 'will_work' },
      auth: { outcome: 'will_work' },
      link: { outcome: 'will_work' },
    });
    expect(blamed(told)).toEqual(['tls.stalled']);
    expect(told.finding('tls.stalled').title).toContain('6.5 s');
    expect(told.finding('tls.stalled').subject.legs).toEqual(['claim']);
  });

  it('its neighbour, a handshake of 2 s, is nothing', () => {
    expect(tell(slowHandshakes(2000)).ids).toEqual([]);
  });

  it('time in which this process did not run is not the network’s', () => {
    const told = tell(slowHandshakes(6500, 5000));
    expect(told.ids).toEqual([]);
    expect(told.exitCode).toBe(0);
  });

  it('a silence that was our own proves nothing: undecided, not failing', () => {
    const run = walkLegs(world(), {
      link: {
        steps: (steps) =>
          void steps.tlsFails(steps.connectOk(ADDRESS.link), 'generic_timeout_error', { ...SILENT, stalledMs: 4800 }),
      },
    });
    const told = tell(run);
    expect(told.verdict.link.outcome).toBe('unknown');
    expect(told.exitCode).toBe(3);
    expect(told.ids).not.toContain('tls.stalled');
  });

  it('an answer that comes when the 30 s of a request are over is told, and for what', () => {
    const slow = (ms: number): World =>
      walkLegs(world(), {
        env: { tls: took(20_000), answer: (steps, way) => void steps.httpAnswer(way, ENV_ANSWER, took(ms)) },
      });
    expect(tell(slow(9000)).verdict.link.outcome).toBe('will_work');
    const told = tell(slow(11_000));
    expect(told.verdict.link).toMatchObject({ outcome: 'will_fail', cause: 'http.no_answer' });
    expect(told.finding('http.no_answer').title).toContain("the Agent's time for a request is over");
  });

  it('an answer after 11 s is too late for the claim: http.no_answer, worded as slow', () => {
    const run = walkLegs(world(), {
      claim: {
        answer: (steps, way) =>
          void steps.httpAnswer(
            way,
            {
              head: 'HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n\r\n',
              body: '{"errorCode":"x","errorMsgKey":"y","errorMessage":"z"}',
            },
            { ...took(11_000), path: '/api/v1/spaces/nodes/x' },
          ),
      },
    });
    const told = tell(run);
    expect(told.verdict.claim).toMatchObject({ outcome: 'will_fail', cause: 'http.no_answer' });
    expect(told.verdict.link.outcome).toBe('will_work');
    expect(told.finding('http.no_answer').title).toContain('11 s');
  });
});

/** The first resolver is dead; the C library waits for it before it asks the second. */
function deadFirst(lookupMs: number): World {
  const run = world();
  for (const leg of ['claim', 'auth', 'link'] as const) {
    const steps = run.seen.on({ leg, host: HOST[leg] });
    steps.dnsQuery({
      resolver: RESOLVER,
      rcode: null,
      failure: failure('generic_timeout_error', 'dns_query'),
      ...SILENT,
    });
    steps.dnsQuery({ resolver: SECOND, resolverSource: '/etc/resolv.conf:2', addresses: [ADDRESS[leg]] });
  }
  hostNetwork(run, {
    resolvers: [
      { address: RESOLVER, port: 53, source: '/etc/resolv.conf:1' },
      { address: SECOND, port: 53, source: '/etc/resolv.conf:2' },
    ],
  });
  for (const leg of LEGS) {
    const steps = run.seen.on({ leg, host: HOST[leg] });
    steps.resolveOk([ADDRESS[leg]], {
      id: `resolve-${HOST[leg]}`,
      leg: null,
      routeId: null,
      targetId: null,
      ...took(lookupMs),
    } as never);
    goOn(steps, steps.connectOk(ADDRESS[leg]), leg);
  }
  return run;
}

describe('a dead first resolver', () => {
  it('costs the claim its 5 s, and is the cause', () => {
    const told = tell(deadFirst(5010));
    expect(told.verdict.claim).toMatchObject({ outcome: 'at_risk', cause: 'dns.resolver_unreachable' });
    expect(told.verdict.link.outcome).toBe('will_work');
    expect(blamed(told)).toEqual(['dns.resolver_unreachable']);
    expect(told.finding('dns.resolver_unreachable').data).toMatchObject({ lostSeconds: 5 });
  });

  it('its neighbour with options timeout:1 is a risk and no more', () => {
    const told = tell(deadFirst(1010));
    expect(told.verdict.claim.outcome).toBe('will_work');
    expect(told.finding('dns.resolver_unreachable').severity).toBe('risks');
    expect(told.exitCode).toBe(0);
  });

  it('a slow answer without a dead resolver is dns.timeout', () => {
    const run = walkLegs(world(), {});
    const slow = run.seen.observations.map((seen) =>
      seen.operation === 'resolve' && seen.hostname === HOST.claim ? { ...seen, ...took(5600) } : seen,
    );
    run.seen.observations.splice(0, slow.length, ...slow);
    const told = tell(run);
    expect(told.verdict.claim).toMatchObject({ outcome: 'at_risk', cause: 'dns.timeout' });
    expect(told.finding('dns.timeout').title).toContain('5.6 s');
  });

  it('dns.timeout: the question for AAAA is never answered, and the C library waits for it', () => {
    const run = walkLegs(world(), {});
    const slow = run.seen.observations.map((seen) =>
      seen.operation === 'resolve' ? { ...seen, ...took(10_020) } : seen,
    );
    run.seen.observations.splice(0, slow.length, ...slow);
    for (const leg of ['claim', 'auth', 'link'] as const) {
      const steps = run.seen.on({ leg, host: HOST[leg] });
      steps.dnsQuery({ type: 'A', addresses: [ADDRESS[leg]] });
      steps.dnsQuery({ type: 'AAAA', rcode: null, failure: failure('generic_timeout_error', 'dns_query'), ...SILENT });
    }
    const told = tell(run);
    expect(told.verdict.claim).toMatchObject({ outcome: 'at_risk', cause: 'dns.timeout' });
    expect(told.verdict.link.outcome).toBe('will_work');
    expect(told.finding('dns.timeout').why).toContain('AAAA');
  });

  it('a look-up that outlasts us: judged by what the resolver has, late for the claim, in time for the link', () => {
    const run = world();
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg, host: HOST[leg] });
      const shared = { id: `resolve-${HOST[leg]}`, leg: null, routeId: null, targetId: null, ...took(11_000) };
      steps.resolveFails('generic_timeout_error', shared);
      steps.dnsQuery({ type: 'A', addresses: [ADDRESS[leg]] });
      steps.dnsQuery({ type: 'AAAA', rcode: null, failure: failure('generic_timeout_error', 'dns_query'), ...SILENT });
      goOn(steps, steps.connectOk(ADDRESS[leg]), leg);
    }
    const told = tell(run);
    expect(told.verdict.claim).toMatchObject({ outcome: 'at_risk', cause: 'dns.timeout' });
    expect(told.verdict.link.outcome).toBe('will_work');
  });

  it('its neighbour, a resolver that has nothing, fails every leg', () => {
    const run = world();
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg, host: HOST[leg] });
      const shared = { id: `resolve-${HOST[leg]}`, leg: null, routeId: null, targetId: null, ...took(10_000) };
      steps.resolveFails('generic_timeout_error', shared);
      steps.dnsQuery({ rcode: null, failure: failure('generic_timeout_error', 'dns_query'), ...SILENT });
    }
    expect(tell(run).verdict.legs).toMatchObject({ claim: { outcome: 'will_fail' }, link: { outcome: 'will_fail' } });
  });
});
