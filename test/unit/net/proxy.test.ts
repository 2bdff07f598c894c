import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../../src/model/route.js';
import { Secret, type Credentials } from '../../../src/model/secret.js';
import { tunnelHttp } from '../../../src/net/proxy/http-connect.js';
import { addressBytes } from '../../../src/net/proxy/socks-reader.js';
import { tunnelSocks4 } from '../../../src/net/proxy/socks4.js';
import type { SocksInput } from '../../../src/net/proxy/socks-tunnel.js';
import { tunnelSocks5 } from '../../../src/net/proxy/socks5.js';
import { LABEL, lastStep, observed, testContext } from '../../helpers/net/context.js';
import { afterFirstBytes, clientOf, tcpServer, type Served } from '../../helpers/net/servers.js';

const HOST = 'app.example.test';
const PASSWORD = 'p@ss:w/rd%+"';
const USER: Credentials = { user: new Secret('someone'), password: new Secret(PASSWORD) };
const PROXY = { host: 'proxy.example.test', port: 3128, credentials: 'none' } as const;

async function input(served: Served, more: Partial<SocksInput> = {}): Promise<SocksInput> {
  return {
    socket: await clientOf(served),
    proxy: PROXY,
    credentials: null,
    host: HOST,
    port: 443,
    dialect: 'aclk',
    resolveAt: 'proxy',
    address: null,
    ...more,
  };
}

async function viaHttp(served: Served, more: Partial<SocksInput> = {}, deadlineMs = 500) {
  const ctx = testContext(deadlineMs);
  const given = await input(served, more);
  const step = await observed(ctx, deadlineMs, () => tunnelHttp(ctx, LABEL, { ...given, protocol: 'http' }));
  expect(step.handle === null).toBe(step.observation.failure !== null);
  if (step.handle === null) expect(given.socket.destroyed).toBe(true);
  return step;
}

/** Collects what the client sends, and answers once. */
async function recording(answer: string): Promise<Served & { readonly got: () => string }> {
  let got = '';
  const served = await afterFirstBytes((socket, bytes) => {
    got = bytes.toString('latin1');
    socket.write(answer, 'latin1');
  });
  return { ...served, got: () => got };
}

