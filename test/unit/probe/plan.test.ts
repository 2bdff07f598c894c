import { describe, expect, it } from 'vitest';
import type { PlannedRoute } from '../../../src/model/planned.js';
import type { Target } from '../../../src/model/target.js';
import { addressesToWalk, namesToAsk, requestPathOf, resolvesLocally, holdLadder } from '../../../src/probe/plan.js';
import type { ProbeInput } from '../../../src/probe/types.js';

const proxy = { host: 'proxy.example', port: 3128, credentials: 'none' } as const;
const route = (way: PlannedRoute['route'], id = 'r'): PlannedRoute => ({
  id,
  route: way,
  usedBy: [],
  origin: 'test',
  credentials: null,
});
const direct = route({ kind: 'direct' }, 'direct');
const connect = route({ kind: 'http_connect', proxy }, 'connect');
const socksLocal = route({ kind: 'socks5', proxy, resolveAt: 'local' });
const socksRemote = route({ kind: 'socks5', proxy, resolveAt: 'proxy' });
const target = (leg: Target['leg'], host: string, path = '/api/v1/env'): Target => ({
  id: `${leg ?? 'x'}:${host}:443`,
  host,
  port: 443,
  path,
  leg,
  purpose: 'link',
  required: true,
  source: 'test',
});

describe('which addresses are walked', () => {
  const answer = [
    { address: '2600:1f18::1', family: 6 },
    { address: '54.198.178.11', family: 4 },
    { address: '44.196.50.41', family: 4 },
  ] as const;
  it('direct: all of them, in the order the OS gave', () => {
    expect(addressesToWalk(answer, direct, [4, 6])).toEqual(['2600:1f18::1', '54.198.178.11', '44.196.50.41']);
  });
  it('only the wanted families', () => {
    expect(addressesToWalk(answer, direct, [4])).toEqual(['54.198.178.11', '44.196.50.41']);
  });
  it('socks5 with local names: the first IPv4, as the Agent hands over one only', () => {
    expect(addressesToWalk(answer, socksLocal, [4, 6])).toEqual(['54.198.178.11']);
    expect(addressesToWalk(answer.slice(0, 1), socksLocal, [4, 6])).toEqual(['2600:1f18::1']);
  });
  it('samples a name with very many addresses', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({
      address: `203.0.113.${String(index)}`,
      family: 4 as const,
    }));
    expect(addressesToWalk(many, direct, [4, 6])).toHaveLength(8);
  });
});

describe('which names are asked of the resolvers', () => {
  const input = (legRoute: PlannedRoute): ProbeInput => ({
    targets: [target('claim', 'app.netdata.cloud'), target('link', 'mqtt.netdata.cloud')],
    routes: [direct, connect, legRoute],
    legRoutes: { claim: legRoute.id, env: legRoute.id, auth: legRoute.id, link: legRoute.id },
    trustStores: [],
    legStores: { claim: 's', env: 's', auth: 's', link: 's' },
    resolvers: [],
    knownAddresses: new Map(),
    gateways: [],
    agentVersion: '2.10.3',
    thirdParties: null,
    families: [4, 6],
    holdMs: 0,
    readEnv: () => null,
  });
  it('direct: the targets', () => {
    expect(namesToAsk(input(direct))).toEqual(['app.netdata.cloud', 'mqtt.netdata.cloud']);
  });
  it('behind a proxy that resolves: the proxy only', () => {
    expect(namesToAsk(input(connect))).toEqual(['proxy.example']);
    expect(resolvesLocally(socksRemote)).toBe(false);
    expect(resolvesLocally(socksLocal)).toBe(true);
  });
});

describe('the harmless request', () => {
  it('asks /env as the Agent does, with a throw-away id', () => {
    expect(requestPathOf(target('env', 'h'), '2.10.3', 'ID')).toBe('/api/v1/env?v=2.10.3&cap=proto,ctx&claim_id=ID');
  });
  it('asks the claim host below the path of its base URL, which libcurl keeps', () => {
    expect(requestPathOf(target('claim', 'h', '/base/'), '2.10.3', 'ID')).toMatch(/^\/base\/api\/v1\/env\?v=/);
    expect(requestPathOf(target('claim', 'h', '/'), '2.10.3', 'ID')).toMatch(/^\/api\/v1\/env\?v=/);
  });
  it('asks the auth host for the challenge of an unknown node', () => {
    expect(requestPathOf(target('auth', 'h', '/api/v1/auth'), '2.10.3', 'ID')).toBe('/api/v1/auth/node/ID/challenge');
  });
});

describe('how long links are held', () => {
  it('side by side, so that a silent cut lies between two of them', () => {
    expect(holdLadder(4000)).toEqual([4000, 3000, 2000, 1000]);
    expect(holdLadder(2000)).toEqual([2000, 1500, 1000]);
    expect(holdLadder(500)).toEqual([500]);
  });
  it('once for as long as an idle Agent is silent', () => {
    expect(holdLadder(120_000)).toEqual([120_000, 90_000, 60_000, 46_000, 30_000]);
    expect(holdLadder(30_000)).not.toContain(46_000);
  });
});
