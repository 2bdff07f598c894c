/** A refresh that learnt nothing, and one whose firewall does not run, must not look like success. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { refreshOnce, type RefreshDeps } from '../../../../src/firewall/live/refresh/run.js';
import type { Sink } from '../../../../src/firewall/live/refresh/sink.js';
import { fakeSink } from './fake-kernel.js';

const HOSTS = [{ fqdn: 'app.example', ports: [443], purpose: 'claim', required: true }] as const;
const CONFIG = { hosts: HOSTS, resolvers: [], accepted: ['198.51.100.0/24'], provenOnly: false };
const NOW = '2026-01-01T00:00:00.000Z';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netdata-egress-refresh-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function deps(addresses: readonly string[], ttl: number | null = 60, more: Partial<Sink> = {}): RefreshDeps {
  const of = (address: string) => ({
    fqdn: 'app.example',
    address,
    ttl,
    source: 'r',
    firstSeen: NOW,
    lastSeen: NOW,
    proven: false,
  });
  const status = addresses.length > 0 ? ('ok' as const) : ('timeout' as const);
  return {
    stateDir: join(dir, 'state'),
    sink: fakeSink(join(dir, 'kernel.json'), more),
    inUse: () => Promise.resolve([]),
    now: () => NOW,
    lookup: () => Promise.resolve([{ fqdn: 'app.example', resolver: 'r', status, answers: addresses.map(of) }]),
  };
}

test('every resolver failed: the addresses stay, and the result says that nothing was answered', async () => {
  expect((await refreshOnce(deps(['198.51.100.2']), CONFIG)).unanswered).toBe(false);
  const result = await refreshOnce(deps([]), CONFIG);
  expect(result).toMatchObject({ outcome: 'unchanged', unanswered: true, plan: { removed: [] } });
});

test('a firewall that does not run is told, and not recorded as put right', async () => {
  const text = 'firewalld is not running';
  const sink = fakeSink(join(dir, 'kernel.json'));
  const drift: Sink['drift'] = async (list, now) => [
    ...(await sink.drift(list, now)),
    { kind: 'stored_only', entry: null, names: [], text },
  ];
  expect(await refreshOnce(deps(['198.51.100.2'], 60, { drift }), CONFIG)).toMatchObject({
    outcome: 'applied',
    stored: true,
  });
  expect(await refreshOnce(deps(['198.51.100.2'], 60, { drift }), CONFIG)).toMatchObject({
    outcome: 'unchanged',
    stored: true,
    repaired: [],
  });
});

test('a TTL that is no number is none', async () => {
  const { plan } = await refreshOnce(deps(['198.51.100.2'], Number.NaN), CONFIG);
  expect(plan.added[0]?.why).toBe('r');
});