describe('tunnelHttp', () => {
  const basic = Buffer.from(`someone:${PASSWORD}`).toString('base64');

  it.each([
    ['aclk', null, `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
    ['aclk', USER, `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}\r\nProxy-Authorization: Basic ${basic}\r\n\r\n`],
    ['libcurl', null, `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\nProxy-Connection: Keep-Alive\r\n\r\n`],
    [
      'libcurl',
      USER,
      `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\nProxy-Authorization: Basic ${basic}\r\nProxy-Connection: Keep-Alive\r\n\r\n`,
    ],
  ] as const)('asks in the exact bytes of %s', async (dialect: Dialect, credentials, bytes) => {
    const served = await recording('HTTP/1.1 200 Connection established\r\n\r\n');
    const { observation } = await viaHttp(served, { dialect, credentials });
    expect(served.got()).toBe(bytes);
    expect(observation).toMatchObject({ failure: null, status: 200, credentialsSent: credentials !== null });
    expect(JSON.stringify(observation)).not.toContain(basic);
    expect(JSON.stringify(observation)).not.toContain(PASSWORD);
  });

  it('asks like a browser with a User-Agent', async () => {
    const served = await recording('HTTP/1.1 200 OK\r\n\r\n');
    await viaHttp(served, { dialect: 'browser' });
    expect(served.got()).toMatch(/^CONNECT app\.example\.test:443 HTTP\/1\.1\r\nHost: app\.example\.test:443\r\n/);
    expect(served.got()).toContain('User-Agent: Mozilla/5.0');
  });

  it('hands over a connection that carries bytes both ways', async () => {
    const served = await afterFirstBytes((socket) => {
      socket.write('HTTP/1.0 200 OK\r\nVia: 1.1 p\r\n\r\n');
      socket.on('data', (bytes) => socket.write(`echo ${bytes.toString()}`));
    });
    const { handle, observation } = await viaHttp(served);
    expect(observation).toMatchObject({ rawReply: 'HTTP/1.0 200 OK\r\nVia: 1.1 p\r\n\r\n', bytesAfterHead: 0 });
    const echoed = new Promise((resolve) => handle!.once('data', (bytes: Buffer) => resolve(bytes.toString())));
    handle!.write('hello');
    expect(await echoed).toBe('echo hello');
  });

  it('counts bytes that wait behind the head and leaves them to the next reader', async () => {
    const served = await recording('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody');
    const { handle, observation } = await viaHttp(served);
    expect(observation).toMatchObject({ failure: null, bytesAfterHead: 4 });
    const next = await new Promise((resolve) => handle!.once('data', (bytes: Buffer) => resolve(bytes.toString())));
    expect(next).toBe('body');
  });

  it('takes any 2xx', async () => {
    const text = 'HTTP/1.1 201 Created\r\n\r\n';
    const { observation } = await viaHttp(await recording(text));
    expect(observation).toMatchObject({ failure: null, status: 201, rawReply: text });
  });

  it('an interim reply is the end, as it is for libcurl and for the link', async () => {
    const interim = 'HTTP/1.1 100 Continue\r\n\r\n';
    const { observation, handle } = await viaHttp(await recording(`${interim}HTTP/1.1 200 OK\r\n\r\n`));
    expect(observation).toMatchObject({ failure: { kind: 'proxy_refused', rawCode: '100' }, status: 100 });
    expect(observation.rawReply).toBe(interim);
    expect(handle).toBeNull();
  });

  it('407 keeps the schemes on offer and the page', async () => {
    const page = '<h1>sign in</h1>';
    const head = `HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\nContent-Length: ${String(page.length)}\r\n\r\n`;
    const { observation } = await viaHttp(await recording(head + page));
    expect(observation).toMatchObject({
      failure: { kind: 'proxy_authentication_required', rawCode: '407' },
      status: 407,
      rawReply: head,
      bodyExcerpt: page,
    });
    expect(observation.headers.filter(([name]) => name === 'Proxy-Authenticate').map(([, value]) => value)).toEqual([
      'NTLM',
      'Negotiate',
    ]);
  });

  it.each([
    [403, 'proxy_refused'],
    [502, 'proxy_refused'],
    [301, 'proxy_refused'],
  ])('%i is %s with its status', async (status, kind) => {
    const { observation } = await viaHttp(await recording(`HTTP/1.1 ${String(status)} X\r\nContent-Length: 0\r\n\r\n`));
    expect(observation).toMatchObject({ status, failure: { kind, rawCode: String(status) } });
  });

  it('a refusing page without an end costs little', async () => {
    const { observation } = await viaHttp(await recording('HTTP/1.1 403 Forbidden\r\n\r\nblocked by policy'), {}, 5000);
    expect(observation.bodyExcerpt).toBe('blocked by policy');
    expect(observation.tMs - observation.t0Ms).toBeLessThan(600 + lastStep.stalledMs);
  });

  it.each([
    ['closes at once', (socket: Socket) => socket.end(), 'eof_error'],
    ['resets', (socket: Socket) => socket.resetAndDestroy(), 'connection_reset'],
    ['stays silent', () => undefined, 'generic_timeout_error'],
    ['answers in SOCKS', (socket: Socket) => socket.write(Buffer.from([5, 255])), 'proxy_protocol_mismatch'],
    [
      'answers in TLS',
      (socket: Socket) => socket.write(Buffer.from([21, 3, 3, 0, 2, 2, 70])),
      'proxy_protocol_mismatch',
    ],
    ['sends no status', (socket: Socket) => socket.write('HTTP/1.1 fine\r\n\r\n'), 'proxy_malformed_reply'],
    ['stops within the head', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nVia'), 'proxy_malformed_reply'],
    [
      'never ends its head',
      (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(20_000)}`),
      'response_too_large',
    ],
  ] as const)('a proxy that %s is a typed failure in time', async (_what, act, kind) => {
    const { observation } = await viaHttp(await afterFirstBytes((socket) => act(socket)), {}, 300);
    expect(observation.failure?.kind).toBe(kind);
    expect(observation.rawReply.length).toBeLessThanOrEqual(16 * 1024);
  });

  it('lets no line break of a host name onto the wire', async () => {
    const served = await recording('HTTP/1.1 200 OK\r\n\r\n');
    await viaHttp(served, { host: 'a\r\nX-Evil: 1' });
    expect(served.got()).toBe('CONNECT aX-Evil: 1:443 HTTP/1.1\r\nHost: aX-Evil: 1\r\n\r\n');
  });
});

/** A scripted proxy: for each message of the client, in order, one answer. */
async function scripted(
  ...answers: readonly (Buffer | ((socket: Socket) => void))[]
): Promise<Served & { readonly got: Buffer[] }> {
  const got: Buffer[] = [];
  const served = await tcpServer((socket) => {
    socket.on('data', (bytes) => {
      const answer = answers[got.length];
      got.push(bytes);
      if (typeof answer === 'function') answer(socket);
      else if (answer !== undefined) socket.write(answer);
    });
  });
  return { ...served, got };
}

