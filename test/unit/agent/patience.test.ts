import { describe, expect, it } from 'vitest';
import { cutShort, patienceSeconds, type PatientStep } from '../../../src/agent/patience.js';
import type { Leg } from '../../../src/model/route.js';
import { scene } from '../../helpers/observations.js';

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
    ['env', 'proxy_connect', '2.10.0', 10],
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
    expect(cutShort(http(5000), 'env', '2.11.0')).toEqual({ waitedSeconds: 5, agentSeconds: 30 });
    expect(cutShort(http(29_000), 'env', '2.11.0')).not.toBeNull();
    expect(cutShort(http(30_000), 'env', '2.11.0')).toBeNull();
    expect(cutShort(http(5000), 'claim', '1.47.5')).toEqual({ waitedSeconds: 5, agentSeconds: null });
  });
  it('does not ask where SYNs were repeated in vain', () => {
    const { steps, span } = silent(5000);
    expect(cutShort(steps.connectTimeout('203.0.113.1', span), 'link', '2.11.0')).toBeNull();
    const short = silent(1500);
    expect(cutShort(short.steps.connectTimeout('203.0.113.1', short.span), 'link', '2.11.0')).toEqual({
      waitedSeconds: 1.5,
      agentSeconds: 20,
    });
  });
  it('does not ask about anything but silence', () => {
    const { steps } = silent(5000);
    expect(cutShort(steps.connectRefused('203.0.113.1'), 'env', '2.11.0')).toBeNull();
    expect(cutShort(steps.connectOk('203.0.113.1'), 'env', '2.11.0')).toBeNull();
  });
});
