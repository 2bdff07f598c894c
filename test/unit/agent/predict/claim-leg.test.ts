import { describe, expect, it } from 'vitest';
import { predict } from '../../../../src/agent/predict.js';
import type { Observation } from '../../../../src/model/observation.js';
import type { RouteEntry } from '../../../../src/model/route.js';
import { agentFacts, HTTP_PROXY, playAll, playLeg, ROUTES, TARGETS } from '../../../helpers/facts.js';
import {
  answer,
  CHALLENGE_ANSWER,
  ENV_ANSWER,
  ENV_DOCUMENT,
  ERROR_DOCUMENT,
  htmlAnswer,
  jsonAnswer,
  scene,
  trustedBy,
  type RawAnswer,
} from '../../../helpers/observations.js';

const claimOf = (observations: readonly Observation[], routes = ROUTES, routeId = 'direct') =>
  predict({ facts: agentFacts({ legs: { claim: { routeId } } }), routes, targets: TARGETS, observations }).find(
    ({ leg }) => leg === 'claim',
  );
const V4 = [
  '203.0.113.1',
  '203.0.113.2',
  '203.0.113.3',
  '203.0.113.4',
  '203.0.113.5',
  '203.0.113.6',
  '203.0.113.7',
] as const;
const V6 = ['2001:db8::1', '2001:db8::2'] as const;
const dead = (...addresses: readonly string[]) =>
  Object.fromEntries(addresses.map((address) => [address, 'generic_timeout_error'] as const));
const refused = (...addresses: readonly string[]) =>
  Object.fromEntries(addresses.map((address) => [address, 'connection_refused'] as const));

describe('claim leg: addresses as libcurl tries them', () => {
  it.each([
    ['any working address is enough', V4.slice(0, 3), dead(V4[0], V4[1]), 'will_work'],
    ['IPv6 dead, IPv4 alive: no time lost', [V6[0], V4[0]], dead(V6[0]), 'will_work'],
    ['IPv4 dead, IPv6 alive', [V4[0], V6[0]], dead(V4[0]), 'will_work'],
    ['refusals cost nothing', V4.slice(0, 7), refused(...V4.slice(0, 6)), 'will_work'],
    ['many silent ones ahead leave no time', V4.slice(0, 7), dead(...V4.slice(0, 6)), 'at_risk'],
    ['all silent', V4.slice(0, 2), dead(V4[0], V4[1]), 'will_fail'],
    ['all refused', V4.slice(0, 2), refused(V4[0], V4[1]), 'will_fail'],
  ] as const)('%s', (_what, addresses, connect, outcome) => {
    const seen = scene();
    playLeg(seen, 'claim', { addresses, connect });
    expect(claimOf(seen.observations)?.outcome).toBe(outcome);
  });

  it('loses the time of the silent addresses ahead', () => {
    const seen = scene();
    playLeg(seen, 'claim', { addresses: V4.slice(0, 3), connect: dead(V4[0], V4[1]) });
    expect(claimOf(seen.observations)?.agentSeconds).toBeCloseTo(3.75, 0);
  });

  it('does not go to another address when TLS fails on the first one that connects', () => {
    const seen = scene();
    const steps = seen.on({ leg: 'claim' });
    steps.resolveOk([V4[0], V4[1]]);
    steps.tlsFails(steps.connectOk(V4[0]), 'connection_reset');
    const way = steps.connectOk(V4[1]);
    steps.tlsOk(way);
    steps.httpAnswer(way, ENV_ANSWER);
    expect(claimOf(seen.observations)).toMatchObject({ outcome: 'will_fail', rule: 'agent:tls.reset' });
  });

  it('takes a head-to-head race of which only one works for a risk', () => {
    const seen = scene();
    const steps = seen.on({ leg: 'claim' });
    steps.resolveOk([V6[0], V4[0]]);
    steps.tlsFails(steps.connectOk(V6[0], { t0Ms: 0, tMs: 210 }), 'connection_reset');
    const way = steps.connectOk(V4[0]);
    steps.tlsOk(way);
    steps.httpAnswer(way, ENV_ANSWER);
    expect(claimOf(seen.observations)).toMatchObject({ outcome: 'at_risk', rule: 'agent:claim.race' });
  });

  it('does not know when no address was tried', () => {
    const seen = scene();
    seen.on({ leg: 'claim' }).resolveOk([V4[0]]);
    expect(claimOf(seen.observations)).toMatchObject({
      outcome: 'unknown',
      evidence: [expect.stringMatching(/^resolve/)],
    });
  });
});

