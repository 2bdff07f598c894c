import { describe, expect, it } from 'vitest';
import { connectTcp } from '../../../src/net/tcp.js';
import { LABEL, observed, testContext } from '../../helpers/net/context.js';
import { refusedPort, silentPort, tcpServer } from '../../helpers/net/servers.js';

const to = (port: number, address = '127.0.0.1') => ({
  host: 'app.example.test',
  address,
  port,
  peer: 'target' as const,
});

describe('connectTcp', () => {
  it('connects, says where from, and frees its place when the socket closes', async () => {
    const ctx = testContext();
    const served = await tcpServer(() => undefined);
    const step = await observed(ctx, 400, () => connectTcp(ctx, LABEL, to(served.port)));
    expect(step.observation).toMatchObject({
      operation: 'connect',
      address: '127.0.0.1',
      family: 4,
      localAddress: '127.0.0.1',
      failure: null,
      transactionId: 't1',
    });
    expect(ctx.openSockets()).toBe(1);
    step.handle!.destroy();
    await new Promise((resolve) => step.handle!.once('close', resolve));
    expect(ctx.openSockets()).toBe(0);
  });

  it('connects over IPv6', async () => {
    const ctx = testContext();
    const served = await tcpServer(() => undefined, { host: '::1' });
    const step = await observed(ctx, 400, () => connectTcp(ctx, LABEL, to(served.port, '::1')));
    expect(step.observation).toMatchObject({ family: 6, failure: null });
    step.handle!.destroy();
  });

  it('refused port yields connection_refused and no handle', async () => {
    const ctx = testContext();
    const port = await refusedPort();
    const step = await observed(ctx, 400, () => connectTcp(ctx, LABEL, to(port)));
    expect(step.observation.failure).toMatchObject({ kind: 'connection_refused', rawCode: 'ECONNREFUSED' });
    expect(step.handle).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(ctx.openSockets()).toBe(0);
  });

  it("an unanswered SYN yields our own time-out, not the kernel's", async () => {
    const ctx = testContext(200);
    const port = await silentPort();
    const step = await observed(ctx, 200, () => connectTcp(ctx, LABEL, to(port)));
    expect(step.observation.failure?.kind).toBe('generic_timeout_error');
    expect(step.observation.failure?.rawCode).toBeNull();
  });

  it('an address without a route yields network_unreachable or a kin of it at once', async () => {
    const ctx = testContext(2000);
    // RFC 6666 discard prefix is not bound here; an unspecified source address makes the kernel answer by itself.
    const step = await observed(ctx, 2000, () => connectTcp(ctx, LABEL, to(443, '255.255.255.255')));
    expect(['network_unreachable', 'permission_denied', 'host_unreachable']).toContain(step.observation.failure?.kind);
  });

  it('a port that is no port is a failure, not a crash', async () => {
    const ctx = testContext();
    const step = await observed(ctx, 400, () => connectTcp(ctx, LABEL, to(70000)));
    expect(step.handle).toBeNull();
    expect(step.observation.failure).not.toBeNull();
    expect(ctx.openSockets()).toBe(0);
  });

  it('an interrupted run ends the attempt at once', async () => {
    const ctx = testContext(5000);
    const port = await silentPort();
    setTimeout(ctx.abort, 30);
    const step = await observed(ctx, 50, () => connectTcp(ctx, LABEL, to(port)));
    expect(step.observation.failure?.kind).toBe('interrupted');
  });

  it('a reset between two steps raises no unhandled error', async () => {
    const ctx = testContext();
    const served = await tcpServer((socket) => setTimeout(() => socket.resetAndDestroy(), 20));
    const step = await connectTcp(ctx, LABEL, to(served.port));
    await new Promise((resolve) => setTimeout(resolve, 80));
    step.handle!.destroy();
  });
});
