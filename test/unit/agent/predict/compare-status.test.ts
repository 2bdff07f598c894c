import { describe, expect, it } from 'vitest';
import { compareStatus, predict } from '../../../../src/agent/predict.js';
import type { ReadAgentStatusObservation } from '../../../../src/model/observation.js';
import { agentFacts, HTTP_PROXY, playAll, ROUTES, TARGETS, type FactsOptions } from '../../../helpers/facts.js';
import { agentStatus, type Scene } from '../../../helpers/observations.js';

const NOW = new Date('2026-01-01T00:00:00Z');
const compare = (seen: Scene, status: Partial<ReadAgentStatusObservation>, options: FactsOptions = {}) => {
  const facts = agentFacts(options);
  const predictions = predict({ facts, routes: ROUTES, targets: TARGETS, observations: seen.observations });
  return compareStatus(predictions, agentStatus(status), { facts, routes: ROUTES, now: NOW });
};
const kinds = (...of: Parameters<typeof compare>) => compare(...of).map(({ kind }) => kind);
const BROKEN = playAll({ link: { tlsFails: 'connection_reset' } });
const PROXIED: FactsOptions = { legs: { link: { routeId: HTTP_PROXY.id } } };

describe('the running Agent beside the prediction', () => {
  it('has nothing to say when both agree', () => {
    expect(kinds(playAll(), { status: 'online' })).toEqual([]);
    expect(kinds(BROKEN, { status: 'offline' })).toEqual([]);
    expect(kinds(playAll(), { status: null })).toEqual([]);
  });

  it('is offline although everything works now', () => {
    const [found] = compare(playAll(), { status: 'offline', reason: 'timeout' });
    expect(found).toMatchObject({ kind: 'running_offline', data: { reason: 'timeout' } });
  });

  it('is online although a new connection would fail', () => {
    expect(kinds(BROKEN, { status: 'online' })).toEqual(['running_online']);
  });

  it('is banned, whatever the network does', () => {
    expect(kinds(playAll(), { status: 'banned', reason: 'x' })).toEqual(['running_banned']);
    expect(kinds(BROKEN, { status: 'banned' })).toEqual(['running_banned']);
  });

  it('tries again only in hours', () => {
    const found = compare(playAll(), { status: 'offline', nextAttemptAt: '2026-01-01T05:00:00.000Z' });
    expect(found.map(({ kind }) => kind)).toEqual(['running_offline', 'retry_far_away']);
    expect(found[1]?.data['seconds']).toBe(18_000);
    expect(kinds(playAll(), { status: 'offline', nextAttemptAt: '2026-01-01T00:01:00.000Z' })).toEqual([
      'running_offline',
    ]);
    expect(kinds(playAll(), { status: 'offline', nextAttemptAt: 'nonsense' })).toEqual(['running_offline']);
  });

  it('froze another proxy than its files say (trap T1)', () => {
    expect(kinds(playAll(), { proxy: 'none' }, PROXIED)).toEqual(['proxy_not_active_yet']);
    expect(kinds(playAll(), { proxy: 'http://old.example:3128 (without credentials, from cloud.conf)' })).toEqual([
      'proxy_not_active_yet',
    ]);
    expect(kinds(playAll(), { proxy: 'http://Proxy.example:3128 (with credentials, from x)' }, PROXIED)).toEqual([]);
    expect(kinds(playAll(), { proxy: null }, PROXIED)).toEqual([]);
    expect(kinds(playAll(), { proxy: 'unreadable' }, PROXIED)).toEqual([]);
  });
});