describe('claim leg: whose answer', () => {
  const NOT_FOUND = answer('404 Not Found', '404 page not found', ['Content-Type: text/plain']);
  it.each<readonly [string, RawAnswer, string]>([
    ['the /env document', ENV_ANSWER, 'will_work'],
    ['an error document', CHALLENGE_ANSWER, 'will_work'],
    ['an error document with 403', jsonAnswer('403 Forbidden', ERROR_DOCUMENT), 'will_work'],
    ['an error document with 500', jsonAnswer('500 Oops', ERROR_DOCUMENT), 'at_risk'],
    ['other JSON', jsonAnswer('200 OK', '{"ok":true}'), 'at_risk'],
    ['a bare 404', NOT_FOUND, 'at_risk'],
    ['an empty 200', answer('200 OK', ''), 'at_risk'],
    ['a page', htmlAnswer('200 OK', 'Login'), 'will_fail'],
    ['a page with 403', htmlAnswer('403 Forbidden'), 'will_fail'],
    ['a 404 page', htmlAnswer('404 Not Found'), 'at_risk'],
    ['a redirect', answer('302 Found', '', ['Location: http://portal.example/']), 'will_fail'],
    ['a portal', answer('511 Network Authentication Required', ''), 'will_fail'],
    ['407', answer('407 Proxy Authentication Required', ''), 'will_fail'],
    ['a plain 403', answer('403 Forbidden', 'Access denied', ['Content-Type: text/plain']), 'will_fail'],
    ['a gateway error', answer('503 Service Unavailable', 'no healthy upstream'), 'will_fail'],
  ])('%s', (_what, http, outcome) => {
    const seen = playAll({ claim: { http } });
    expect(claimOf(seen.observations)?.outcome).toBe(outcome);
  });

  it('is content with one answer of the service among several questions', () => {
    const seen = scene();
    playLeg(seen, 'claim', { http: htmlAnswer('200 OK') });
    playLeg(seen, 'claim', { http: CHALLENGE_ANSWER });
    expect(claimOf(seen.observations)?.outcome).toBe('will_work');
  });

  it.each([
    ['a header without a colon', ['nonsense'], 'will_fail'],
    ['a folded line with nothing ahead', [' folded'], 'will_fail'],
    ['a folded line', ['X: a', ' folded'], 'will_work'],
    ['no space behind the colon, and nothing at all', ['X:a', 'Y:'], 'will_work'],
  ] as const)('an answer with %s', (_what, headers, outcome) => {
    const seen = scene();
    playLeg(seen, 'claim', { http: answer('200 OK', ENV_DOCUMENT, headers) });
    const claim = claimOf(seen.observations);
    expect(claim?.outcome).toBe(outcome);
    const says = outcome === 'will_fail' ? 'Weird server reply' : null;
    expect(claim?.agentWouldSay.status).toBe(says);
  });

  it.each([
    ['generic_timeout_error', 'http.no_answer', 'Timeout was reached'],
    ['eof_error', 'http.closed', 'Server returned nothing (no headers, no data)'],
    ['connection_reset', 'http.reset', 'Failure when receiving data from the peer'],
  ] as const)('no answer: %s', (kind, rule, status) => {
    const seen = scene();
    const steps = seen.on({ leg: 'claim' });
    steps.resolveOk([V4[0]]);
    const way = steps.connectOk(V4[0]);
    steps.tlsOk(way);
    steps.httpFails(way, kind, { t0Ms: 0, tMs: 10_000 });
    expect(claimOf(seen.observations)).toMatchObject({
      outcome: 'will_fail',
      rule: `agent:${rule}`,
      agentWouldSay: { status },
    });
  });

  it('reads chunked answers also where the link would not', () => {
    const document = ENV_ANSWER.body;
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n';
    const body = `${document.length.toString(16)}\r\n${document}\r\n0\r\nX: y\r\n\r\n`;
    const seen = playAll({ claim: { http: { head, body } } });
    expect(claimOf(seen.observations)?.outcome).toBe('will_work');
  });
});

