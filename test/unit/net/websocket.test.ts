import type { Socket } from 'node:net';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { handshakeTls } from '../../../src/net/tls.js';
import { createTrustSet } from '../../../src/net/trust.js';
import { acceptOf, upgradeBrowser, upgradeRaw } from '../../../src/net/websocket.js';
import { mint, type Minted } from '../../helpers/net/certificates.js';
import { LABEL, observed, testContext } from '../../helpers/net/context.js';
import { afterFirstBytes, clientOf, tlsServer, type Served } from '../../helpers/net/servers.js';
import { answer101, keyOf } from '../../helpers/net/websocket.js';

const HOST = 'mqtt.example.test';
let own: Minted;
beforeAll(async () => {
  own = await mint({ subject: 'CN=own', names: [HOST] });
});

async function upgrade(served: Served, deadlineMs = 400) {
  const ctx = testContext(deadlineMs);
  const socket = await clientOf(served);
  const step = await observed(ctx, deadlineMs, () =>
    upgradeRaw(ctx, LABEL, { socket, host: HOST, path: '/mqtt', dialect: 'aclk' }),
  );
  expect(step.handle === null).toBe(step.observation.failure !== null);
  return step;
}

describe('upgradeRaw', () => {
  it('asks in the exact bytes of the Agent, empty Origin included', async () => {
    let got = '';
    const served = await afterFirstBytes((socket, bytes) => {
      got = bytes.toString('latin1');
      socket.write(answer101(bytes));
    });
    const { observation } = await upgrade(served);
    expect(got).toBe(
      [
        'GET /mqtt HTTP/1.1',
        `Host: ${HOST}`,
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Key: ${observation.key}`,
        'Origin: ',
        'Sec-WebSocket-Protocol: mqtt',
        'Sec-WebSocket-Version: 13',
        '',
        '',
      ].join('\r\n'),
    );
    expect(Buffer.from(observation.key, 'base64')).toHaveLength(16);
    expect(observation).toMatchObject({ failure: null, status: 101, acceptedByRfc: true, bodyExcerpt: '' });
  });

  it('knows the example of RFC 6455', () => {
    expect(acceptOf('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });

  it.each([
    ['a wrong accept value', (bytes: Buffer) => answer101(bytes).replace(/Accept: ..../, 'Accept: AAAA')],
    ['no Upgrade field', (bytes: Buffer) => answer101(bytes).replace('Upgrade: websocket\r\n', '')],
    ['no Connection field', (bytes: Buffer) => answer101(bytes).replace('Connection: Upgrade\r\n', '')],
  ])('101 with %s is kept for the judges, but not accepted by the RFC', async (_what, answer) => {
    const { observation, handle } = await upgrade(
      await afterFirstBytes((socket, bytes) => socket.write(answer(bytes))),
    );
    expect(observation).toMatchObject({ status: 101, acceptedByRfc: false, failure: null });
    expect(handle).not.toBeNull();
  });

  it('says when an answer trickles in, its line ends in two parts', async () => {
    const { observation } = await upgrade(
      await afterFirstBytes((socket, bytes) => {
        socket.setNoDelay(true);
        const parts = answer101(bytes).split(/(?<=\r)/);
        // A turn of the event loop in between: the other side reads each part by itself, however busy the machine.
        const writeNext = (): void => {
          const part = parts.shift();
          if (part === undefined) return;
          socket.write(part);
          setImmediate(() => setImmediate(writeNext));
        };
        writeNext();
      }),
    );
    expect(observation).toMatchObject({ status: 101, failure: null });
    expect(observation.lineEndSplits).toBeGreaterThan(1);
  });

  it('leaves bytes behind the head to the next step', async () => {
    const { handle, observation } = await upgrade(
      await afterFirstBytes((socket, bytes) => socket.write(`${answer101(bytes)}\x82\x00`, 'latin1')),
    );
    const next = await new Promise((resolve) =>
      handle!.socket.once('data', (more: Buffer) => resolve(more.toString('hex'))),
    );
    expect(next).toBe('8200');
    expect(observation.rawHead.endsWith('\r\n\r\n')).toBe(true);
  });

  it.each([200, 400, 403, 407, 426, 502])('%i keeps the page behind the refusal', async (status) => {
    const page = '<title>blocked</title>';
    const served = await afterFirstBytes((socket) =>
      socket.write(`HTTP/1.1 ${String(status)} X\r\nServer: box\r\n\r\n${page}`),
    );
    const { observation } = await upgrade(served, 1000);
    expect(observation).toMatchObject({
      status,
      failure: { kind: 'websocket_upgrade_refused', rawCode: String(status) },
      bodyExcerpt: page,
      acceptedByRfc: false,
    });
    expect(observation.headers).toEqual([['Server', 'box']]);
  });

  it.each([
    ['silence', () => undefined, 'generic_timeout_error'],
    ['an orderly close', (socket: Socket) => socket.end(), 'eof_error'],
    ['a reset', (socket: Socket) => socket.resetAndDestroy(), 'connection_reset'],
    ['another protocol', (socket: Socket) => socket.write('\x00\x01\x02\x03\x04\x05'), 'http_malformed'],
    ['half a head', (socket: Socket) => socket.write('HTTP/1.1 101 Switching'), 'generic_timeout_error'],
    [
      'an endless head',
      (socket: Socket) => socket.write(`HTTP/1.1 101 X\r\nX: ${'y'.repeat(100_000)}`),
      'response_too_large',
    ],
  ] as const)('%s is a typed failure in time', async (_what, act, kind) => {
    const { observation } = await upgrade(await afterFirstBytes((socket) => act(socket)), 250);
    expect(observation.failure?.kind).toBe(kind);
    expect(observation.rawHead.length).toBeLessThanOrEqual(64 * 1024);
  });
});

describe('upgradeBrowser', () => {
  const run = async (act: (socket: Socket, bytes: Buffer) => void, deadlineMs = 1000) => {
    const served = await tlsServer({ key: own.keyPem, cert: own.pem }, (socket) => {
      socket.once('data', (bytes: Buffer) => act(socket, bytes));
    });
    const ctx = testContext(deadlineMs);
    const socket = await clientOf(served);
    const trust = createTrustSet([], '');
    const tls = await handshakeTls(ctx, LABEL, { socket, sni: HOST, expectedName: HOST, variant: 'agent', trust });
    onTestFinished(() => {
      tls.handle!.destroy();
    });
    return observed(ctx, deadlineMs, () =>
      upgradeBrowser(ctx, LABEL, { socket: tls.handle!, host: HOST, path: '/mqtt' }),
    );
  };

  it('upgrades with a common client', async () => {
    let request = '';
    const seen = await run((socket, bytes) => {
      request = bytes.toString('latin1');
      socket.write(answer101(bytes));
    });
    expect(seen).toMatchObject({ failure: null, status: 101, acceptedByRfc: true, dialect: 'browser' });
    expect(seen.key).toBe(keyOf(Buffer.from(request)));
    expect(request).toContain('Mozilla/5.0');
    expect(request).toContain(`Origin: https://${HOST}\r\n`);
    expect(request.toLowerCase()).toContain('sec-websocket-protocol: mqtt\r\n');
  });

  it('keeps status, headers and page of a refusal', async () => {
    const seen = await run((socket) =>
      socket.end('HTTP/1.1 403 Forbidden\r\nX-Filter: yes\r\nContent-Length: 2\r\n\r\nno'),
    );
    expect(seen).toMatchObject({
      status: 403,
      bodyExcerpt: 'no',
      failure: { kind: 'websocket_upgrade_refused', rawCode: '403' },
    });
    expect(seen.headers).toContainEqual(['X-Filter', 'yes']);
  });

  it.each([
    [
      'a wrong accept value',
      (socket: Socket, bytes: Buffer) => socket.write(answer101(bytes).replace(/Accept: ..../, 'Accept: AAAA')),
      'websocket_malformed',
    ],
    ['silence', () => undefined, 'generic_timeout_error'],
    ['an orderly close', (socket: Socket) => socket.end(), 'eof_error'],
    ['garbage', (socket: Socket) => socket.write('garbage\r\n\r\n'), 'http_malformed'],
  ] as const)('%s is a typed failure in time', async (_what, act, kind) => {
    const seen = await run((socket, bytes) => act(socket, bytes), 300);
    expect(seen.failure?.kind).toBe(kind);
  });
});
