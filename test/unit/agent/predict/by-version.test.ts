/** The same network, one version on each side of a change. */
import { describe, expect, it } from 'vitest';
import { predict } from '../../../../src/agent/predict.js';
import { readEnvEndpoints } from '../../../../src/agent/predict/endpoints.js';
import { rulesFor } from '../../../../src/agent/versions.js';
import { LEGS, type Leg } from '../../../../src/model/route.js';
import { agentFacts, playAll, ROUTES, TARGETS, type LegPlay } from '../../../helpers/facts.js';
import { answer, ENV_DOCUMENT, jsonAnswer, type Scene } from '../../../helpers/observations.js';
import { head, PROXIED, same, V4, V4_OTHER, V6, viaHttp } from './fate.js';

function outcomes(seen: Scene, version: string, proxied = false): string {
  const facts = agentFacts({ ...(proxied ? PROXIED : {}), version });
  const predictions = predict({ facts, routes: ROUTES, targets: TARGETS, observations: seen.observations });
  const letter = { will_work: 'w', will_fail: 'f', at_risk: 'r', unknown: 'u' };
  return LEGS.map((leg) => letter[predictions.find((one) => one.leg === leg)?.outcome ?? 'unknown']).join('');
}

function ruleOf(seen: Scene, version: string, leg: Leg, proxied = false): string | undefined {
  const facts = agentFacts({ ...(proxied ? PROXIED : {}), version });
  return predict({ facts, routes: ROUTES, targets: TARGETS, observations: seen.observations }).find(
    (one) => one.leg === leg,
  )?.rule;
}

const replied = (reply: string, over = {}): (() => Scene) => {
  const play = viaHttp(reply, over);
  return () => playAll(same(play));
};

