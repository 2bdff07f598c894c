import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { CLOUD_ROOT_PEM, servedChain, type ChainName } from '../../../src/sim/certs/chains.js';
import { startCloud } from '../../../src/sim/cloud.js';
import type { SimCloud } from '../../../src/sim/types.js';
import { ENV_PATH, get, hear, openTcp, openTls, wholeAnswer } from '../../helpers/sim/raw-peer.js';

let cloud: SimCloud | null = null;
afterEach(async () => {
  await cloud?.close();
  cloud = null;
});

async function cloudWith(...faults: string[]): Promise<SimCloud> {
  cloud = await startCloud({ faults });
  return cloud;
}

interface Outcome {
  readonly authorized: boolean;
  readonly error: string | null;
  readonly protocol: string | null;
  readonly issuer: string;
}

async function handshake(
  target: SimCloud,
  role: 'app' | 'api' | 'mqtt',
  servername = target.hosts[role].name,
): Promise<Outcome> {
  const { port } = target.hosts[role];
  const socket: TLSSocket = connect({
    host: '127.0.0.1',
    port,
    servername,
    ca: target.caPem,
    rejectUnauthorized: false,
  });
  return await new Promise((resolve) => {
    socket.once('secureConnect', () => {
      resolve({
        authorized: socket.authorized,
        // Node types this as Error and gives a code.
        error: socket.authorizationError === null ? null : String(socket.authorizationError),
        protocol: socket.getProtocol(),
        issuer: JSON.stringify(socket.getPeerCertificate().issuer),
      });
      socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ authorized: false, error: error.code ?? error.message, protocol: null, issuer: '' }),
    );
  });
}

/** A ClientHello as OpenSSL makes it, for peers that never finish the handshake. */
async function clientHello(servername: string): Promise<Buffer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const bytes = new Promise<Buffer>((resolve) => {
    server.once('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (chunk: Buffer) => {
        resolve(chunk);
        socket.destroy();
      });
    });
  });
  const client = connect({ host: '127.0.0.1', port: typeof address === 'object' ? address!.port : 0, servername });
  client.on('error', () => undefined);
  const hello = await bytes;
  client.destroy();
  server.close();
  return hello;
}

