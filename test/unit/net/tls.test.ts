import type { Socket } from 'node:net';
import type tls from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { LoadedTrustStore } from '../../../src/model/planned.js';
import { connectTcp } from '../../../src/net/tcp.js';
import { handshakeTls, type HandshakeInput } from '../../../src/net/tls.js';
import { createTrustSet } from '../../../src/net/trust.js';
import { mint, type Minted } from '../../helpers/net/certificates.js';
import { LABEL, observed, testContext, type TestContext } from '../../helpers/net/context.js';
import { afterFirstBytes, tcpServer, tlsServer, type Served } from '../../helpers/net/servers.js';

const HOST = 'app.example.test';
let root: Minted;
let middle: Minted;
let leaf: Minted;
let store: LoadedTrustStore;

beforeAll(async () => {
  root = await mint({ subject: 'CN=Root', ca: true });
  middle = await mint({ subject: 'CN=Middle', ca: true, issuer: root });
  leaf = await mint({ subject: 'CN=leaf', issuer: middle, names: [HOST, '192.0.2.1'] });
  const facts = { id: 'link', title: '', paths: [], certificates: 1, problem: null, observation: null };
  store = { facts, certificates: [root.pem] };
});

async function open(ctx: TestContext, served: Served): Promise<Socket> {
  const step = await connectTcp(ctx, LABEL, { host: HOST, address: '127.0.0.1', port: served.port, peer: 'target' });
  onTestFinished(() => {
    step.handle!.destroy();
  });
  return step.handle!;
}

/** Shakes hands with a server under one deadline, asserting the contract of steps. */
async function shake(served: Served, more: Partial<HandshakeInput> = {}, deadlineMs = 1000) {
  const ctx = testContext(deadlineMs);
  const socket = await open(ctx, served);
  const step = await observed(ctx, deadlineMs, () =>
    handshakeTls(ctx, LABEL, {
      socket,
      sni: HOST,
      expectedName: HOST,
      variant: 'agent',
      trust: createTrustSet([store], 'link'),
      ...more,
    }),
  );
  onTestFinished(() => {
    step.handle?.destroy();
  });
  return { ...step, socket, ctx };
}

const good = (): tls.TlsOptions => ({ key: leaf.keyPem, cert: leaf.pem + middle.pem });

