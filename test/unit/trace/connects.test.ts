/** How connections failed, and which hosts they leave reachable. */
import { describe, expect, it } from 'vitest';
import type { FailureKind } from '../../../src/model/failure.js';
import { fateOf, ipv6BrokenAt, isCutOff, type Cell, type HostConnects } from '../../../src/trace/connects.js';
import { traceOf } from '../../../src/trace/trace.js';
import { scene } from '../../helpers/observations.js';
import { failure, observation } from './seen.js';

const routes = (defaultRoute4: boolean | null, defaultRoute6: boolean | null) =>
  observation('read_host_network', { defaultRoute4, defaultRoute6, resolvers: [] });

const connect = (kind: FailureKind, over: object = {}, rawCode: string | null = null) =>
  observation('connect', { peer: 'target', family: 4, failure: { ...failure(kind), rawCode }, ...over });

describe('the fate of a connect', () => {
  it.each([
    ['connection_refused', {}, null, 'reset'],
    ['connection_reset', {}, null, 'reset'],
    ['connection_aborted', {}, null, 'reset'],
    ['generic_timeout_error', {}, null, 'silent'],
    ['timed_out', {}, 'ETIMEDOUT', 'silent'],
    ['address_family_not_supported', {}, null, 'no_family'],
    ['address_not_available', {}, null, 'no_family'],
    ['host_unreachable', {}, null, 'told'],
    ['permission_denied', { family: 6 }, 'EACCES', 'told'],
    ['permission_denied', { family: 6 }, 'EPERM', 'own'],
    ['permission_denied', { family: 4 }, 'EACCES', 'own'],
    ['permission_denied', { family: 4 }, 'EPERM', 'own'],
    ['unknown_failure', {}, 'EINVAL', 'own'],
    ['unknown_failure', {}, 'EWHAT', 'other'],
  ] as const)('%s %j %s: %s', (kind, over, rawCode, fate) => {
    expect(fateOf(connect(kind, over, rawCode), null)).toBe(fate);
  });

  it('works where nothing failed', () => {
    expect(fateOf(observation('connect', { family: 4 }), null)).toBe('works');
  });

  it.each([
    // Without a table of routes, only an error that comes at once is taken for a missing family.
    [null, 4, 19, 'no_family'],
    [null, 4, 20, 'told'],
    [routes(null, null), 4, 19, 'no_family'],
    [routes(null, null), 4, 20, 'told'],
    [routes(false, true), 4, 500, 'no_family'],
    [routes(true, false), 4, 1, 'told'],
    [routes(true, false), 6, 500, 'no_family'],
    [routes(false, true), 6, 1, 'told'],
  ] as const)('network unreachable (row %#)', (network, family, ms, fate) => {
    for (const kind of ['network_unreachable', 'network_down'] as const)
      expect(fateOf(connect(kind, { family, t0Ms: 5, tMs: 5 + ms }), network)).toBe(fate);
  });
});

const cell = (family: 4 | 6, fate: Cell['fate']): Cell => ({
  host: 'h',
  port: 443,
  routeId: 'direct',
  address: family === 4 ? '192.0.2.1' : '2001:db8::1',
  family,
  fate,
  seen: [],
  attempts: [],
});
const host = (...cells: Cell[]): HostConnects => ({ host: 'h', port: 443, routeId: 'direct', cells });

describe('a host that is cut off', () => {
  it.each([
    [[], false],
    [[cell(6, 'no_family')], false],
    [[cell(4, 'silent')], true],
    [[cell(4, 'silent'), cell(6, 'no_family')], true],
    [[cell(4, 'silent'), cell(6, 'works')], false],
  ] as const)('row %#', (cells, cut) => {
    expect(isCutOff(host(...cells))).toBe(cut);
  });
});

describe('IPv6 that is broken', () => {
  const six = cell(6, 'silent');
  const four = cell(4, 'works');
  const broken = host(six, four);
  it.each([
    ['where IPv4 works', [broken], [0]],
    ['not where nothing works', [host(six, cell(4, 'silent'))], []],
    ['not where this host cannot speak it', [host(cell(6, 'no_family'), four)], []],
    ['not where one address of it works', [host(six, cell(6, 'works'), four)], []],
    ['also at a host that IPv4 does not reach, if IPv6 works nowhere', [host(six), broken], [0, 1]],
    ['not there, if IPv6 works at another host', [host(six), broken, host(cell(6, 'works'))], [1]],
    ['not at a host without such an address', [broken, host(four)], [0]],
  ] as const)('%s', (_, hosts, at) => {
    expect([...ipv6BrokenAt(hosts)]).toEqual(at.map((index) => hosts[index]));
  });
});

describe('the addresses of a host', () => {
  it('work if any connection to them did', () => {
    const seen = scene();
    const env = seen.on({ leg: 'env' });
    env.connectRefused('203.0.113.1');
    env.connectOk('203.0.113.1');
    env.connectRefused('203.0.113.2');
    seen.on({ leg: 'env', routeId: 'p1' }).connectOk('203.0.113.3', { peer: 'proxy' });
    const { connects } = traceOf({ observations: seen.observations, targets: [] });
    expect(connects).toHaveLength(1);
    expect(connects[0]).toMatchObject({ host: 'app.netdata.cloud', port: 443, routeId: 'direct' });
    expect(connects[0]?.cells.map(({ address, fate, seen: of }) => [address, fate, of.length])).toEqual([
      ['203.0.113.1', 'works', 2],
      ['203.0.113.2', 'reset', 1],
    ]);
  });
});
