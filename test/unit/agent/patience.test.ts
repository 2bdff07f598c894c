import { describe, expect, it } from 'vitest';
import {
  cutShort,
  longestRunMs,
  longestWaitMs,
  ordinaryWaitMs,
  lookupCutShort,
  patienceSeconds,
  patienceWords,
  type PatientStep,
} from '../../../src/agent/patience.js';
import type { Leg } from '../../../src/model/route.js';
import { failure, LOST, scene } from '../../helpers/observations.js';

describe('how long the Agent waits', () => {
  it.each<[Leg, PatientStep, string, number | null]>([
    ['claim', 'tls_handshake', '2.0.0', 5],
    ['claim', 'http_round_trip', '2.0.0', 10],
    ['claim', 'connect', '1.47.5', 30],
    ['claim', 'http_round_trip', '1.47.5', null],
    ['env', 'http_round_trip', '2.11.0', 30],
    ['auth', 'tls_handshake', '2.11.0', 30],
    ['env', 'connect', '1.40.1', 30],
    ['env', 'connect', '1.41.0', 60],
    ['env', 'connect', '1.47.2', 20],
    ['link', 'connect', '1.47.1', 130],
    ['link', 'connect', '1.47.2', 20],
    ['env', 'proxy_connect', '2.9.0', 30],
    ['env', 'proxy_connect', '2.10.0', 30],
    ['link', 'proxy_connect', '2.9.0', 1],
    ['link', 'proxy_connect', '2.10.0', 10],
    ['link', 'mqtt_connect', '2.11.0', null],
    ['link', 'tls_handshake', '2.11.0-47-nightly', null],
    ['link', 'mqtt_connect', '2.11.0-48-nightly', 120],
    ['link', 'websocket_upgrade', '2.12.0', 120],
    ['env', 'resolve', '2.11.0', null],
  ])('%s, %s, %s', (leg, step, version, seconds) => {
    expect(patienceSeconds(leg, step, version)).toBe(seconds);
  });
});