describe('handshakeTls', () => {
  it('keeps the chain as sent, leaf first, and judges it against the stores', async () => {
    const served = await tlsServer(good(), () => undefined);
    const { observation, handle } = await shake(served);
    expect(observation).toMatchObject({
      failure: null,
      protocol: 'TLSv1.3',
      sni: HOST,
      nameMatches: true,
      gotServerBytes: true,
      rawFirstBytes: '',
      alert: null,
      address: '127.0.0.1',
      judgements: [{ storeId: 'link', trusted: true, errors: [], depth: null }],
    });
    expect(observation.chain.map(({ subject, isCa }) => [subject, isCa])).toEqual([
      ['CN=leaf', false],
      ['CN=Middle', true],
    ]);
    expect(observation.chain[0]).toMatchObject({ publicKey: 'ec prime256v1', issuer: 'CN=Middle' });
    expect(observation.chain[0]?.fingerprint256).toMatch(/^[0-9a-f]{64}$/);
    expect(handle!.alpnProtocol).toBe(false);
  });

  it('frees the connection below when the handle is destroyed', async () => {
    const served = await tlsServer(good(), () => undefined);
    const { handle, socket, ctx } = await shake(served);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    handle!.destroy();
    await closed;
    expect(ctx.openSockets()).toBe(0);
  });

  it('does not fill the chain in from the stores, and still gives the handle', async () => {
    const served = await tlsServer({ key: leaf.keyPem, cert: leaf.pem }, () => undefined);
    const { observation, handle } = await shake(served);
    expect(observation.chain).toHaveLength(1);
    expect(observation.judgements).toEqual([
      {
        storeId: 'link',
        trusted: false,
        errors: ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
        depth: 0,
      },
    ]);
    expect(handle).not.toBeNull();
  });

  it('ends on a self-signed certificate, which is its own issuer', async () => {
    const own = await mint({ subject: 'CN=own', names: [HOST] });
    const served = await tlsServer({ key: own.keyPem, cert: own.pem }, () => undefined);
    const { observation } = await shake(served);
    expect(observation.chain).toHaveLength(1);
    expect(observation.judgements[0]?.errors).toEqual(['DEPTH_ZERO_SELF_SIGNED_CERT']);
  });

  it.each([
    [HOST, true],
    [`${HOST}.`, true],
    ['other.example.test', false],
    ['192.0.2.1', true],
    ['192.0.2.2', false],
  ])('holds the certificate against the name %s: %s', async (expectedName, matches) => {
    const served = await tlsServer(good(), () => undefined);
    const { observation } = await shake(served, { expectedName });
    expect(observation.nameMatches).toBe(matches);
  });

  it('does not fall back to the subject when alternative names exist', async () => {
    const tricky = await mint({ subject: `CN=${HOST}`, names: ['other.example.test'] });
    const plain = await mint({ subject: `CN=${HOST}` });
    const first = await tlsServer({ key: tricky.keyPem, cert: tricky.pem }, () => undefined);
    expect((await shake(first)).observation.nameMatches).toBe(false);
    const second = await tlsServer({ key: plain.keyPem, cert: plain.pem }, () => undefined);
    expect((await shake(second)).observation.nameMatches).toBe(true);
  });

  it.each([
    [HOST, HOST],
    [null, null],
    ['192.0.2.1', null],
  ])('sends the server name %s as %s', async (sni, sent) => {
    let got: string | null | undefined;
    const served = await tlsServer(good(), (socket) => {
      got = (socket as tls.TLSSocket & { servername: string | false }).servername || null;
    });
    const { observation } = await shake(served, { sni });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(observation.sni).toBe(sent);
    expect(got).toBe(sent);
  });

  it('measures the ClientHello as it is on the wire, and the variants differ as their names say', async () => {
    const sizes: Record<string, number | null> = {};
    for (const variant of ['agent', 'small', 'large', 'legacy', 'provoke_alert'] as const) {
      let onWire = 0;
      const served = await afterFirstBytes((socket, bytes) => {
        onWire += bytes.length;
        socket.on('data', (more) => (onWire += more.length));
        setTimeout(() => socket.destroy(), 20);
      });
      const { observation } = await shake(served, { variant });
      expect(observation.helloBytes).toBe(onWire);
      sizes[variant] = observation.helloBytes;
    }
    expect(sizes['large']).toBeGreaterThan(1500);
    expect(sizes['agent']).toBeLessThan(520);
    expect(sizes['small']).toBeLessThan(260);
  });

  it.each(['agent', 'small', 'large'] as const)('%s shakes hands with TLS 1.2 and with TLS 1.3', async (variant) => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const served = await tlsServer({ ...good(), minVersion: version, maxVersion: version }, () => undefined);
      const { observation } = await shake(served, { variant });
      expect(observation).toMatchObject({ failure: null, protocol: version });
    }
  });

  it('legacy reaches a server that only knows TLS 1.0, which the Agent does not', async () => {
    const rsa = await mint({ subject: 'CN=old', names: [HOST], rsaBits: 2048 });
    const old = {
      key: rsa.keyPem,
      cert: rsa.pem,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1',
      ciphers: 'ALL:@SECLEVEL=0',
    } as const;
    const served = await tlsServer(old, () => undefined);
    expect((await shake(served, { variant: 'legacy' })).observation).toMatchObject({
      failure: null,
      protocol: 'TLSv1',
    });
    const { observation } = await shake(served);
    expect(['ssl_alert', 'ssl_version_unsupported']).toContain(observation.failure?.kind);
  });

  it('provoke_alert earns a short alert from a healthy server', async () => {
    const served = await tlsServer(good(), () => undefined);
    const { observation, handle } = await shake(served, { variant: 'provoke_alert' });
    expect(observation).toMatchObject({ alert: 40, gotServerBytes: true, failure: { kind: 'ssl_alert' } });
    expect(handle).toBeNull();
  });

  it.each([
    ['unrecognized_name', 112],
    ['handshake_failure', 40],
    ['protocol_version', 70],
    ['access_denied', 49],
  ])('keeps the number of a received alert: %s', async (_name, number) => {
    const served = await afterFirstBytes((socket) => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, number])));
    const { observation } = await shake(served);
    expect(observation).toMatchObject({ alert: number, failure: { kind: 'ssl_alert' }, rawFirstBytes: '' });
  });

  it.each([
    ['an HTTP error page', 'HTTP/1.1 400 Bad Request\r\n\r\n<h1>plain</h1>'],
    ['an SSH banner', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['two bytes', 'no'],
  ])('%s instead of TLS is kept and named', async (_what, text) => {
    const served = await afterFirstBytes((socket) => socket.end(text));
    const { observation, handle } = await shake(served);
    expect(observation.failure?.kind).toBe('ssl_not_tls');
    expect(observation.rawFirstBytes).toBe(text);
    expect(handle).toBeNull();
  });

  it('a server that speaks first is not TLS either, even if it then waits', async () => {
    const served = await tcpServer((socket) => socket.write('220 mail.example.test ESMTP\r\n'));
    const { observation } = await shake(served, {}, 300);
    expect(observation).toMatchObject({ failure: { kind: 'ssl_not_tls' }, gotServerBytes: true });
  });

  it('silence is a stall: no bytes came back', async () => {
    const served = await tcpServer(() => undefined);
    const { observation } = await shake(served, {}, 200);
    expect(observation).toMatchObject({ failure: { kind: 'generic_timeout_error' }, gotServerBytes: false });
    expect(observation.helloBytes).toBeGreaterThan(100);
  });

  it('a stall after the first bytes of a ServerHello is told from silence', async () => {
    const served = await afterFirstBytes((socket) => socket.write(Buffer.from([22, 3, 3, 0, 122, 2])));
    const { observation } = await shake(served, {}, 200);
    expect(observation).toMatchObject({
      failure: { kind: 'generic_timeout_error' },
      gotServerBytes: true,
      rawFirstBytes: '',
    });
  });

  it('a reset is connection_reset', async () => {
    const served = await afterFirstBytes((socket) => socket.resetAndDestroy());
    const { observation } = await shake(served);
    expect(observation).toMatchObject({
      failure: { kind: 'connection_reset', rawCode: 'ECONNRESET' },
      gotServerBytes: false,
    });
  });

  it('a reset that was there before the handshake began is seen too', async () => {
    const ctx = testContext();
    const served = await tcpServer((socket) => setTimeout(() => socket.resetAndDestroy(), 10));
    const socket = await open(ctx, served);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const step = await observed(ctx, 400, () =>
      handshakeTls(ctx, LABEL, {
        socket,
        sni: HOST,
        expectedName: HOST,
        variant: 'agent',
        trust: createTrustSet([], ''),
      }),
    );
    expect(step.observation.failure?.kind).toBe('connection_reset');
  });

  it('an orderly close is eof_error', async () => {
    const served = await afterFirstBytes((socket) => socket.end());
    const { observation } = await shake(served);
    expect(observation).toMatchObject({ failure: { kind: 'eof_error' }, gotServerBytes: false });
  });

  it('garbage in TLS records is a failed handshake', async () => {
    const served = await afterFirstBytes((socket) => {
      socket.write(Buffer.concat([Buffer.from([22, 3, 3, 1, 0]), Buffer.alloc(256, 0x41)]));
    });
    const { observation } = await shake(served, {}, 500);
    expect(observation.failure?.kind).toBe('ssl_failed_handshake');
  });

  it('endless garbage ends by the deadline with bounded memory', async () => {
    const served = await afterFirstBytes((socket) => {
      const junk = Buffer.alloc(64 * 1024, 0x16);
      const pour = (): void => {
        while (!socket.destroyed && socket.write(junk));
      };
      socket.on('drain', pour);
      pour();
    });
    const { observation } = await shake(served, {}, 300);
    expect(observation.failure).not.toBeNull();
    expect(observation.rawFirstBytes.length).toBeLessThanOrEqual(1024);
  });

  it('an interrupted run ends the handshake at once', async () => {
    const ctx = testContext(5000);
    const socket = await open(ctx, await tcpServer(() => undefined));
    setTimeout(ctx.abort, 30);
    const step = await observed(ctx, 100, () =>
      handshakeTls(ctx, LABEL, {
        socket,
        sni: HOST,
        expectedName: HOST,
        variant: 'agent',
        trust: createTrustSet([], ''),
      }),
    );
    expect(step.observation.failure?.kind).toBe('interrupted');
    expect(socket.destroyed).toBe(true);
  });

  it('keeps hostile certificate text as data', async () => {
    const evil = await mint({ subject: 'CN=\u001b[31mred\\, O\\=x' });
    const served = await tlsServer({ key: evil.keyPem, cert: evil.pem }, () => undefined);
    const { observation } = await shake(served);
    expect(observation.failure).toBeNull();
    expect(observation.chain[0]?.subject.split('\n')).toHaveLength(1);
  });
});
