import type { Socket } from 'node:net';
import net from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PlannedRoute } from '../../../src/model/planned.js';
import type { Route } from '../../../src/model/route.js';
import { dial, type DialInput } from '../../../src/net/dial.js';
import type { Lookup } from '../../../src/net/resolve.js';
import { handshakeTls } from '../../../src/net/tls.js';
import { createTrustSet } from '../../../src/net/trust.js';
import { mint, type Minted } from '../../helpers/net/certificates.js';
import { LABEL, testContext } from '../../helpers/net/context.js';
import { refusedPort, silentPort, tcpServer, tlsServer, type Served } from '../../helpers/net/servers.js';
import { useOwnTime } from '../../helpers/own-time.js';

useOwnTime();

const HOST = 'app.example.test';
let own: Minted;
beforeAll(async () => {
  own = await mint({ subject: 'CN=own', names: [HOST, 'proxy.example.test'] });
});

const planned = (route: Route): PlannedRoute => ({ id: 'r', route, usedBy: [], origin: 'test', credentials: null });
const names: Lookup = (name, _options, callback) => {
  if (name === 'proxy.example.test')
    callback(null, [
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
  else callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
};
const proxyAt = (port: number, host = 'proxy.example.test') => ({ host, port, credentials: 'none' }) as const;

function plan(route: Route, port: number, more: Partial<DialInput> = {}): DialInput {
  return { route: planned(route), host: HOST, port, address: null, dialect: 'aclk', lookup: names, ...more };
}

/** Joins two sockets for good. */
function join(a: Socket, b: Socket): void {
  a.pipe(b).on('error', () => a.destroy());
  b.pipe(a).on('error', () => b.destroy());
}

/** A CONNECT proxy that sends every tunnel to one port. */
function connectProxy(targetPort: number): Promise<Served> {
  return tcpServer((socket) => {
    socket.once('data', () => {
      const upstream = net.connect({ host: '127.0.0.1', port: targetPort });
      upstream.on('error', () => socket.destroy());
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      join(socket, upstream);
    });
  });
}

describe('dial', () => {
  it('socks5:// without an address of the target reaches the proxy, and goes no further', async () => {
    const ctx = testContext();
    let asked = 0;
    const served = await tcpServer((socket) => void socket.on('data', () => (asked += 1)));
    const route = { kind: 'socks5', proxy: proxyAt(served.port, '127.0.0.1'), resolveAt: 'local' } as const;
    const dialed = await dial(ctx, LABEL, plan(route, 443));
    expect(dialed.socket).toBeNull();
    expect(dialed.steps.map(({ operation, failure }) => [operation, failure])).toEqual([
      ['resolve', null],
      ['connect', null],
    ]);
    expect(asked).toBe(0);
  });

  it('goes straight to the address given', async () => {
    const ctx = testContext();
    const served = await tcpServer(() => undefined);
    const dialed = await dial(ctx, LABEL, plan({ kind: 'direct' }, served.port, { address: '127.0.0.1' }));
    expect(dialed.failed).toBeNull();
    expect(dialed.steps.map(({ operation }) => operation)).toEqual(['connect']);
    dialed.socket!.destroy();
  });

  it('walks a proxy rung by rung: its name, its addresses in order, the tunnel, then TLS to the target', async () => {
    const ctx = testContext(1000);
    const target = await tlsServer({ key: own.keyPem, cert: own.pem }, () => undefined);
    const proxy = await connectProxy(target.port);
    const dialed = await dial(ctx, LABEL, plan({ kind: 'http_connect', proxy: proxyAt(proxy.port) }, 443));
    expect(dialed.steps.map(({ operation, failure }) => [operation, failure?.kind ?? null])).toEqual([
      ['resolve', null],
      ['connect', 'connection_refused'],
      ['connect', null],
      ['proxy_connect', null],
    ]);
    expect(dialed.steps[2]).toMatchObject({ peer: 'proxy', address: '127.0.0.1' });
    expect(ctx.saved).toEqual(dialed.steps);
    const trust = createTrustSet([], '');
    const tls = await handshakeTls(ctx, LABEL, {
      socket: dialed.socket!,
      sni: HOST,
      expectedName: HOST,
      variant: 'agent',
      trust,
    });
    // Nobody here knows where the proxy connected to.
    expect(tls.observation).toMatchObject({ failure: null, address: null, nameMatches: true });
    tls.handle!.destroy();
  });

  it('shakes hands with an https proxy first, and TLS in TLS works', async () => {
    const ctx = testContext(1000);
    const target = await tlsServer({ key: own.keyPem, cert: own.pem }, () => undefined);
    const proxy = await tlsServer({ key: own.keyPem, cert: own.pem }, (socket) => {
      socket.once('data', () => {
        const upstream = net.connect({ host: '127.0.0.1', port: target.port });
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        join(socket, upstream);
      });
    });
    const route: Route = { kind: 'https_connect', proxy: proxyAt(proxy.port) };
    const dialed = await dial(ctx, LABEL, plan(route, 443, { dialect: 'libcurl' }));
    expect(dialed.steps.map(({ operation }) => operation)).toEqual([
      'resolve',
      'connect',
      'connect',
      'tls_handshake',
      'proxy_connect',
    ]);
    expect(dialed.steps[3]).toMatchObject({
      expectedName: 'proxy.example.test',
      nameMatches: true,
      address: '127.0.0.1',
    });
    const trust = createTrustSet([], '');
    const tls = await handshakeTls(ctx, LABEL, {
      socket: dialed.socket!,
      sni: HOST,
      expectedName: HOST,
      variant: 'agent',
      trust,
    });
    expect(tls.observation.failure).toBeNull();
    tls.handle!.destroy();
  });

  it.each(['socks4', 'socks5'] as const)('asks %s for the address when names are resolved locally', async (kind) => {
    const ctx = testContext();
    const got: Buffer[] = [];
    const proxy = await tcpServer((socket) => {
      socket.on('data', (bytes) => {
        got.push(bytes);
        if (kind === 'socks4') socket.write(Buffer.from([0, 0x5a, 0, 0, 0, 0, 0, 0]));
        else socket.write(got.length === 1 ? Buffer.from([5, 0]) : Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      });
    });
    const route: Route = { kind, proxy: proxyAt(proxy.port, '127.0.0.1'), resolveAt: 'local' };
    const dialed = await dial(ctx, LABEL, plan(route, 443, { address: '192.0.2.9' }));
    expect(dialed.failed).toBeNull();
    expect(got.at(-1)?.includes(Buffer.from([192, 0, 2, 9]))).toBe(true);
    dialed.socket!.destroy();
  });

  it('names the rung that failed and leaves no socket behind', async () => {
    const ctx = testContext();
    const unresolvable = await dial(ctx, LABEL, plan({ kind: 'http_connect', proxy: proxyAt(1, 'nowhere.test') }, 443));
    expect(unresolvable.failed).toMatchObject({ operation: 'resolve', failure: { kind: 'dns_no_answer' } });
    const route: Route = { kind: 'http_connect', proxy: proxyAt(await refusedPort(), '127.0.0.1') };
    const refused = await dial(ctx, LABEL, plan(route, 443));
    expect(refused.failed).toMatchObject({ operation: 'connect', failure: { kind: 'connection_refused' } });
    const denying = await tcpServer((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n')),
    );
    const denied = await dial(
      ctx,
      LABEL,
      plan({ kind: 'http_connect', proxy: proxyAt(denying.port, '127.0.0.1') }, 443),
    );
    expect(denied).toMatchObject({ socket: null, failed: { operation: 'proxy_connect', status: 403 } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ctx.openSockets()).toBe(0);
  });

  it('a proxy with silent addresses costs one deadline, and the last address still gets its turn', async () => {
    const ctx = testContext(600);
    const port = await silentPort();
    const silent: Lookup = (_name, _options, callback) => {
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '::ffff:127.0.0.1', family: 6 },
      ]);
    };
    const began = performance.now();
    const dialed = await dial(
      ctx,
      LABEL,
      plan({ kind: 'http_connect', proxy: proxyAt(port) }, 443, { lookup: silent }),
    );
    expect(performance.now() - began).toBeLessThan(600 + 250);
    expect(dialed.socket).toBeNull();
    expect(dialed.steps.map(({ failure }) => failure?.kind ?? null)).toEqual([
      null,
      'generic_timeout_error',
      'generic_timeout_error',
    ]);
  });

  it('waits for a silent first address of a proxy long enough to tell, and goes on with the next one', async () => {
    const ctx = testContext(400);
    const [silent, open] = [await silentPort(), net.createServer()];
    await new Promise<void>((resolve) => open.listen(silent, '127.0.0.2', resolve));
    const lookup: Lookup = (_name, _options, callback) => {
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ]);
    };
    const route = { kind: 'http_connect', proxy: proxyAt(silent) } as const;
    const dialed = await dial(ctx, LABEL, { ...plan(route, 443, { lookup }), tunnel: false });
    const [, first, second] = dialed.steps;
    expect(first).toMatchObject({ address: '127.0.0.1', failure: { kind: 'generic_timeout_error' } });
    // The whole deadline, not a part of it.
    expect((first?.tMs ?? 0) - (first?.t0Ms ?? 0)).toBeGreaterThan(350);
    expect(second).toMatchObject({ address: '127.0.0.2', failure: null });
    expect(dialed.socket).not.toBeNull();
    dialed.socket?.destroy();
    open.close();
  });

  it('refuses a plan that makes no sense', async () => {
    await expect(dial(testContext(), LABEL, plan({ kind: 'direct' }, 443))).rejects.toThrow('needs an address');
  });
});
