import { describe, expect, it } from 'vitest';
import { agentSays } from '../../../../src/agent/predict.js';
import type { PredictRule } from '../../../../src/agent/predict/rule-ids.js';
import { WORDS } from '../../../../src/agent/predict/words.js';
import { LEGS, type Leg } from '../../../../src/model/route.js';

/** Every fixed status text of docs/reference/agent.md#reason-texts that a network can cause, and those of the claim. */
const STATUSES = new Set([
  'connection refused',
  'cannot resolve hostname',
  'cannot create socket',
  'timeout',
  'proxy negotiation failed',
  'TLS certificate verification failed',
  'https client failed to write http header',
  'cannot start SSL connection',
  'https client timeout',
  'https client read error',
  'https client parsing of response failed',
  '/env response code is not 200',
  '/env response is empty',
  '/env response is not JSON',
  'otp challenge response is not http/200',
  'otp challenge response is invalid',
  'offline',
  "can't connect, old protocol not supported",
  "can't connect, protocol capability not supported",
  "can't connect, invalid /env auth url",
  "can't connect, invalid /env transport idx",
  "can't connect, invalid /env transport URL",
  'disconnected, timed out waiting for CONNACK',
  'disconnected, closed by remote end',
  'disconnected, socket error',
  'disconnected, MQTT protocol error',
  'disconnected, WebSockets protocol error',
  'disconnected, message too big',
]);
const RULES = Object.keys(WORDS) as PredictRule[];

