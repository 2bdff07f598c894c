import * as fc from 'fast-check';
import type { Socket } from 'node:net';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { roundTripBrowser, roundTripRaw, type RoundTripInput } from '../../../src/net/http.js';
import { AnswerReader } from '../../../src/net/http-framing.js';
import { aclkGet } from '../../../src/net/shapes.js';
import { handshakeTls } from '../../../src/net/tls.js';
import { createTrustSet } from '../../../src/net/trust.js';
import { mint, type Minted } from '../../helpers/net/certificates.js';
import { LABEL, lastStep, observed, testContext } from '../../helpers/net/context.js';
import { afterFirstBytes, clientOf, tcpServer, tlsServer, type Served } from '../../helpers/net/servers.js';

const HOST = 'app.example.test';
let own: Minted;
beforeAll(async () => {
  own = await mint({ subject: 'CN=own', names: [HOST] });
});

async function ask(served: Served, more: Partial<RoundTripInput> = {}, deadlineMs = 400) {
  const ctx = testContext(deadlineMs);
  const socket = more.socket ?? (await clientOf(served));
  return observed(ctx, deadlineMs, () =>
    roundTripRaw(ctx, LABEL, {
      socket,
      request: aclkGet(HOST, '/api/v1/env'),
      method: 'GET',
      host: HOST,
      path: '/api/v1/env',
      dialect: 'aclk',
      ...more,
    }),
  );
}

const answering = (text: string, then?: (socket: Socket) => void): Promise<Served> =>
  afterFirstBytes((socket) => {
    socket.write(text, 'latin1');
    then?.(socket);
  });