/** claim, env, auth, link: w works, f fails, r at risk, u unknown. */
const PROXY_CASES: readonly (readonly [string, () => Scene, Readonly<Record<string, string>>])[] = [
  [
    'HTTP/1.0',
    replied(head('HTTP/1.0 200 Connection established')),
    { '1.46.1': 'wfff', '1.46.2': 'wwww', '2.10.3': 'wwww' },
  ],
  [
    'a value of 1,100 bytes',
    replied(head('HTTP/1.1 200 OK', `X-A: ${'a'.repeat(1100)}`)),
    { '1.43.2': 'wffw', '2.9.0': 'wffw', '2.10.0': 'wwww' },
  ],
  [
    'a value of 300 bytes',
    replied(head('HTTP/1.1 200 OK', `X-A: ${'a'.repeat(300)}`)),
    { '1.41.0': 'wffw', '1.42.0': 'wwww' },
  ],
  [
    'no space behind the colon',
    replied(head('HTTP/1.1 200 OK', 'Via:1.1 proxy')),
    { '2.9.0': 'wffw', '2.10.0': 'wwww' },
  ],
  [
    'chunks announced',
    replied(head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')),
    { '1.41.0': 'wwww', '1.42.0': 'wffw', '2.9.0': 'wffw', '2.10.0': 'wwww' },
  ],
  ['no reason phrase', replied(head('HTTP/1.1 200')), { '2.9.0': 'wfff', '2.10.0': 'wwww' }],
  ['no reason phrase, a header', replied(head('HTTP/1.1 200', 'Via: 1.1 p')), { '2.9.0': 'wffw', '2.10.0': 'wwww' }],
  [
    'in two pieces, cut behind the first line',
    replied(head('HTTP/1.1 200 OK', 'Via: 1.1 p'), { cuts: [17] }),
    { '2.9.0': 'wwwf', '2.10.0': 'wwww' },
  ],
  [
    'in two pieces, cut in the middle of a line',
    replied(head('HTTP/1.1 200 OK', 'Via: 1.1 p'), { cuts: [20] }),
    { '2.9.0': 'wwww', '2.10.0': 'wwww' },
  ],
  [
    'a second and a half of silence',
    replied(head('HTTP/1.1 200 OK'), { longestSilenceMs: 1500, t0Ms: 100, tMs: 1600 }),
    { '2.9.0': 'wwwf', '2.10.0': 'wwww' },
  ],
  [
    'two seconds in all, never one without a byte',
    replied(head('HTTP/1.1 200 OK'), { longestSilenceMs: 700, t0Ms: 100, tMs: 2100 }),
    { '2.9.0': 'wwww', '2.10.0': 'wwww' },
  ],
  ['a reason of 600 bytes', replied(head(`HTTP/1.1 200 ${'a'.repeat(600)}`)), { '2.9.0': 'wwwf', '2.10.0': 'wwww' }],
];

describe('replies to CONNECT', () => {
  it.each(PROXY_CASES)('%s', (_name, seen, fates) => {
    for (const [version, fate] of Object.entries(fates)) {
      expect(`${version} ${outcomes(seen(), version, true)}`).toBe(`${version} ${fate}`);
    }
  });

  it('a proxy that hangs up keeps the link of 2.9.0 busy for ever', () => {
    const seen = replied('', { failure: { kind: 'eof_error', operation: 'proxy_connect', rawCode: null, detail: '' } });
    const of = (version: string) =>
      predict({
        facts: agentFacts({ ...PROXIED, version }),
        routes: ROUTES,
        targets: TARGETS,
        observations: seen().observations,
      }).find(({ leg }) => leg === 'link');
    expect(of('2.9.0')).toMatchObject({ rule: 'agent:proxy.closed', agentSeconds: null });
    expect(of('2.10.0')?.agentSeconds).not.toBeNull();
  });
});

describe('slow proxies', () => {
  const slow = (seconds: number): LegPlay =>
    viaHttp(head('HTTP/1.1 200 OK'), { longestSilenceMs: seconds * 1000, t0Ms: 0, tMs: seconds * 1000 });
  it.each([
    [15, '2.9.0', 'wwf'],
    [15, '2.10.0', 'wwf'],
    [15, '2.11.0', 'wwf'],
    [29, '2.11.0', 'wwf'],
    [31, '2.11.0', 'fff'],
  ])('%d s for each CONNECT: %s', (seconds, version, fate) => {
    expect(outcomes(playAll(same(slow(seconds))), version, true).slice(1)).toBe(fate);
  });

  /** 25 s for CONNECT, and then the answer. */
  const both = (answerMs: number): Scene =>
    playAll({
      ...same(viaHttp(head('HTTP/1.1 200 OK'))),
      env: { ...slow(25), httpOver: { t0Ms: 0, tMs: answerMs } },
    });
  it.each([
    [4000, '2.9.0', 'w'],
    [6000, '2.9.0', 'f'],
    [4000, '2.11.0', 'w'],
    [6000, '2.11.0', 'f'],
  ])('25 s for CONNECT and %d ms for the answer: %s', (ms, version, fate) => {
    expect(outcomes(both(ms), version, true)[1]).toBe(fate);
  });
});

describe('addresses', () => {
  const silentFirst = (): Scene =>
    playAll(same({ addresses: [V4, V4_OTHER], connect: { [V4]: 'generic_timeout_error' } }));
  it.each([
    ['1.47.5', 'www'],
    ['2.0.3', 'www'],
    ['2.1.0', 'fff'],
    ['2.11.0', 'fff'],
  ])('the first one silent, the second good: %s', (version, fate) => {
    const seen = silentFirst();
    // The old look-up of the MQTT step takes no second address, but that one is newer than it.
    expect(outcomes(seen, version).slice(1)).toBe(fate);
  });

  it.each([
    ['2.0.3', 50, 'w'],
    ['2.0.3', 150, 'f'],
    ['2.0.3-100-nightly', 150, 'f'],
    ['1.40.1', 150, 'f'],
  ])('%s, two silent addresses, and %d ms for what the third answers', (version, ms, fate) => {
    const third = '203.0.113.3';
    const silent = { [V4]: 'generic_timeout_error', [V4_OTHER]: 'generic_timeout_error' } as const;
    const seen = playAll(same({ addresses: [V4, V4_OTHER, third], connect: silent, httpOver: { t0Ms: 0, tMs: ms } }));
    expect(outcomes(seen, version)[1]).toBe(fate);
  });

  it('the MQTT step before 1.47.0 takes the first IPv4 address and no other', () => {
    const seen = silentFirst();
    expect(outcomes(seen, '1.46.3').slice(1)).toBe('wwf');
    expect(ruleOf(seen, '1.46.3', 'link')).toBe('agent:tcp.all_silent');
    const six: LegPlay = { addresses: [V6] };
    expect(outcomes(playAll(same(six)), '1.46.3').slice(1)).toBe('wwf');
    expect(ruleOf(playAll(same(six)), '1.46.3', 'link')).toBe('agent:dns.no_ipv4');
    expect(outcomes(playAll(same(six)), '1.47.0').slice(1)).toBe('www');
  });

  it.each([
    ['1.40.1', 'env', 30],
    ['1.43.2', 'env', 60],
    ['1.47.1', 'link', 130],
    ['1.47.2', 'link', 20],
  ] as const)('%s spends on %s what a silent address costs there', (version, leg, seconds) => {
    const facts = agentFacts({ version });
    const seen = playAll(same({ addresses: [V4], connect: { [V4]: 'generic_timeout_error' } }));
    const predictions = predict({ facts, routes: ROUTES, targets: TARGETS, observations: seen.observations });
    expect(Math.round(predictions.find((one) => one.leg === leg)?.agentSeconds ?? 0)).toBe(seconds);
  });

  it('IPv6 is left out after a time-out since 1.47.2', () => {
    const dual = playAll(same({ addresses: [V6, V4], connect: { [V6]: 'generic_timeout_error' } }));
    const attempt = (version: string) =>
      predict({
        facts: agentFacts({ version }),
        routes: ROUTES,
        targets: TARGETS,
        observations: dual.observations,
      }).find(({ leg }) => leg === 'env')?.worksAtAttempt;
    expect(attempt('1.47.1')).toBe(1);
    expect(attempt('2.1.1')).toBe(2);
  });
});

describe('answers', () => {
  const env = (headers: readonly string[], body = ENV_DOCUMENT): Scene =>
    playAll({ env: { http: answer('200 OK', body, ['Content-Type: application/json', ...headers]) } });
  it.each([
    ['1.41.0', 300, 'f'],
    ['1.42.0', 300, 'w'],
    ['1.42.0', 1024, 'f'],
    ['1.41.0', 255, 'w'],
    ['1.41.0', 256, 'f'],
  ])('%s, a value of %d bytes', (version, length, fate) => {
    expect(outcomes(env([`X-A: ${'a'.repeat(length)}`]), version)[1]).toBe(fate);
  });

  it.each([
    ['1.42.0', 'f'],
    ['1.43.2', 'f'],
    ['1.44.0', 'w'],
  ])('%s, a length said twice', (version, fate) => {
    expect(outcomes(env([`Content-Length: ${String(ENV_DOCUMENT.length)}`]), version)[1]).toBe(fate);
  });

  it('an old transport is asked for before 1.37.0', () => {
    expect(ruleOf(playAll({}), '1.36.1', 'env')).toBe('agent:env.no_mqtt3_transport');
    expect(ruleOf(playAll({}), '1.37.0', 'env')).toBe('agent:works');
  });

  it('2.2.1 to 2.5.4 go where the first entry says, whatever it is', () => {
    const document = JSON.stringify({
      ...(JSON.parse(ENV_DOCUMENT) as object),
      transports: [
        { type: 'MQTTv3', endpoint: 'wss://old.netdata.cloud:443/mqtt' },
        { type: 'MQTTv5', endpoint: 'wss://new.netdata.cloud:443/mqtt' },
      ],
    });
    const { head: raw, body } = jsonAnswer('200 OK', document);
    const host = (version: string) => readEnvEndpoints(raw, body, rulesFor(version))?.link?.host;
    expect(['2.2.0', '2.2.1', '2.5.4', '2.6.0'].map(host)).toEqual([
      'new.netdata.cloud',
      'old.netdata.cloud',
      'old.netdata.cloud',
      'new.netdata.cloud',
    ]);
  });
});

it('a CONNACK of MQTT 3 keeps the link waiting before 2.11.0', () => {
  const seen = playAll({
    link: { mqtt: (steps, way) => void steps.connack(way, 0, { rawFirstBytes: '\x20\x02\0\0' }) },
  });
  const of = (version: string) =>
    predict({
      facts: agentFacts({ version }),
      routes: ROUTES,
      targets: TARGETS,
      observations: seen.observations,
    }).find(({ leg }) => leg === 'link');
  expect(of('2.10.4')).toMatchObject({ rule: 'agent:mqtt.connack_too_short', agentSeconds: null });
  expect(of('2.11.0')).toMatchObject({ rule: 'agent:mqtt.connack_too_short' });
  expect(of('2.11.0')?.agentSeconds).not.toBeNull();
});

describe('versions of which little is known', () => {
  it('foretells nothing below 1.32 but what the network stops', () => {
    expect(outcomes(playAll({}), '1.31.0')).toBe('uuuu');
    expect(outcomes(playAll({}), '20200416-384-g1b96532')).toBe('uuuu');
    expect(outcomes(playAll(same({ connect: { [V4]: 'connection_refused' }, addresses: [V4] })), '1.31.0')).toBe(
      'ffff',
    );
  });

  it('calls the login of old versions at risk', () => {
    expect(outcomes(playAll({}), '1.38.1')).toBe('wwrw');
    expect(outcomes(playAll({}), '1.39.0')).toBe('wwww');
  });
});

describe('the claim up to 1.47.5', () => {
  it('speaks of a script', () => {
    const seen = playAll({ claim: { addresses: [V4], connect: { [V4]: 'connection_refused' } } });
    const claim = (version: string) =>
      predict({ facts: agentFacts({ version }), routes: ROUTES, targets: TARGETS, observations: seen.observations })[0];
    expect(claim('1.47.5')?.tries).toContain('exit code 7');
    expect(claim('1.47.5')?.agentWouldSay).toEqual({ status: null, log: 'Unknown HTTP error message' });
    expect(claim('2.0.0')?.tries).toContain('five times');
  });
});