describe('was this silence as long as the Agent would wait?', () => {
  const silent = (ms: number) => {
    const seen = scene().on({ leg: 'env' });
    return { steps: seen, span: { t0Ms: 100, tMs: 100 + ms } };
  };
  const http = (ms: number) => {
    const { steps, span } = silent(ms);
    return steps.httpFails(steps.connectOk('203.0.113.1'), 'generic_timeout_error', span);
  };
  it('tells what was cut short, and by how much', () => {
    expect(cutShort(http(5000), 'env', '2.11.0', 3000)).toEqual({ waitedSeconds: 5, agentSeconds: 30 });
    expect(cutShort(http(29_000), 'env', '2.11.0', 3000)).not.toBeNull();
    expect(cutShort(http(30_000), 'env', '2.11.0', 3000)).toBeNull();
    // Held up now and then, not all the time: what had come by then would have been read.
    expect(cutShort({ ...http(30_000), stalledMs: 5000 }, 'env', '2.11.0', 3000)).toBeNull();
    expect(cutShort({ ...http(30_000), stalledMs: 15_000 }, 'env', '2.11.0', 3000)).not.toBeNull();
    expect(cutShort(http(5000), 'claim', '1.47.5', 3000)).toEqual({ waitedSeconds: 5, agentSeconds: null });
  });
  it('does not ask where SYNs were repeated in vain', () => {
    const { steps, span } = silent(5000);
    expect(cutShort(steps.connectTimeout('203.0.113.1', span), 'link', '2.11.0', 3000)).toBeNull();
    const held = { ...steps.connectTimeout('203.0.113.1', span), stalledMs: 2500 };
    expect(cutShort(held, 'link', '2.11.0', 3000)).toBeNull();
    const short = silent(1500);
    expect(cutShort(short.steps.connectTimeout('203.0.113.1', short.span), 'link', '2.11.0', 3000)).toEqual({
      waitedSeconds: 1.5,
      agentSeconds: 20,
    });
  });
  it.each<[Leg, PatientStep, string, number, boolean]>([
    ['env', 'http_round_trip', '2.11.0', 29_749, true],
    ['env', 'http_round_trip', '2.11.0', 29_750, false],
    ['claim', 'tls_handshake', '2.11.0', 4749, true],
    ['claim', 'tls_handshake', '2.11.0', 4750, false],
    ['claim', 'http_round_trip', '2.11.0', 9749, true],
    ['claim', 'http_round_trip', '2.11.0', 9750, false],
    ['link', 'mqtt_connect', '2.11.0', 119_749, true],
    ['link', 'mqtt_connect', '2.11.0', 119_750, false],
    ['env', 'proxy_connect', '2.11.0', 29_749, true],
    ['env', 'proxy_connect', '2.11.0', 29_750, false],
    ['link', 'proxy_connect', '2.11.0', 9749, true],
    ['link', 'proxy_connect', '2.11.0', 9750, false],
    ['claim', 'resolve', '2.11.0', 9749, true],
    ['env', 'resolve', '2.11.0', 9749, true],
    ['env', 'resolve', '2.11.0', 9750, false],
    ['link', 'connect', '2.11.0', 2749, true],
    ['link', 'connect', '2.11.0', 2750, false],
  ])('%s, %s, %s: silent for %d ms is cut short: %s', (leg, operation, version, ms, short) => {
    const { steps, span } = silent(ms);
    const seen = { ...steps.connectTimeout('203.0.113.1', span), operation } as never;
    expect(cutShort(seen, leg, version, 3000) !== null).toBe(short);
  });

  it('waits longer for a connection where the path is slow or lossy', () => {
    const { steps, span } = silent(5000);
    const seen = steps.connectTimeout('203.0.113.1', span);
    expect(cutShort(seen, 'link', '2.11.0', 5250)).toBeNull();
    expect(cutShort(seen, 'link', '2.11.0', 5251)).toEqual({ waitedSeconds: 5, agentSeconds: 20 });
  });

  it('does not ask where the kernel says that what we sent is lost', () => {
    const { steps, span } = silent(5000);
    const way = steps.connectOk('203.0.113.1');
    expect(cutShort(steps.tlsFails(way, 'generic_timeout_error', span), 'link', '2.11.0', 3000)).not.toBeNull();
    expect(
      cutShort(steps.tlsFails(way, 'generic_timeout_error', { ...span, ...LOST }), 'link', '2.11.0', 3000),
    ).toBeNull();
  });

  it('a question on the wire is one of the C library’s, which waits 10 s in all', () => {
    const { steps } = silent(0);
    const question = (tMs: number) =>
      steps.dnsQuery({ rcode: null, failure: failure('generic_timeout_error', 'dns_query'), t0Ms: 0, tMs });
    expect(lookupCutShort(question(9749))).toEqual({ waitedSeconds: 9.749, agentSeconds: 10 });
    expect(lookupCutShort(question(9750))).toBeNull();
    expect(lookupCutShort(steps.dnsQuery())).toBeNull();
  });

  it('does not ask about anything but silence', () => {
    const { steps } = silent(5000);
    expect(cutShort(steps.connectRefused('203.0.113.1'), 'env', '2.11.0', 3000)).toBeNull();
    expect(cutShort(steps.connectOk('203.0.113.1'), 'env', '2.11.0', 3000)).toBeNull();
  });
});

describe('--patient', () => {
  it('gives each step what the Agent gives it', () => {
    expect(longestWaitMs('env', 'http_round_trip', '2.11.0')).toBe(30_250);
    expect(longestWaitMs('link', 'mqtt_connect', '2.11.0')).toBe(120_250);
    expect(longestWaitMs(null, 'connect', '2.11.0')).toBe(20_250);
    expect(longestWaitMs(null, 'resolve', '2.11.0')).toBe(20_000);
    expect(longestRunMs('2.11.0')).toBe(20_250 + 10_250 + 120_250 + 20_000 + 5000);
    expect(longestRunMs('1.40.0')).toBeGreaterThan(longestRunMs('2.11.0'));
  });

  it('is not needed for what an ordinary run waits for: as long as for an answer', () => {
    expect(ordinaryWaitMs('env', 'http_round_trip', '2.11.0')).toBe(30_250);
    expect(ordinaryWaitMs('claim', 'http_round_trip', '2.11.0')).toBe(10_250);
    expect(ordinaryWaitMs('link', 'mqtt_connect', '2.11.0')).toBe(30_250);
    expect(ordinaryWaitMs(null, 'tls_handshake', '2.11.0')).toBe(0);
  });

  it('has one wording', () => {
    expect(patienceWords({ waitedSeconds: 5.004, agentSeconds: 30 })).toBe('silent for 5 s; the Agent waits 30 s');
    expect(patienceWords({ waitedSeconds: 13.26, agentSeconds: null })).toBe(
      'silent for 13.3 s; the Agent waits without a limit',
    );
  });
});
