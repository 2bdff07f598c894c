import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { labList } from '../../../src/cli/lab/list.js';
import { eventLine } from '../../../src/cli/lab/serve.js';
import { serveOptions } from '../../../src/cli/lab/serve-options.js';
import { startCloud } from '../../../src/sim/cloud.js';
import { FAULTS } from '../../../src/sim/faults/registry.js';
import { SCENARIOS } from '../../../src/sim/scenarios/registry.js';

describe('lab serve', () => {
  it('reads its flags', async () => {
    const options = await serveOptions({
      address: ['127.0.0.1'],
      publish: ['192.0.2.1'],
      httpsPort: '0',
      dnsPort: 'none',
      faults: 'nxdomain:mqtt, http_slow=3',
      delay: 50,
      httpProxy: '3128=auth_basic',
      proxyCredentials: 'a:b:c',
    });
    expect(options.cloud).toMatchObject({ dns: false, faults: ['nxdomain:mqtt', 'http_slow=3'], answerDelayMs: 50 });
    expect(options.cloud.hosts?.mqtt?.published).toEqual(['192.0.2.1']);
    expect(options.httpProxy).toEqual({ port: 3128, behaviour: 'auth_basic' });
    expect(options.proxyCredentials).toEqual({ user: 'a', password: 'b:c' });
  });

  it('takes what its proxies accept from a file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'serve-'));
    await writeFile(join(directory, 'login'), 'a:b@c\n');
    const options = await serveOptions({ proxyCredentials: `@${join(directory, 'login')}` });
    await rm(directory, { recursive: true });
    expect(options.proxyCredentials).toEqual({ user: 'a', password: 'b@c' });
  });

  it.each([
    [{ httpsPort: '65536' }],
    [{ dnsPort: 'x' }],
    [{ address: ['localhost'] }],
    [{ publish: ['::g'] }],
    [{ cert: '/nowhere' }],
    [{ cert: '/nowhere', key: '/nowhere' }],
    [{ seed: '1.5' }],
    [{ proxyCredentials: 'nobody' }],
    [{ proxyCredentials: '@/nowhere' }],
  ])('refuses %j with a sentence', async (flags) => {
    await expect(serveOptions(flags)).rejects.toMatchObject({ name: 'UsageError' });
  });

  it.each(['tcp_refused', 'tcp_dropped', 'tcp_reset'])(
    'places all hosts on one address and port with %s',
    async (fault) => {
      const { cloud } = await serveOptions({ httpsPort: '0', dnsPort: 'none', faults: fault });
      const served = await startCloud(cloud);
      const ports = Object.values(served.hosts).map(({ port }) => port);
      await served.close();
      expect(ports).toHaveLength(3);
      for (const port of ports) expect(port).toBeGreaterThan(0);
      // All three share one listener where a port was named.
      const again = await startCloud({ ...cloud, httpsPort: ports[0] ?? 0 });
      expect(new Set(Object.values(again.hosts).map(({ port }) => port))).toEqual(new Set([ports[0]]));
      await again.close();
    },
  );

  it('prints what peers do without letting their bytes through', () => {
    const event = {
      atMs: 1500,
      remote: '127.0.0.1',
      type: 'dns_query',
      name: 'x\u001b[2J\n\u202e',
      qtype: 'A',
      transport: 'udp',
    } as const;
    for (const json of [false, true]) expect(eventLine(event, json)).toMatch(/^[\x20-\x7e]+\n$/);
    expect(eventLine(event, false)).toContain('1.500 127.0.0.1 dns_query');
    expect(JSON.parse(eventLine(event, true))).toEqual(event);
  });
});

it('lab list names every scenario and fault, for people and for programs', () => {
  const text = labList(false);
  const document = JSON.parse(labList(true)) as { scenarios: unknown[]; faults: unknown[] };
  for (const { id } of SCENARIOS) expect(text).toContain(`  ${id} `);
  for (const { name } of FAULTS) expect(text).toContain(`  ${name}`);
  expect([document.scenarios.length, document.faults.length]).toEqual([SCENARIOS.length, FAULTS.length]);
});