describe('claim leg: proxies that only libcurl speaks to', () => {
  const entry = (kind: 'https_connect' | 'socks4'): RouteEntry => ({
    id: `${kind}:proxy.example:3128`,
    route:
      kind === 'socks4'
        ? { kind, proxy: { host: 'proxy.example', port: 3128, credentials: 'none' }, resolveAt: 'proxy' }
        : { kind, proxy: { host: 'proxy.example', port: 3128, credentials: 'none' } },
    usedBy: ['claim'],
    origin: 'claim.conf',
  });
  const through = (route: RouteEntry, judged = trustedBy('system')) => {
    const seen = scene();
    playLeg(seen, 'claim', {
      label: { routeId: route.id },
      proxy: (steps, way) => {
        if (route.route.kind === 'https_connect')
          steps.tlsOk(way, { expectedName: 'proxy.example', judgements: judged });
        steps.proxyOk(way, { protocol: 'https' });
      },
    });
    return claimOf(seen.observations, [...ROUTES, route], route.id);
  };

  it('https:// needs a certificate of the proxy that the default bundle trusts', () => {
    expect(through(entry('https_connect'))?.outcome).toBe('will_work');
    expect(through(entry('https_connect'), trustedBy())).toMatchObject({
      outcome: 'will_fail',
      rule: 'agent:proxy.tls_failed',
    });
  });

  it.each([
    [0x5a, 'will_work'],
    [0x5b, 'will_fail'],
  ] as const)('socks4 reply %i', (reply, outcome) => {
    const route = entry('socks4');
    const seen = scene();
    playLeg(seen, 'claim', {
      label: { routeId: route.id },
      proxy: (steps, way) => void steps.proxyReply(way, '', { protocol: 'socks4', socksReply: reply }),
    });
    expect(claimOf(seen.observations, [...ROUTES, route], route.id)?.outcome).toBe(outcome);
  });
});

describe('claim leg: an http:// URL through a proxy', () => {
  const facts = agentFacts({ legs: { claim: { routeId: HTTP_PROXY.id, plain: true, port: 80 } } });
  const targets = TARGETS.map((target) =>
    target.leg === 'claim' ? { ...target, id: 'claim:app.netdata.cloud:80', port: 80, plain: true as const } : target,
  );
  const played = (reply: RawAnswer) => {
    const seen = scene();
    const steps = seen.on({ leg: 'claim', port: 80, routeId: HTTP_PROXY.id });
    steps.resolveOk(['192.0.2.8'], { hostname: 'proxy.example' });
    const way = steps.connectOk('192.0.2.8', { host: 'proxy.example', port: 3128, peer: 'proxy' });
    steps.httpAnswer(way, reply);
    return predict({ facts, routes: ROUTES, targets, observations: seen.observations }).find(
      ({ leg }) => leg === 'claim',
    );
  };

  it('works without a tunnel and without TLS', () => {
    expect(played(ENV_ANSWER)).toMatchObject({ outcome: 'will_work', rule: 'agent:works' });
  });

  it('the proxy’s own 407 is the answer to the claim', () => {
    expect(played(htmlAnswer('407 Proxy Authentication Required'))).toMatchObject({
      outcome: 'will_fail',
      rule: 'agent:answer.proxy',
      agentWouldSay: { status: 'response code 407', log: 'CLAIM: response code 407' },
    });
  });

  it('a 403 of the proxy reads like a bad token', () => {
    expect(played(htmlAnswer('403 Forbidden'))).toMatchObject({
      outcome: 'will_fail',
      agentWouldSay: { status: 'token is expired, not found, or invalid' },
    });
  });
});

