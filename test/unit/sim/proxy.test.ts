import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startCloud } from '../../../src/sim/cloud.js';
import { startProxy } from '../../../src/sim/proxy/start-proxy.js';
import type { ProxyOptions, SimProxy } from '../../../src/sim/proxy/types.js';
import type { SimCloud } from '../../../src/sim/types.js';
import { hear, type Heard } from '../../helpers/sim/raw-peer.js';

const run = promisify(execFile);
let cloud: SimCloud;
let proxy: SimProxy | null = null;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());
afterEach(async () => {
  await proxy?.close();
  proxy = null;
});

async function proxyWith(options: ProxyOptions): Promise<SimProxy> {
  proxy = await startProxy({
    resolve: (host) => Promise.resolve(cloud.lookup(host).addresses[0]?.address ?? null),
    ...options,
  });
  return proxy;
}

function open(target: SimProxy): Socket {
  const socket = connect(target.port, target.address);
  socket.on('error', () => undefined);
  return socket;
}

/** CONNECT in the Agent's bytes (docs/reference/agent.md#connect). */
function connectRequest(extra = '', host = 'app.netdata.cloud', port = cloud.hosts.app.port): string {
  return `CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}\r\n${extra}\r\n`;
}

async function sendConnect(target: SimProxy, request = connectRequest(), timeoutMs = 300): Promise<Heard> {
  const socket = open(target);
  socket.write(request);
  return await hear(socket, (text) => /\r?\n\r?\n$/.test(text) || text.includes('</html>'), timeoutMs);
}

const basic = (pair: string): string => `Proxy-Authorization: Basic ${Buffer.from(pair).toString('base64')}\r\n`;

/** The tunnel is proved by a handshake with the cloud through it. */
async function handshakeThrough(socket: Socket): Promise<boolean> {
  const secure = tlsConnect({ socket, servername: 'app.netdata.cloud', ca: cloud.caPem });
  return await new Promise((resolve) => {
    secure.once('secureConnect', () => {
      resolve(secure.authorized);
      secure.destroy();
    });
    secure.once('error', () => resolve(false));
  });
}

async function tunnel(target: SimProxy, request = connectRequest()): Promise<{ head: string; works: boolean }> {
  const socket = open(target);
  socket.write(request);
  const head = await new Promise<string>((resolve) =>
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1'))),
  );
  return { head, works: await handshakeThrough(socket) };
}

