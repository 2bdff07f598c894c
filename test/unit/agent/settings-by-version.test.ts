/** Where settings stand, and which of them count, version by version. */
import { describe, expect, it } from 'vitest';
import { planChange } from '../../../src/agent/config-plan.js';
import { linkShapes } from '../../../src/agent/link-shapes.js';
import { CLAIMED_ID, discoverOn, NATIVE } from './discover-on.js';

const MOVED = {
  ...NATIVE,
  '/etc/netdata/netdata.conf': '[directories]\nlib = /data/netdata\n',
  '/data/netdata/cloud.d/claimed_id': CLAIMED_ID,
  '/data/netdata/cloud.d/cloud.conf': `[global]\nclaimed_id = ${CLAIMED_ID}\n`,
  '/var/lib/netdata/cloud.d/cloud.conf': `[global]\nclaimed_id = ${CLAIMED_ID}\n`,
} as const;

describe('a lib directory that was moved', () => {
  it.each([
    ['2.2.6', '/var/lib/netdata/cloud.d/cloud.conf'],
    ['2.3.0', '/data/netdata/cloud.d/cloud.conf'],
  ])('%s: a change goes into the cloud.conf that it reads', async (agentVersion, path) => {
    const { facts } = await discoverOn({ files: MOVED }, { agentVersion });
    const plan = planChange(facts, { key: 'proxy', value: 'http://proxy:3128' });
    expect(plan).toMatchObject({ kind: 'edit', change: { path } });
  });
});

describe('https_proxy alone, and nothing written to claim with', () => {
  const environment = { https_proxy: 'http://proxy:3128' };
  it.each([
    ['1.47.5', 'proxy', 'direct'],
    ['2.0.3', 'direct', 'direct'],
    ['2.1.0', 'proxy', 'direct'],
    ['2.3.0', 'proxy', 'proxy'],
  ] as const)('%s: claim %s, link %s', async (agentVersion, claim, link) => {
    const { facts, routes } = await discoverOn({ files: NATIVE, environment }, { agentVersion, envFrom: 'self' });
    const way = (id: string): string =>
      routes.find((entry) => entry.id === id)?.route.kind === 'direct' ? 'direct' : 'proxy';
    expect([way(facts.legs.claim.routeId), way(facts.legs.link.routeId)]).toEqual([claim, link]);
  });
});

describe('HTTPS_PROXY alone, with which the claim script connects', () => {
  const environment = { HTTPS_PROXY: 'http://proxy:3128' };
  it.each([
    ['1.47.5', ['/usr/bin/wget'], 'direct'],
    ['1.47.5', ['/usr/bin/wget', '/usr/bin/curl'], 'proxy'],
    ['1.47.5', [], 'proxy'],
    ['2.0.3', ['/usr/bin/wget'], 'direct'],
    ['2.1.0', ['/usr/bin/wget'], 'proxy'],
  ] as const)('%s with %j: %s', async (agentVersion, programs, claim) => {
    const files = { ...NATIVE, ...Object.fromEntries(programs.map((path) => [path, ''])) };
    const { facts, routes } = await discoverOn({ files, environment }, { agentVersion, envFrom: 'self' });
    const way = routes.find(({ id }) => id === facts.legs.claim.routeId)?.route.kind;
    expect(way === 'direct' ? 'direct' : 'proxy').toBe(claim);
  });
});

describe('a SOCKS proxy before 2.10.0', () => {
  it.each([
    ['2.9.0', 'socks_in_file'],
    ['2.10.0', undefined],
  ])('%s: in a file', async (agentVersion, neverStarts) => {
    const files = { ...NATIVE, '/etc/netdata/netdata.conf': '[cloud]\nproxy = socks5h://proxy:1080\n' };
    const { facts } = await discoverOn({ files }, { agentVersion });
    expect(facts.legs.link.neverStarts).toBe(neverStarts);
  });

  it('2.9.0: in a variable it means direct', async () => {
    const environment = { http_proxy: 'socks5h://proxy:1080' };
    const { facts, routes } = await discoverOn(
      { files: NATIVE, environment },
      { agentVersion: '2.9.0', envFrom: 'self' },
    );
    expect(facts.legs.link.neverStarts).toBeUndefined();
    expect(routes.find(({ id }) => id === facts.legs.link.routeId)?.route.kind).toBe('direct');
  });
});

describe('the claim’s own certificates', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----\n';
  it.each([
    ['1.47.5', false],
    ['2.0.0', true],
  ])('%s: trusted.pem counts: %s', async (agentVersion, counts) => {
    const files = { ...NATIVE, '/var/lib/netdata/cloud.d/trusted.pem': pem };
    const { facts } = await discoverOn({ files }, { agentVersion });
    const claim = facts.trustStores.find(({ id }) => id === 'claim');
    expect(claim?.paths.some((path) => path.endsWith('trusted.pem')) ?? false).toBe(counts);
  });
});

describe('what the link names itself to a proxy', () => {
  it.each([
    ['1.45.4', false, false, true],
    ['1.45.5', true, false, true],
    ['1.45.6', true, true, true],
    ['2.9.0', true, true, true],
    ['2.10.0', true, true, false],
  ])('%s', (version, hostOnHttps, hostOnLink, userAgent) => {
    const { https, link } = linkShapes(version);
    expect([https.connectHost, link.connectHost, https.connectUserAgent]).toEqual([hostOnHttps, hostOnLink, userAgent]);
    expect(link.connectUserAgent).toBe(false);
  });
});
