/** Every step in a row against the simulated cloud, which shares no code with them: codecs cannot cancel each other. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LoadedTrustStore, PlannedRoute } from '../../../src/model/planned.js';
import { dial } from '../../../src/net/dial.js';
import { queryDns } from '../../../src/net/dns-wire.js';
import { holdIdle } from '../../../src/net/hold.js';
import { roundTripBrowser, roundTripRaw } from '../../../src/net/http.js';
import { connectMqtt } from '../../../src/net/mqtt.js';
import { fullSizeWrite } from '../../../src/net/mtu.js';
import { aclkGet } from '../../../src/net/shapes.js';
import { handshakeTls } from '../../../src/net/tls.js';
import { createTrustSet } from '../../../src/net/trust.js';
import { upgradeBrowser, upgradeRaw } from '../../../src/net/websocket.js';
import { startCloud } from '../../../src/sim/cloud.js';
import type { HostRole, SimCloud } from '../../../src/sim/types.js';
import { LABEL, testContext, type TestContext } from '../../helpers/net/context.js';

const DIRECT: PlannedRoute = { id: 'direct', route: { kind: 'direct' }, usedBy: [], origin: 'test', credentials: null };

async function cloudWith(...faults: readonly string[]): Promise<SimCloud> {
  const cloud = await startCloud({ faults });
  onTestFinished(() => cloud.close());
  return cloud;
}

async function secured(ctx: TestContext, cloud: SimCloud, role: HostRole) {
  const { name, port } = cloud.hosts[role];
  const facts = { id: 'link', title: '', paths: [], certificates: 1, problem: null, observation: null };
  const store: LoadedTrustStore = { facts, certificates: [cloud.caPem] };
  const trust = createTrustSet([store], 'link');
  const dialed = await dial(ctx, LABEL, { route: DIRECT, host: name, port, address: '127.0.0.1', dialect: 'aclk' });
  const hello = { socket: dialed.socket!, sni: name, expectedName: name, variant: 'agent', trust } as const;
  const tls = await handshakeTls(ctx, LABEL, hello);
  onTestFinished(() => {
    tls.handle?.destroy();
    dialed.socket?.destroy();
  });
  expect(tls.observation).toMatchObject({ failure: null, nameMatches: true });
  expect(tls.observation.judgements).toMatchObject([{ trusted: true }]);
  return { socket: tls.handle!, host: name, port };
}

describe('the steps of the legs against the simulated cloud', () => {
  it('resolver: answers on the wire', async () => {
    const ctx = testContext(2000);
    const cloud = await cloudWith();
    const { address, port } = cloud.resolver!;
    const ask = { resolver: address, port, source: 'test', name: cloud.hosts.app.name };
    expect(await queryDns(ctx, LABEL, { ...ask, type: 'A' })).toMatchObject({
      failure: null,
      addresses: ['127.0.0.1'],
    });
    expect(await queryDns(ctx, LABEL, { ...ask, type: 'A', overTcp: true })).toMatchObject({ failure: null });
    expect(await queryDns(ctx, LABEL, { ...ask, type: 'AAAA' })).toMatchObject({ failure: { kind: 'dns_no_answer' } });
  });

  it('env: the exact request is answered with the document', async () => {
    const ctx = testContext(2000);
    const { socket, host } = await secured(ctx, await cloudWith(), 'app');
    const path = '/api/v1/env?v=2.10.3&cap=proto,ctx';
    const request = aclkGet(host, path);
    const seen = await roundTripRaw(ctx, LABEL, { socket, request, method: 'GET', host, path, dialect: 'aclk' });
    expect(seen).toMatchObject({ failure: null, status: 200 });
    expect(seen.rawBody).toContain('authEndpoint');
  });

  it('env: a browser is answered too', async () => {
    const ctx = testContext(2000);
    const { socket, host } = await secured(ctx, await cloudWith(), 'app');
    const seen = await roundTripBrowser(ctx, LABEL, { socket, host, path: '/api/v1/env?v=2.10.3&cap=proto,ctx' });
    expect(seen).toMatchObject({ failure: null, status: 200 });
  });

  it('link: upgrade, hold, CONNECT with throw-away credentials, a refusing CONNACK that proves the path', async () => {
    const ctx = testContext(2000);
    const cloud = await cloudWith();
    const { socket, host } = await secured(ctx, cloud, 'mqtt');
    const upgraded = await upgradeRaw(ctx, LABEL, { socket, host, path: '/mqtt', dialect: 'aclk' });
    expect(upgraded.observation).toMatchObject({ failure: null, acceptedByRfc: true });
    const held = await holdIdle(ctx, LABEL, { ws: upgraded.handle!, durationMs: 100 });
    expect(held).toMatchObject({ failure: null, endedBy: 'us' });
    const connected = await connectMqtt(ctx, LABEL, { ws: upgraded.handle! });
    expect(connected.failure).toBeNull();
    expect([134, 135]).toContain(connected.reasonCode);
    await cloud.waitFor('mqtt_connect', 1000);
  });

  it('link: a common WebSocket client gets through as well', async () => {
    const ctx = testContext(2000);
    const { socket, host } = await secured(ctx, await cloudWith(), 'mqtt');
    const seen = await upgradeBrowser(ctx, LABEL, { socket, host, path: '/mqtt' });
    expect(seen).toMatchObject({ failure: null, status: 101 });
  });

  it('a request of several full segments is answered', async () => {
    const ctx = testContext(2000);
    const { socket, host, port } = await secured(ctx, await cloudWith(), 'app');
    expect(await fullSizeWrite(ctx, LABEL, { socket, host, port, path: '/' })).toMatchObject({ acknowledged: true });
  });

  it('many walks at once leave no socket and no warning behind', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', onWarning);
    const ctx = testContext(5000);
    const cloud = await cloudWith();
    await Promise.all(
      Array.from({ length: 24 }, async () => {
        const { socket, host } = await secured(ctx, cloud, 'app');
        const request = aclkGet(host, '/api/v1/env');
        await roundTripRaw(ctx, LABEL, { socket, request, method: 'GET', host, path: '/', dialect: 'aclk' });
        socket.destroy();
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    expect(ctx.openSockets()).toBe(0);
  });
});