describe('claim leg: how often it is tried (docs/reference/agent.md#claim-request, #claim-results, #seen-14)', () => {
  const triesOf = (play: Parameters<typeof playLeg>[2]) => {
    const seen = scene();
    playLeg(seen, 'claim', play);
    return claimOf(seen.observations)?.tries ?? '';
  };

  it('five times 5 s and the pauses between them on a silent network: the start takes 28 s longer (T33)', () => {
    expect(triesOf({ connect: dead('203.0.113.10') })).toBe(
      'The Agent tries this claim five times within 28 s, then not again until it restarts.',
    );
  });

  it.each([500, 502, 503, 504, 200, 302, 401])('five times after %i', (status) => {
    expect(triesOf({ http: htmlAnswer(`${status} X`) })).toContain('five times');
  });

  it.each([403, 409, 422])('once after %i', (status) => {
    expect(triesOf({ http: htmlAnswer(`${status} X`) })).toContain('once');
  });

  it('five times when a proxy refuses the tunnel, whatever its status', () => {
    const seen = scene();
    const routeId = HTTP_PROXY.id;
    playLeg(seen, 'claim', {
      label: { routeId },
      proxy: (steps, way) => void steps.proxyReply(way, 'HTTP/1.1 403 Forbidden\r\n\r\n'),
    });
    expect(claimOf(seen.observations, ROUTES, routeId)?.tries).toContain('five times');
  });

  it('says nothing of it for a claimed Agent', () => {
    const seen = scene();
    playLeg(seen, 'claim', { connect: dead('203.0.113.10') });
    const facts = agentFacts({ over: { claimed: true } });
    const [claim] = predict({ facts, routes: ROUTES, targets: TARGETS, observations: seen.observations });
    expect(claim?.tries).toBeUndefined();
  });
});

describe('claim leg: slow is not late', () => {
  const OWN = '/api/v1/spaces/nodes/x';
  const NOT_FOUND = jsonAnswer('404 Not Found', '{"errorCode":"x","errorMsgKey":"y","errorMessage":"z"}');
  const claim = (...answers: readonly [path: string, ms: number | null][]) => {
    const seen = scene();
    const steps = seen.on({ leg: 'claim' });
    steps.resolveOk([V4[0]]);
    for (const [path, ms] of answers) {
      const way = steps.connectOk(V4[0]);
      steps.tlsOk(way);
      if (ms === null) steps.httpFails(way, 'generic_timeout_error', { t0Ms: 0, tMs: 10_000, path });
      else steps.httpAnswer(way, NOT_FOUND, { t0Ms: 0, tMs: ms, path });
    }
    return claimOf(seen.observations);
  };

  it('a slow /env does not stand in for the request of the claim', () => {
    expect(claim(['/api/v1/env', 12_000], [OWN, 30])).toMatchObject({ outcome: 'will_work' });
    expect(claim(['/api/v1/env', null], [OWN, 30])).toMatchObject({ outcome: 'will_work' });
    expect(claim(['/api/v1/env', 12_000])).toMatchObject({ outcome: 'at_risk', rule: 'agent:claim.total_budget' });
  });

  it('its own answer must come within 10 s in all', () => {
    expect(claim([OWN, 9900])?.outcome).toBe('will_work');
    expect(claim([OWN, 10_001])).toMatchObject({ outcome: 'will_fail', rule: 'agent:claim.total_budget' });
  });

  it('a look-up that takes longer than a try is a risk, and none when the next one is quick', () => {
    const lookups = (...ms: readonly number[]) => {
      const seen = scene();
      const steps = seen.on({ leg: 'claim' });
      for (const one of ms) steps.resolveOk([V4[0]], { t0Ms: 0, tMs: one });
      const way = steps.connectOk(V4[0]);
      steps.tlsOk(way);
      steps.httpAnswer(way, NOT_FOUND, { path: OWN });
      return claimOf(seen.observations);
    };
    expect(lookups(4999)?.rule).not.toBe('agent:works');
    expect(lookups(5000)).toMatchObject({ outcome: 'at_risk', rule: 'agent:claim.connect_budget' });
    expect(lookups(6000)).toMatchObject({ outcome: 'at_risk', rule: 'agent:claim.connect_budget' });
    expect(lookups(6000, 2)).toMatchObject({ outcome: 'will_work', rule: 'agent:works' });
  });
});