describe('roundTripRaw', () => {
  it('sends exactly the bytes given and keeps exactly the bytes that came', async () => {
    let got = '';
    const head = 'HTTP/1.1 200 OK\r\nX-Odd:no space\r\nContent-Length: 3\r\n\r\n';
    const served = await afterFirstBytes((socket, bytes) => {
      got = bytes.toString('latin1');
      socket.write(`${head}a\xffb`, 'latin1');
    });
    const seen = await ask(served);
    expect(got).toBe(`GET /api/v1/env HTTP/1.1\r\nHost: ${HOST}\r\nUser-Agent: Netdata/rocks newhttpclient\r\n\r\n`);
    expect(seen).toMatchObject({
      failure: null,
      rawHead: head,
      rawBody: 'a\xffb',
      bodyBytes: 3,
      status: 200,
      endedBy: 'length',
      closedAfterMs: null,
    });
    expect(seen.headers).toContainEqual(['X-Odd', 'no space']);
    expect(Date.parse(seen.receivedAt!)).toBeGreaterThan(0);
  });

  it('returns with the last byte of a healthy answer, without waiting for a close', async () => {
    const seen = await ask(await answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), {}, 400);
    expect(seen.tMs - seen.t0Ms).toBeLessThan(200 + lastStep.stalledMs);
  });

  it.each([
    [
      'chunked',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\n',
      'chunked',
      '5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\n',
    ],
    [
      'odd spelling of chunked',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, Chunked\r\n\r\n0\r\n\r\n',
      'chunked',
      '0\r\n\r\n',
    ],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', 'no_body', ''],
    ['LF only', 'HTTP/1.1 200 OK\nContent-Length: 1\n\nx', 'length', 'x'],
    ['no reason phrase', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', 'length', ''],
    ['HTTP/2 in the status line', 'HTTP/2 200\r\nContent-Length: 0\r\n\r\n', 'length', ''],
  ])('frames an answer: %s', async (_what, text, endedBy, body) => {
    const seen = await ask(await answering(text));
    expect(seen).toMatchObject({ failure: null, endedBy, rawBody: body });
  });

  it('keeps interim heads in the raw head and reads the final one', async () => {
    const seen = await ask(
      await answering('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx'),
    );
    expect(seen.status).toBe(200);
    expect(seen.rawHead).toMatch(/^HTTP\/1\.1 103 .*\r\n\r\nHTTP\/1\.1 200 OK\r\n/s);
    expect(seen.rawBody).toBe('x');
  });

  it('reads until the connection closes when nothing else ends the answer', async () => {
    const seen = await ask(await answering('HTTP/1.0 200 OK\r\n\r\nall of it', (socket) => socket.end()));
    expect(seen).toMatchObject({ failure: null, endedBy: 'close', rawBody: 'all of it', status: 200 });
    expect(seen.closedAfterMs).toBeLessThan(100 + lastStep.stalledMs);
  });

  it('notices a close in the same breath, announced or not', async () => {
    for (const header of ['', 'Connection: close\r\n']) {
      const text = `HTTP/1.1 200 OK\r\n${header}Content-Length: 2\r\n\r\nok`;
      const seen = await ask(await answering(text, (socket) => socket.end()));
      expect(seen.endedBy).toBe('length');
      expect(seen.closedAfterMs).toBeLessThan(60 + lastStep.stalledMs);
    }
  });

  it('notices a close_notify in the same breath', async () => {
    const served = await tlsServer({ key: own.keyPem, cert: own.pem }, (socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    });
    const secure = await secured(served);
    const seen = await ask(served, { socket: secure });
    expect(seen).toMatchObject({ failure: null, endedBy: 'length', rawBody: 'ok' });
    expect(seen.closedAfterMs).toBeLessThan(60 + lastStep.stalledMs);
  });

  it('waits for an announced close only, and measures it', async () => {
    const later = (socket: Socket): void => void setTimeout(() => socket.end(), 120);
    const announced = await ask(
      await answering('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok', later),
    );
    expect(announced.closedAfterMs).toBeGreaterThan(80);
    expect(announced.closedAfterMs).toBeLessThan(340 + lastStep.stalledMs);
    const silent = await ask(await answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', later));
    expect(silent.closedAfterMs).toBeNull();
  });

  it('gives up on an announced close that does not come', async () => {
    const seen = await ask(
      await answering('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'),
      {},
      1000,
    );
    expect(seen).toMatchObject({ failure: null, closedAfterMs: null, endedBy: 'length' });
    expect(seen.tMs - seen.t0Ms).toBeGreaterThan(300);
    expect(seen.tMs - seen.t0Ms).toBeLessThan(700 + lastStep.stalledMs);
  });

  it.each([
    ['silence', () => undefined, 'generic_timeout_error', 'timeout'],
    ['an orderly close', (socket: Socket) => socket.end(), 'eof_error', 'close'],
    ['a reset', (socket: Socket) => socket.resetAndDestroy(), 'connection_reset', 'none'],
    [
      'a body cut short',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'),
      'eof_error',
      'close',
    ],
    ['a head cut short', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le'), 'eof_error', 'close'],
    [
      'a stalled body',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'),
      'generic_timeout_error',
      'timeout',
    ],
    [
      'a stalled chunk',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel'),
      'generic_timeout_error',
      'timeout',
    ],
    [
      'a chunk size that is none',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
      'http_malformed',
      'none',
    ],
    ['another protocol', (socket: Socket) => socket.write('SSH-2.0-x\r\n'), 'http_malformed', 'none'],
    [
      'a status line without a status',
      (socket: Socket) => socket.write('HTTP/1.1 OK\r\n\r\n'),
      'http_malformed',
      'none',
    ],
  ] as const)('%s is a typed failure in time', async (_what, act, kind, endedBy) => {
    const seen = await ask(await afterFirstBytes((socket) => act(socket)), {}, 250);
    expect(seen).toMatchObject({ failure: { kind }, endedBy });
  });

  it('keeps what came of a broken answer', async () => {
    const seen = await ask(
      await afterFirstBytes((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')),
    );
    expect(seen).toMatchObject({ status: 200, rawBody: 'abc', bodyBytes: 3 });
    const torn = await ask(await afterFirstBytes((socket) => socket.end('HTTP/1.1 200 OK\r\nX: y')));
    expect(torn).toMatchObject({ status: null, rawHead: 'HTTP/1.1 200 OK\r\nX: y' });
  });

  it('endless headers end with response_too_large and bounded memory', async () => {
    const served = await afterFirstBytes((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const line = `X-Endless: ${'y'.repeat(1000)}\r\n`.repeat(16);
      const pour = (): void => {
        while (!socket.destroyed && socket.write(line));
      };
      socket.on('drain', pour);
      pour();
    });
    const seen = await ask(served, {}, 2000);
    expect(seen).toMatchObject({ failure: { kind: 'response_too_large' }, endedBy: 'cap', status: null });
    expect(seen.rawHead).toHaveLength(64 * 1024);
  });

  it('headers that drip for ever end by the deadline', async () => {
    const served = await afterFirstBytes((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write('X: y\r\n'), 20);
      socket.on('close', () => clearInterval(drip));
    });
    const seen = await ask(served, {}, 250);
    expect(seen.failure?.kind).toBe('generic_timeout_error');
  });

  it('a body beyond what is kept is counted, an endless one ends', async () => {
    const big = 'z'.repeat(200_000);
    const counted = await ask(await answering(`HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n${big}`), {}, 2000);
    expect(counted).toMatchObject({ failure: null, bodyBytes: 200_000, endedBy: 'length' });
    expect(counted.rawBody).toHaveLength(64 * 1024);
    const served = await afterFirstBytes((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const junk = Buffer.alloc(64 * 1024, 0x7a);
      const pour = (): void => {
        while (!socket.destroyed && socket.write(junk));
      };
      socket.on('drain', pour);
      pour();
    });
    const endless = await ask(served, {}, 3000);
    expect(endless).toMatchObject({ failure: { kind: 'response_too_large' }, endedBy: 'cap', status: 200 });
    expect(endless.rawBody).toHaveLength(64 * 1024);
  });

  it('an interrupted run ends the exchange at once', async () => {
    const ctx = testContext(5000);
    const socket = await clientOf(await tcpServer(() => undefined));
    setTimeout(ctx.abort, 30);
    const seen = await observed(ctx, 100, () =>
      roundTripRaw(ctx, LABEL, {
        socket,
        request: aclkGet(HOST, '/'),
        method: 'GET',
        host: HOST,
        path: '/',
        dialect: 'aclk',
      }),
    );
    expect(seen.failure?.kind).toBe('interrupted');
  });
});

async function secured(served: Served) {
  const ctx = testContext(1000);
  const socket = await clientOf(served);
  const trust = createTrustSet([], '');
  const step = await handshakeTls(ctx, LABEL, { socket, sni: HOST, expectedName: HOST, variant: 'agent', trust });
  onTestFinished(() => {
    step.handle!.destroy();
  });
  return step.handle!;
}

describe('AnswerReader', () => {
  it('finds the same end however the bytes are cut', () => {
    const chunk = fc.string({ unit: fc.constantFrom('a', '\r', '\n', '0', 'f'), minLength: 1, maxLength: 20 });
    const body = fc.array(chunk, { maxLength: 5 });
    fc.assert(
      fc.property(body, fc.array(fc.nat(200), { maxLength: 8 }), fc.boolean(), (chunks, cuts, chunked) => {
        const framed = chunks.map((one) => `${one.length.toString(16)}\r\n${one}\r\n`).join('') + '0\r\n\r\n';
        const plain = chunks.join('');
        const head = chunked
          ? 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
          : `HTTP/1.1 200 OK\r\nContent-Length: ${String(plain.length)}\r\n\r\n`;
        const bytes = Buffer.from(head + (chunked ? framed : plain));
        const reader = new AnswerReader('GET');
        const edges = [...new Set([0, ...cuts.map((cut) => cut % bytes.length), bytes.length])].sort((x, y) => x - y);
        const states = edges.slice(1).map((edge, i) => reader.feed(bytes.subarray(edges[i], edge)).state);
        expect(states.pop()).toBe('done');
        expect(states.every((state) => state === 'reading')).toBe(true);
        expect(reader.rawHead).toBe(head);
        expect(reader.rawBody).toBe(chunked ? framed : plain);
      }),
    );
  });

  it('counts the line ends of the head whose CR and LF came apart, and no other cuts', () => {
    const fed = (...parts: readonly string[]) => {
      const reader = new AnswerReader('GET');
      for (const part of parts) reader.feed(Buffer.from(part));
      return reader.lineEndSplits;
    };
    expect(fed(...Array.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\r\n'))).toBe(3);
    expect(fed('HTTP/1.1 200 OK\r', '\nContent-Length: 0\r\n\r\n')).toBe(1);
    expect(fed('HTTP/1.1 200 OK\r\n', 'Content-Length: 0', '\r\n', '\r\n')).toBe(0);
  });

  it('never throws and never keeps more than its caps, whatever bytes arrive', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), fc.boolean(), (parts, prefixed) => {
        const reader = new AnswerReader('GET');
        if (prefixed) reader.feed(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'));
        for (const part of parts) if (reader.feed(Buffer.from(part)).state !== 'reading') break;
        expect(reader.rawBody.length).toBeLessThanOrEqual(64 * 1024);
      }),
    );
  });
});

describe('roundTripBrowser', () => {
  const get = async (served: Served, deadlineMs = 1000) => {
    const ctx = testContext(deadlineMs);
    const socket = await secured(served);
    return observed(ctx, deadlineMs, () => roundTripBrowser(ctx, LABEL, { socket, host: HOST, path: '/x' }));
  };
  const serve = (act: (socket: Socket, request: string) => void): Promise<Served> =>
    tlsServer({ key: own.keyPem, cert: own.pem }, (socket) => {
      socket.once('data', (bytes: Buffer) => act(socket, bytes.toString('latin1')));
    });

  it('asks as a browser does and reads what a tolerant parser reads', async () => {
    let request = '';
    const served = await serve((socket, text) => {
      request = text;
      socket.write('HTTP/1.1 200 OK\r\nX-A:b\r\nX-Empty:\r\nContent-Length: 2\r\n\r\nok');
    });
    const seen = await get(served);
    expect(seen).toMatchObject({
      failure: null,
      status: 200,
      dialect: 'browser',
      rawBody: 'ok',
      bodyBytes: 2,
      endedBy: 'length',
    });
    expect(seen.headers).toContainEqual(['X-Empty', '']);
    expect(request).toMatch(/^GET \/x HTTP\/1\.1\r\n/);
    expect(request.toLowerCase()).toContain(`host: ${HOST}\r\n`);
    expect(request).toContain('Mozilla/5.0');
  });

  it.each([
    ['silence', () => undefined, 'generic_timeout_error'],
    ['a reset', (socket: Socket) => socket.destroy(), 'eof_error'],
    ['garbage', (socket: Socket) => socket.write('not http at all\r\n\r\n'), 'http_malformed'],
    [
      'endless headers',
      (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\n${'X: yyyyyyyyyyyyyyyy\r\n'.repeat(8000)}`),
      'response_too_large',
    ],
  ] as const)('%s is a typed failure in time', async (_what, act, kind) => {
    const seen = await get(await serve((socket) => act(socket)), 300);
    expect(seen.failure?.kind).toBe(kind);
  });

  it('an endless body ends', async () => {
    const served = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const junk = Buffer.alloc(64 * 1024, 0x7a);
      const pour = (): void => {
        while (!socket.destroyed && socket.write(junk));
      };
      socket.on('drain', pour);
      pour();
    });
    const seen = await get(served, 3000);
    expect(seen).toMatchObject({ failure: { kind: 'response_too_large' }, endedBy: 'cap', status: 200 });
  });
});