describe('certificates', () => {
  it('are right for all three names, and TLS speaks 1.3 without ALPN forced on anybody', async () => {
    const target = await cloudWith();
    for (const role of ['app', 'api', 'mqtt'] as const) {
      expect(await handshake(target, role)).toMatchObject({ authorized: true, error: null, protocol: 'TLSv1.3' });
    }
  });

  it.each([
    ['untrusted_issuer', 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['untrusted_root_not_sent', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    ['wrong_name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['expired', 'CERT_HAS_EXPIRED'],
    ['not_yet_valid', 'CERT_NOT_YET_VALID'],
    ['self_signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['incomplete_chain', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['intercepted', 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['intercepted=zscaler', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    ['hostile_certificate', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ])('%s fails with %s, on its host only', async (fault, error) => {
    const target = await cloudWith(`${fault}:mqtt`);
    expect(await handshake(target, 'mqtt')).toMatchObject({ authorized: false, error });
    expect(await handshake(target, 'app')).toMatchObject({ authorized: true });
  });

  it.each([
    ['fortinet', 'Fortinet'],
    ['zscaler', 'Zscaler'],
    ['corporate', 'Example Werke'],
  ])('of %s name it as the issuer', async (vendor, name) => {
    expect((await handshake(await cloudWith(`intercepted=${vendor}`), 'app')).issuer).toContain(name);
  });

  it('of the interceptors are good for who trusts their roots', async () => {
    const target = await cloudWith('intercepted=zscaler');
    const socket = connect({
      host: '127.0.0.1',
      port: target.hosts.app.port,
      servername: 'app.netdata.cloud',
      ca: target.interceptorCaPem,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    expect(socket.authorized).toBe(true);
    socket.destroy();
  });

  it('do not expire before 2099 except where that is the point', () => {
    const chains: ChainName[] = [
      'good',
      'incomplete',
      'wrong_name',
      'untrusted',
      'untrusted_with_root',
      'self_signed',
      'fortinet',
      'zscaler',
      'corporate',
      'hostile',
      'not_yet_valid',
      'expired',
    ];
    const ends = chains.map((name) => [
      name,
      new Date(new X509Certificate(servedChain(name).cert).validTo).getUTCFullYear(),
    ]);
    expect(Object.fromEntries(ends)).toEqual({
      ...Object.fromEntries(chains.map((name) => [name, 2099])),
      expired: 2021,
    });
    expect(new Date(new X509Certificate(CLOUD_ROOT_PEM).validTo).getUTCFullYear()).toBe(2099);
  });

  it('chain to a root that may vouch for the simulated names only', () => {
    const constraints = new X509Certificate(CLOUD_ROOT_PEM).raw;
    for (const name of ['netdata.cloud', 'cloud.test', 'example.test', 'localhost']) {
      expect(constraints.includes(Buffer.from(name))).toBe(true);
    }
  });

  it('can be replaced by own ones', async () => {
    cloud = await startCloud({ certificate: servedChain('corporate') });
    expect((await handshake(cloud, 'app')).issuer).toContain('Example Werke');
  });
});

describe('faults before and in the handshake', () => {
  it('tcp_refused leaves nobody listening', async () => {
    const target = await cloudWith('tcp_refused:mqtt');
    await expect(openTcp(target, 'mqtt')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await handshake(target, 'app')).toMatchObject({ authorized: true });
  });

  it('tcp_dropped never answers the SYN', async () => {
    const target = await cloudWith('tcp_dropped:mqtt');
    const attempt = openTcp(target, 'mqtt').then(
      () => 'connected',
      (error: NodeJS.ErrnoException) => error.code,
    );
    const outcome = await Promise.race([attempt, new Promise((resolve) => setTimeout(() => resolve('nothing'), 300))]);
    expect(outcome).toBe('nothing');
  });

  it('tcp_reset, tls_reset and tls_closed end the connection each in its way', async () => {
    const target = await cloudWith('tcp_reset:app', 'tls_reset:api', 'tls_closed:mqtt');
    expect(await handshake(target, 'app')).toMatchObject({ error: 'ECONNRESET' });
    const hello = await clientHello('api.netdata.cloud');
    const reset = await openTcp(target, 'api');
    reset.write(hello);
    expect(await hear(reset)).toMatchObject({ ended: 'reset', text: '' });
    const closed = await openTcp(target, 'mqtt');
    closed.write(hello);
    expect(await hear(closed)).toMatchObject({ ended: 'fin', text: '' });
  });

  it('tls_stalled swallows every ClientHello, sni_stalled only those with the name', async () => {
    const stalled = await cloudWith('tls_stalled:mqtt');
    for (const name of ['mqtt.netdata.cloud', 'other.example.test']) {
      const socket = await openTcp(stalled, 'mqtt');
      socket.write(await clientHello(name));
      expect(await hear(socket, undefined, 100)).toMatchObject({ ended: 'open', text: '' });
    }
    await stalled.close();
    const filtered = await cloudWith('sni_stalled:mqtt');
    const socket = await openTcp(filtered, 'mqtt');
    socket.write(await clientHello('mqtt.netdata.cloud'));
    expect(await hear(socket, undefined, 100)).toMatchObject({ ended: 'open', text: '' });
    expect(await handshake(filtered, 'mqtt', 'other.example.test')).toMatchObject({ protocol: 'TLSv1.3' });
  });

  it('sni_reset resets the name on whatever address it comes to', async () => {
    const target = await cloudWith('sni_reset:mqtt');
    expect(await handshake(target, 'mqtt')).toMatchObject({ error: 'ECONNRESET' });
    expect(await handshake(target, 'app', 'mqtt.netdata.cloud')).toMatchObject({ error: 'ECONNRESET' });
    expect(await handshake(target, 'mqtt', 'app.netdata.cloud')).toMatchObject({ protocol: 'TLSv1.3' });
  });

  it('large_hello_dropped lets small ones pass', async () => {
    const hello = await clientHello('app.netdata.cloud');
    const target = await cloudWith(`large_hello_dropped=${hello.length - 1}`);
    const socket = await openTcp(target, 'app');
    socket.write(hello);
    expect(await hear(socket, undefined, 100)).toMatchObject({ ended: 'open', text: '' });
    await target.close();
    const generous = await cloudWith(`large_hello_dropped=${hello.length}`);
    expect(await handshake(generous, 'app')).toMatchObject({ authorized: true });
  });

  it('reads a ClientHello that comes in pieces', async () => {
    const target = await cloudWith('sni_reset:mqtt');
    const hello = await clientHello('mqtt.netdata.cloud');
    const socket = await openTcp(target, 'app');
    for (let at = 0; at < hello.length; at += 50) {
      socket.write(hello.subarray(at, at + 50));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await hear(socket)).toMatchObject({ ended: 'reset' });
  });

  it('plain_http answers text, tls_alert an alert, tls_garbage and tls_flood nonsense', async () => {
    const target = await cloudWith('plain_http:app', 'tls_alert=70:api', 'tls_garbage:mqtt');
    const hello = await clientHello('app.netdata.cloud');
    const answers: Record<string, string> = {};
    for (const role of ['app', 'api', 'mqtt'] as const) {
      const socket = await openTcp(target, role);
      socket.write(hello);
      answers[role] = (await hear(socket, (text) => text.length > 100, 100)).text;
    }
    expect(answers['app']).toMatch(/^HTTP\/1\.1 400 /);
    expect(Buffer.from(answers['api']!, 'latin1')).toEqual(Buffer.from([0x15, 3, 3, 0, 2, 2, 70]));
    expect(answers['mqtt']!.charCodeAt(0)).toBe(0x16);
    await target.close();
    const flooding = await cloudWith('tls_flood');
    const socket = await openTcp(flooding, 'app');
    socket.write(hello);
    expect((await hear(socket, (text) => text.length > 1_000_000, 2000)).text.length).toBeGreaterThan(1_000_000);
  });

  it('tls_old offers no version that a client of today takes', async () => {
    expect((await handshake(await cloudWith('tls_old'), 'app')).error).toMatch(/VERSION|PROTOCOL/);
  });

  it('tls_slow is late', async () => {
    const target = await cloudWith('tls_slow=0.1');
    const started = performance.now();
    await handshake(target, 'app');
    expect(performance.now() - started).toBeGreaterThanOrEqual(99);
  });

  it('answers plain HTTP and silence as a TLS server does', async () => {
    const target = await cloudWith();
    const socket = await openTcp(target, 'app');
    socket.write('GET / HTTP/1.1\r\n\r\n');
    expect(await hear(socket)).toMatchObject({ ended: 'fin', text: expect.stringMatching(/^HTTP\/1\.1 400 /) });
  });
});

describe('addresses and ports', () => {
  it('can be shared by all hosts, told apart by name', async () => {
    cloud = await startCloud({ httpsPort: 0, faults: ['wrong_name:api'] });
    expect(new Set(['app', 'api', 'mqtt'].map((role) => cloud!.hosts[role as 'app'].port)).size).toBe(1);
    expect(await handshake(cloud, 'app')).toMatchObject({ authorized: true });
    expect(await handshake(cloud, 'app', 'api.netdata.cloud')).toMatchObject({ error: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('are listened on all at once, both families', async () => {
    cloud = await startCloud({ addresses: ['127.0.0.1', '127.0.0.2', '::1'] });
    for (const address of cloud.hosts.app.addresses) {
      const socket = connect({
        host: address,
        port: cloud.hosts.app.port,
        servername: 'app.netdata.cloud',
        ca: cloud.caPem,
      });
      await new Promise<void>((resolve, reject) => {
        socket.once('secureConnect', resolve);
        socket.once('error', reject);
      });
      socket.destroy();
    }
    expect(cloud.lookup('app.netdata.cloud').addresses.map(({ address }) => address)).toEqual([
      '::1',
      '127.0.0.1',
      '127.0.0.2',
    ]);
  });

  it.each([
    [{ faults: ['nonsense'] }],
    [{ faults: ['nxdomain=1'] }],
    [{ faults: ['nxdomain:nobody'] }],
    [{ faults: ['sinkhole=here'] }],
    [{ faults: ['http_status=abc'] }],
    [{ addresses: ['localhost'] }],
    [
      {
        httpsPort: 0,
        faults: ['tcp_refused:mqtt'],
        hosts: { mqtt: { port: 8443 }, app: { port: 8443 }, api: { port: 8443 } },
      },
    ],
  ])('are refused with a UsageError when they make no sense: %j', async (options) => {
    await expect(startCloud(options)).rejects.toMatchObject({ name: 'UsageError' });
  });

  it('let every answer of a distant cloud take one round trip', async () => {
    cloud = await startCloud({ answerDelayMs: 40 });
    const started = performance.now();
    const socket = await openTls(cloud, 'app');
    const handshakeMs = performance.now() - started;
    expect(handshakeMs).toBeGreaterThanOrEqual(39);
    socket.destroy();
    const heard = await get(cloud, 'app', ENV_PATH, wholeAnswer, 2000);
    expect(heard.text).toMatch(/^HTTP\/1\.1 200 /);
    expect(heard.elapsedMs).toBeGreaterThanOrEqual(39);
  });
});