describe('an HTTP proxy', () => {
  it('relays, and tells what it was asked without telling the password', async () => {
    const target = await proxyWith({ protocol: 'http', behaviour: 'auth_basic' });
    expect(await tunnel(target, connectRequest(basic('user:secret')))).toMatchObject({ works: true });
    expect(target.events).toMatchObject([
      { target: `app.netdata.cloud:${cloud.hosts.app.port}`, answer: 200, credentials: 'right' },
    ]);
    expect(target.events[0]?.request).not.toContain(basic('user:secret').trim().split(' ')[2]);
  });

  it('asks for credentials, and rejects wrong ones', async () => {
    const target = await proxyWith({ protocol: 'http', behaviour: 'auth_basic' });
    for (const extra of ['', basic('user:wrong')]) {
      expect((await sendConnect(target, connectRequest(extra))).text).toMatch(
        /^HTTP\/1\.1 407 [^]*Proxy-Authenticate: Basic /,
      );
    }
    expect(target.events.map((event) => event.credentials)).toEqual(['none', 'wrong']);
  });

  it.each([
    ['407_ntlm', /^HTTP\/1\.1 407 [^]*Proxy-Authenticate: NTLM\r\n(?![^]*Basic)/],
    ['407_negotiate', /Proxy-Authenticate: Negotiate\r\n/],
    ['407_digest', /Proxy-Authenticate: Digest /],
    ['auth_basic_and_ntlm', /Proxy-Authenticate: NTLM\r\nProxy-Authenticate: Basic /],
    ['403', /^HTTP\/1\.1 403 [^]*X-Squid-Error: ERR_ACCESS_DENIED/],
    ['502', /^HTTP\/1\.1 502 /],
    ['503', /^HTTP\/1\.1 503 /],
    ['504', /^HTTP\/1\.1 504 /],
    ['400', /^HTTP\/1\.1 400 /],
    ['302_login', /^HTTP\/1\.1 302 [^]*Location: /],
    ['page', /^HTTP\/1\.1 200 OK\r\n[^]*Content-Length: \d+[^]*<html>/],
    ['garbage', /^220 mail/],
  ])('%s', async (behaviour, shape) => {
    expect((await sendConnect(await proxyWith({ protocol: 'http', behaviour }))).text).toMatch(shape);
  });

  it.each([
    ['201', /^HTTP\/1\.1 201 /],
    ['204', /^HTTP\/1\.1 204 /],
    ['http_1_0', /^HTTP\/1\.0 200 /],
    ['http_2', /^HTTP\/2 200\r\n/],
    ['no_reason', /^HTTP\/1\.1 200\r\n/],
    ['interim', /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /],
    ['headers_with_200', /X-Empty:\r\n/],
    ['lf_only', /^HTTP\/1\.1 200 OK\nVia: 1\.1 proxy\n\n$/],
    ['needs_user_agent', /^HTTP\/1\.1 200 /],
    ['needs_host_port', /^HTTP\/1\.1 200 /],
  ])('%s opens a working tunnel', async (behaviour, shape) => {
    const target = await proxyWith({ protocol: 'http', behaviour });
    const request = `CONNECT app.netdata.cloud:${cloud.hosts.app.port} HTTP/1.1\r\nHost: app.netdata.cloud:${cloud.hosts.app.port}\r\nUser-Agent: curl/8\r\n\r\n`;
    const { head, works } = await tunnel(target, request);
    expect(head).toMatch(shape);
    expect(works).toBe(true);
  });

  it.each([
    ['needs_user_agent', 403],
    ['needs_host_port', 400],
  ])('%s refuses the bytes of the Agent with %i', async (behaviour, status) => {
    expect((await sendConnect(await proxyWith({ protocol: 'http', behaviour }))).text).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} `),
    );
  });

  it('long_header sends 5000 bytes of header, body_after_200 a body that TLS then reads', async () => {
    const long = await sendConnect(await proxyWith({ protocol: 'http', behaviour: 'long_header' }));
    expect(long.text).toHaveLength(5000);
    await proxy?.close();
    const { head, works } = await tunnel(await proxyWith({ protocol: 'http', behaviour: 'body_after_200' }));
    expect(head).toMatch(/Content-Length: 7\r\n\r\ntunnel\n$/);
    expect(works).toBe(true);
  });

  it.each([
    ['silent', 'open'],
    ['closes', 'fin'],
    ['resets', 'reset'],
  ])('%s says nothing', async (behaviour, ended) => {
    const heard = await sendConnect(await proxyWith({ protocol: 'http', behaviour }), connectRequest(), 120);
    expect(heard).toMatchObject({ text: '', ended });
  });

  it.each([
    ['tunnel_dead', 'open', ''],
    ['tunnel_closes', 'fin', ''],
    ['tunnel_page', 'fin', 'Access Denied by Web Gateway'],
  ])('%s opens a tunnel that leads nowhere', async (behaviour, ended, text) => {
    const socket = open(await proxyWith({ protocol: 'http', behaviour }));
    socket.write(connectRequest());
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write('\u0016\u0003\u0001');
    const heard = await hear(socket, undefined, 150);
    expect(heard.ended).toBe(ended);
    expect(heard.text).toContain(text);
  });

  it('says 503 when it cannot reach or resolve the target, 403 for a denied host, 400 for nonsense', async () => {
    const target = await proxyWith({ protocol: 'http', denyHosts: ['mqtt.netdata.cloud'] });
    const free = await startProxy({ protocol: 'http' });
    await free.close();
    const statusOf = async (request: string): Promise<string> => (await sendConnect(target, request)).text.slice(9, 12);
    expect(await statusOf(connectRequest('', '127.0.0.1', free.port))).toBe('503');
    expect(await statusOf(connectRequest('', 'nothing.example.test'))).toBe('503');
    expect(await statusOf(connectRequest('', 'mqtt.netdata.cloud'))).toBe('403');
    expect(await statusOf('GET / HTTP/1.1\r\n\r\n')).toBe('400');
    expect(await statusOf('\u0005\u0001\u0000')).toBe('400');
  });

  it('satisfies curl, over http:// and over https://', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sim-proxy-'));
    try {
      const ca = join(directory, 'ca.pem');
      await writeFile(ca, cloud.caPem);
      for (const [behaviour, scheme] of [
        ['ok', 'http'],
        ['tls', 'https'],
        ['ok', 'socks5h'],
      ] as const) {
        const target = await proxyWith({ protocol: scheme === 'socks5h' ? 'socks5' : 'http', behaviour });
        const via = `${scheme}://${scheme === 'https' ? 'localhost' : '127.0.0.1'}:${target.port}`;
        const flags = '--silent --show-error --write-out %{http_code} --noproxy'.split(' ');
        const files = ['--cacert', ca, '--proxy-cacert', ca, '--output', join(directory, 'body')];
        const { stdout } = await run('curl', [...flags, '', ...files, '--proxy', via, `${cloud.baseUrl}/api/v1/env`]);
        expect(stdout, scheme).toBe('200');
        await target.close();
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('a SOCKS5 proxy', () => {
  const NO_AUTH = Buffer.from([5, 1, 0]);
  const WITH_USER = Buffer.from([5, 2, 0, 2]);
  const name = Buffer.from('app.netdata.cloud');
  const portBytes = (): Buffer => Buffer.from([cloud.hosts.app.port >> 8, cloud.hosts.app.port & 255]);
  const byName = (): Buffer => Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, portBytes()]);
  const byAddress = (): Buffer => Buffer.concat([Buffer.from([5, 1, 0, 1, 127, 0, 0, 1]), portBytes()]);

  /** Sends step by step, each as soon as the answer to the last one is there. */
  async function talk(target: SimProxy, ...steps: readonly Buffer[]): Promise<{ socket: Socket; answers: Buffer[] }> {
    const socket = open(target);
    const answers: Buffer[] = [];
    for (const step of steps) {
      socket.write(step);
      const answer = await new Promise<Buffer | null>((resolve) => {
        const timer = setTimeout(() => resolve(null), 200);
        const done = (value: Buffer | null): void => {
          clearTimeout(timer);
          resolve(value);
        };
        socket.once('data', (chunk: Buffer) => done(chunk));
        socket.once('close', () => done(null));
        socket.once('end', () => done(null));
      });
      if (answer === null) break;
      answers.push(answer);
    }
    return { socket, answers };
  }

  const bytesOf = (answers: readonly Buffer[]): number[][] => answers.map((answer) => [...answer.subarray(0, 4)]);

  it.each(['name', 'address'])('relays to a target given by %s', async (kind) => {
    const target = await proxyWith({ protocol: 'socks5' });
    const { socket, answers } = await talk(target, NO_AUTH, kind === 'name' ? byName() : byAddress());
    expect(bytesOf(answers)).toEqual([
      [5, 0],
      [5, 0, 0, 1],
    ]);
    expect(await handshakeThrough(socket)).toBe(true);
  });

  it('takes user and password, and rejects wrong ones', async () => {
    const target = await proxyWith({ protocol: 'socks5', behaviour: 'auth' });
    const credentials = (password: string): Buffer =>
      Buffer.concat([Buffer.from([1, 4]), Buffer.from('user'), Buffer.from([password.length]), Buffer.from(password)]);
    const right = await talk(target, WITH_USER, credentials('secret'), byName());
    expect(bytesOf(right.answers)).toEqual([
      [5, 2],
      [1, 0],
      [5, 0, 0, 1],
    ]);
    expect(await handshakeThrough(right.socket)).toBe(true);
    const wrong = await talk(target, WITH_USER, credentials('nope'), byName());
    expect(bytesOf(wrong.answers)).toEqual([
      [5, 2],
      [1, 1],
    ]);
    const none = await talk(target, NO_AUTH, byName());
    expect(bytesOf(none.answers)).toEqual([[5, 255]]);
    expect(target.events.map((event) => event.credentials)).toEqual(['right', 'wrong', 'none']);
  });

  it.each([
    ['no_method', [[5, 255]]],
    ['gssapi_only', [[5, 1]]],
    ['version_4', [[0, 91]]],
    ['garbage', [[0x48, 0x54, 0x54, 0x50]]],
    ['silent', []],
    ['closes', []],
    ['silent_reply', [[5, 0]]],
    ['closes_reply', [[5, 0]]],
    [
      'bound_domain',
      [
        [5, 0],
        [5, 0, 0, 3],
      ],
    ],
    [
      'bound_ipv6',
      [
        [5, 0],
        [5, 0, 0, 4],
      ],
    ],
    [
      'bound_unknown',
      [
        [5, 0],
        [5, 0, 0, 9],
      ],
    ],
    [
      'names_only',
      [
        [5, 0],
        [5, 0, 0, 1],
      ],
    ],
    [
      'addresses_only',
      [
        [5, 0],
        [5, 8, 0, 1],
      ],
    ],
    [
      'tunnel_dead',
      [
        [5, 0],
        [5, 0, 0, 1],
      ],
    ],
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((rep): [string, number[][]] => [
      `rep_0${rep}`,
      [
        [5, 0],
        [5, rep, 0, 1],
      ],
    ]),
  ])('%s', async (behaviour, expected) => {
    const { socket, answers } = await talk(
      await proxyWith({ protocol: 'socks5', behaviour }),
      NO_AUTH,
      byName(),
      ...(expected.length > 2 ? [Buffer.from([0])] : []),
    );
    expect(bytesOf(answers)).toEqual(expected);
    socket.destroy();
  });

  it('tells why it could not reach the target', async () => {
    const target = await proxyWith({ protocol: 'socks5', denyHosts: ['mqtt.netdata.cloud'] });
    const request = (host: string, port: number): Buffer =>
      Buffer.concat([Buffer.from([5, 1, 0, 3, host.length]), Buffer.from(host), Buffer.from([port >> 8, port & 255])]);
    const repOf = async (host: string, port: number): Promise<number | undefined> =>
      (await talk(target, NO_AUTH, request(host, port))).answers[1]?.[1];
    const free = await startProxy({ protocol: 'http' });
    await free.close();
    expect(await repOf('mqtt.netdata.cloud', 443)).toBe(2);
    expect(await repOf('nothing.example.test', 443)).toBe(4);
    expect(await repOf('app.netdata.cloud', free.port)).toBe(5);
  });
});

it('an unknown behaviour is a usage error', async () => {
  await expect(startProxy({ protocol: 'http', behaviour: 'rep_01' })).rejects.toMatchObject({ name: 'UsageError' });
  await expect(startProxy({ protocol: 'socks5', behaviour: '407_ntlm' })).rejects.toMatchObject({ name: 'UsageError' });
});