describe('what the Agent would say', () => {
  it.each(['2.10.3', '2.11.0', '2.12.0'])('v%s: only its own fixed texts on the legs of the link', (version) => {
    for (const rule of RULES) {
      for (const leg of LEGS.filter((one) => one !== 'claim')) {
        const { status } = agentSays(rule, leg, version, { status: 403 });
        if (status !== null) expect(STATUSES, `${rule} on ${leg}`).toContain(status);
      }
    }
  });

  it('v2.10.3: the link leg says nothing but offline (docs/reference/agent.md#seen-13)', () => {
    for (const rule of RULES.filter((one) => !/^(?:works|unknown)/.test(one))) {
      expect(agentSays(rule, 'link', '2.10.3').status).toBe('offline');
    }
  });

  it('the HTTPS legs take what follows a reply to CONNECT for a failed start of TLS', () => {
    const says = agentSays('proxy.bytes_after_reply', 'env', '2.10.3', { byProxy: true });
    expect(says.status).toBe('cannot start SSL connection');
  });

  it('a page instead of the challenge is another failure than a refusal', () => {
    const says = (status: number) => agentSays('answer.page', 'auth', '2.10.3', { status }).status;
    expect([says(200), says(403)]).toEqual([
      'otp challenge response is invalid',
      'otp challenge response is not http/200',
    ]);
  });

  it('a claim whose resolver is late runs out of time', () => {
    const says = (late: boolean) => agentSays('dns.unresolvable', 'claim', '2.10.3', { late }).status;
    expect([says(true), says(false)]).toEqual(['Timeout was reached', "Couldn't resolve host name"]);
  });

  it('says nothing about what works or is not known', () => {
    for (const rule of ['works', 'works.after_ipv6_timeout', 'unknown.not_observed'] as const) {
      for (const leg of LEGS) expect(agentSays(rule, leg, '2.10.3')).toEqual({ status: null, log: null });
    }
  });

  it.each([
    [200, 'response code 200'],
    [302, 'response code 302'],
    [403, 'token is expired, not found, or invalid'],
    [409, 'already claimed'],
    [422, 'code 422'],
    [500, 'Internal Server Error'],
    [502, 'response code 502'],
    [503, 'unavailable'],
    [504, 'Gateway Timeout'],
  ])('a claim answered %i', (status, text) => {
    expect(agentSays('answer.page', 'claim', '2.10.3', { status })).toEqual({ status: text, log: `CLAIM: ${text}` });
  });

  it('an interim answer is an answer that is not 200', () => {
    const says = (leg: Leg) => agentSays('http.interim_response', leg, '2.10.3', { status: 103 }).status;
    expect(says('env')).toBe('/env response code is not 200');
    expect(says('auth')).toBe('otp challenge response is not http/200');
  });

  it('has a sentence for every rule, ending in a full stop', () => {
    for (const sentence of Object.values(WORDS)) {
      expect(sentence).toMatch(/^[^a-z].*\.$|^\{|^\/env/);
      // One line beside a verdict.
      expect(sentence.split(' ').length, sentence).toBeLessThanOrEqual(12);
    }
  });

  it.each([
    ['1.40.1', null, null, null],
    ['1.41.0', 'env_endpoint_unreachable', 'invalid_otp', 'none'],
    ['2.2.0', 'env_endpoint_unreachable', 'invalid_otp', 'none'],
    ['2.2.1', 'cannot resolve hostname', 'cannot resolve hostname', 'offline'],
    ['2.11.0', 'cannot resolve hostname', 'cannot resolve hostname', 'offline'],
  ])('%s: a name that does not resolve', (version, env, auth, link) => {
    const says = (leg: Leg) => agentSays('dns.unresolvable', leg, version).status;
    expect([says('env'), says('auth'), says('link')]).toEqual([env, auth, link]);
  });

  it.each([
    ['2.2.0', 'env_endpoint_unreachable', "proxy didn't return 200 OK (got 407)"],
    ['2.2.1', 'proxy did not return http/200', "proxy didn't return 200 OK (got 407)"],
    ['2.9.0', 'proxy did not return http/200', "proxy didn't return 200 OK (got 407)"],
    ['2.10.0', 'proxy negotiation failed', 'failed with status 407'],
  ])('%s: a proxy that refuses', (version, status, log) => {
    expect(agentSays('proxy.reply_status_not_accepted', 'env', version, { status: 407, byProxy: true })).toEqual({
      status,
      log,
    });
  });

  it.each([
    ['2.9.0', 'http_proxy timeout waiting reply', 'http_proxy returned error code 407', null],
    ['2.10.0', 'proxy negotiation failed', 'proxy negotiation failed', 'proxy negotiation failed'],
  ])('%s: a proxy on the MQTT step that is silent, refuses, hangs up', (version, silent, refuses, closes) => {
    const log = (rule: PredictRule) => agentSays(rule, 'link', version, { status: 407 }).log;
    expect([log('proxy.no_reply'), log('proxy.reply_status_not_accepted'), log('proxy.closed')]).toEqual([
      silent,
      refuses,
      closes,
    ]);
  });

  it.each([
    ['2.8.5', 'Cert Chain verify error', 'verify error:num='],
    ['2.9.0', 'certificate verify error', 'certificate verify error'],
  ])('%s: the lines of a certificate that nobody vouches for', (version, https, link) => {
    expect([agentSays('tls.untrusted', 'env', version).log, agentSays('tls.untrusted', 'link', version).log]).toEqual([
      https,
      link,
    ]);
  });

  it.each([
    ['1.46.3', 'gethostbyname() error'],
    ['1.47.0', 'Could not connect to remote endpoint'],
  ])('%s: a name without an address on the MQTT step', (version, log) => {
    expect(agentSays('dns.no_ipv4', 'link', version).log).toBe(log);
  });

  it.each(['1.41.0', '2.2.0'])('v%s: reasons are words of its list', (version) => {
    const list = /^(?:none|invalid_otp|blocked|no_old_protocol|no_protocol_capability|env_\w+|invalid_env_\w+)$/;
    for (const rule of RULES) {
      for (const leg of LEGS.filter((one) => one !== 'claim')) {
        const { status } = agentSays(rule, leg, version, { status: 403 });
        if (status !== null) expect(status, `${rule} on ${leg}`).toMatch(list);
      }
    }
  });
});