const bytes = (...list: number[]): Buffer => Buffer.from(list);
const OK = bytes(5, 0, 0, 1, 0, 0, 0, 0, 0, 0);

async function viaSocks5(served: Served, more: Partial<SocksInput> = {}, deadlineMs = 500) {
  const ctx = testContext(deadlineMs);
  const given = await input(served, more);
  const step = await observed(ctx, deadlineMs, () => tunnelSocks5(ctx, LABEL, given));
  expect(step.handle === null).toBe(step.observation.failure !== null);
  return step;
}

describe('tunnelSocks5', () => {
  const named = Buffer.concat([bytes(5, 1, 0, 3, HOST.length), Buffer.from(HOST), bytes(1, 187)]);

  it.each([
    ['aclk', null, bytes(5, 1, 0)],
    ['aclk', USER, bytes(5, 2, 0, 2)],
    ['libcurl', null, bytes(5, 2, 0, 1)],
    ['libcurl', USER, bytes(5, 3, 0, 1, 2)],
    ['browser', null, bytes(5, 1, 0)],
  ] as const)('greets as %s does', async (dialect, credentials, greeting) => {
    const served = await scripted(bytes(5, 0), OK);
    await viaSocks5(served, { dialect, credentials });
    expect(served.got[0]).toEqual(greeting);
  });

  it("lets the proxy resolve: the name goes out, also for literals in ACLK's dialect", async () => {
    const served = await scripted(bytes(5, 0), OK);
    const { observation } = await viaSocks5(served);
    expect(served.got[1]).toEqual(named);
    expect(observation).toMatchObject({
      failure: null,
      socksMethod: 0,
      socksReply: 0,
      requestedHost: HOST,
      resolveAt: 'proxy',
    });

    const literal = await scripted(bytes(5, 0), OK);
    await viaSocks5(literal, { host: '192.0.2.1' });
    expect(literal.got[1]?.subarray(0, 5)).toEqual(bytes(5, 1, 0, 3, 9));
    const curl = await scripted(bytes(5, 0), OK);
    await viaSocks5(curl, { host: '192.0.2.1', dialect: 'libcurl' });
    expect(curl.got[1]).toEqual(bytes(5, 1, 0, 1, 192, 0, 2, 1, 1, 187));
  });

  it('resolves locally: the address goes out', async () => {
    const served = await scripted(bytes(5, 0), OK);
    const { observation } = await viaSocks5(served, { resolveAt: 'local', address: '2001:db8::7' });
    expect(served.got[1]?.subarray(0, 4)).toEqual(bytes(5, 1, 0, 4));
    expect(served.got[1]?.subarray(4, 20).toString('hex')).toBe('20010db8000000000000000000000007');
    expect(observation.requestedHost).toBe('2001:db8::7');
  });

  it('authenticates when asked to, and the observation holds no secret', async () => {
    const served = await scripted(bytes(5, 2), bytes(1, 0), OK);
    const { observation } = await viaSocks5(served, { credentials: USER });
    const password = Buffer.from(PASSWORD);
    expect(served.got[1]).toEqual(
      Buffer.concat([bytes(1, 7), Buffer.from('someone'), bytes(password.length), password]),
    );
    expect(observation).toMatchObject({ failure: null, credentialsSent: true, socksMethod: 2, socksAuthStatus: 0 });
    expect(JSON.stringify(observation)).not.toContain(PASSWORD);
  });

  it('keeps the status of a refused password', async () => {
    const { observation } = await viaSocks5(await scripted(bytes(5, 2), bytes(1, 1)), { credentials: USER });
    expect(observation).toMatchObject({
      failure: { kind: 'socks_authentication_failed', rawCode: 'STATUS=01' },
      socksAuthStatus: 1,
    });
  });

  it.each([
    ['none acceptable', 255, null],
    ['GSSAPI', 1, null],
    ['a password that nobody has', 2, null],
  ])('method selection: %s is socks_no_acceptable_method', async (_what, method, credentials) => {
    const { observation } = await viaSocks5(await scripted(bytes(5, method)), { credentials, dialect: 'libcurl' });
    expect(observation).toMatchObject({
      failure: { kind: 'socks_no_acceptable_method' },
      socksMethod: method,
      socksReply: null,
    });
  });

  it.each([
    [1, 'socks_server_failure'],
    [2, 'socks_connection_not_allowed'],
    [3, 'socks_network_unreachable'],
    [4, 'socks_host_unreachable'],
    [5, 'socks_connection_refused'],
    [6, 'socks_ttl_expired'],
    [7, 'socks_command_not_supported'],
    [8, 'socks_address_not_supported'],
    [0x42, 'socks_server_failure'],
  ])('reply byte %i is %s', async (rep, kind) => {
    const { observation } = await viaSocks5(await scripted(bytes(5, 0), bytes(5, rep, 0, 1, 0, 0, 0, 0, 0, 0)));
    expect(observation).toMatchObject({
      socksReply: rep,
      failure: { kind, rawCode: `REP=${rep.toString(16).padStart(2, '0')}` },
    });
  });

  it.each([
    ['a name', Buffer.concat([bytes(5, 0, 0, 3, 3), Buffer.from('abc'), bytes(0, 80)])],
    ['an IPv6 address', Buffer.concat([bytes(5, 0, 0, 4), Buffer.alloc(18)])],
  ])('discards a bound address that is %s, and nothing behind it', async (_what, reply) => {
    const served = await scripted(bytes(5, 0), Buffer.concat([reply, Buffer.from('TLS')]));
    const { handle, observation } = await viaSocks5(served);
    expect(observation).toMatchObject({ failure: null, bytesAfterHead: 3 });
    expect(observation.rawReply).toBe(Buffer.concat([bytes(5, 0), reply]).toString('latin1'));
    const next = await new Promise((resolve) => handle!.once('data', (more: Buffer) => resolve(more.toString())));
    expect(next).toBe('TLS');
  });

  it.each([
    ['speaks HTTP', (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'proxy_protocol_mismatch'],
    ['speaks SOCKS4', (socket: Socket) => socket.write(bytes(0, 0x5b, 0, 0, 0, 0, 0, 0)), 'proxy_protocol_mismatch'],
    ['closes at once', (socket: Socket) => socket.end(), 'eof_error'],
    ['resets', (socket: Socket) => socket.resetAndDestroy(), 'connection_reset'],
    ['stays silent', () => undefined, 'generic_timeout_error'],
    ['sends one byte', (socket: Socket) => socket.write(bytes(5)), 'generic_timeout_error'],
  ] as const)('a proxy that %s is a typed failure in time', async (_what, act, kind) => {
    const { observation } = await viaSocks5(await scripted(act), {}, 250);
    expect(observation.failure?.kind).toBe(kind);
  });

  it('an address type that does not exist is a malformed reply', async () => {
    const { observation } = await viaSocks5(await scripted(bytes(5, 0), bytes(5, 0, 0, 9, 0, 0, 0, 0, 0, 0)));
    expect(observation.failure).toMatchObject({ kind: 'proxy_malformed_reply', rawCode: 'ATYP=09' });
  });
});

describe('tunnelSocks4', () => {
  const run = async (served: Served, more: Partial<SocksInput> = {}) => {
    const ctx = testContext(300);
    const given = await input(served, more);
    return observed(ctx, 300, () => tunnelSocks4(ctx, LABEL, given));
  };
  const granted = bytes(0, 0x5a, 0, 0, 0, 0, 0, 0);

  it('sends the address and the user', async () => {
    const served = await scripted(granted);
    const { observation } = await run(served, { resolveAt: 'local', address: '192.0.2.1', credentials: USER });
    expect(served.got[0]).toEqual(Buffer.concat([bytes(4, 1, 1, 187, 192, 0, 2, 1), Buffer.from('someone\0')]));
    expect(observation).toMatchObject({ failure: null, protocol: 'socks4', socksReply: 0x5a });
  });

  it('sends the name behind an impossible address (SOCKS4a)', async () => {
    const served = await scripted(granted);
    await run(served);
    expect(served.got[0]).toEqual(Buffer.concat([bytes(4, 1, 1, 187, 0, 0, 0, 1, 0), Buffer.from(`${HOST}\0`)]));
  });

  it.each([
    [0x5b, 'proxy_refused'],
    [0x5d, 'socks_authentication_failed'],
  ])('reply %i is %s', async (code, kind) => {
    const { observation } = await run(await scripted(bytes(0, code, 0, 0, 0, 0, 0, 0)));
    expect(observation).toMatchObject({ socksReply: code, failure: { kind } });
  });

  it('cannot carry IPv6, and does not try', async () => {
    const served = await scripted(granted);
    const { observation } = await run(served, { resolveAt: 'local', address: '2001:db8::1' });
    expect(observation.failure?.kind).toBe('socks_address_not_supported');
    expect(served.got).toEqual([]);
  });
});

describe('addressBytes', () => {
  it.each([
    ['192.0.2.1', 'c0000201'],
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['2001:db8::1:0:7', '20010db8000000000000000100000007'],
    ['fe80::1%eth0', 'fe800000000000000000000000000001'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ])('%s', (address, hex) => {
    expect(addressBytes(address).toString('hex')).toBe(hex);
  });
});
