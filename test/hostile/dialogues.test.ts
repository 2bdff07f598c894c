/**
 * 5,000 whole steps against peers on loopback that misbehave: each ends by its deadline, saves exactly one
 * observation, throws nothing and leaves no socket behind. HOSTILE_SEED repeats a run.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { Secret } from '../../src/model/secret.js';
import type { NetContext } from '../../src/net/context.js';
import { queryDns } from '../../src/net/dns-wire.js';
import { roundTripRaw } from '../../src/net/http.js';
import { getLocal } from '../../src/net/local-http.js';
import { connectMqtt } from '../../src/net/mqtt.js';
import { tunnelHttp } from '../../src/net/proxy/http-connect.js';
import { tunnelSocks4 } from '../../src/net/proxy/socks4.js';
import { tunnelSocks5 } from '../../src/net/proxy/socks5.js';
import { aclkGet } from '../../src/net/shapes.js';
import { handshakeTls } from '../../src/net/tls.js';
import { createTrustSet } from '../../src/net/trust.js';
import { upgradeRaw } from '../../src/net/websocket.js';
import { LABEL, testContext } from '../helpers/net/context.js';
import { PARSERS } from '../helpers/hostile/parsers.js';

const SEED = Number(process.env['HOSTILE_SEED'] ?? 20_261_130);
const DIALOGUES = 5000;
const DEADLINE_MS = 150;
/** Pages of refusals are waited for a little; the rest is a busy machine. */
const SLACK_MS = 1500;
const AT_ONCE = 16;

/** What the peer does, piece by piece, and how it ends. */
interface Script {
  readonly pieces: readonly Buffer[];
  readonly pauseMs: number;
  readonly end: 'fin' | 'reset' | 'silence' | 'flood';
  readonly waits: boolean;
}

const seeds = PARSERS.flatMap((parser) => parser.seeds);
const scripts = fc.record<Script>({
  pieces: fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(...seeds),
      fc.tuple(fc.constantFrom(...seeds), fc.nat(400)).map(([seed, at]) => seed.subarray(0, at)),
    ),
    { maxLength: 4 },
  ),
  pauseMs: fc.constantFrom(0, 0, 1, 10),
  end: fc.constantFrom('fin', 'reset', 'silence', 'flood'),
  waits: fc.boolean(),
});

let current: Script = { pieces: [], pauseMs: 0, end: 'fin', waits: false };
const byPort = new Map<number, Script>();
const FLOOD = Buffer.alloc(64 * 1024, 'x');

async function perform(socket: Socket, script: Script): Promise<void> {
  socket.on('error', () => undefined);
  if (script.waits) await Promise.race([once(socket, 'data').catch(() => null), sleep(50)]);
  else socket.resume();
  for (const piece of script.pieces) {
    if (socket.destroyed) return;
    socket.write(piece);
    if (script.pauseMs > 0) await sleep(script.pauseMs);
  }
  if (script.end === 'fin') socket.end();
  else if (script.end === 'reset') socket.resetAndDestroy();
  else if (script.end === 'flood') {
    for (let n = 0; n < 64 && !socket.destroyed; n += 1) {
      socket.write(FLOOD);
      await sleep(1);
    }
  }
}

const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
  const script = byPort.get(socket.remotePort ?? 0) ?? current;
  setTimeout(() => socket.destroy(), 3000).unref();
  void perform(socket, script);
});
const udp = createSocket('udp4');
const nameserver = new Map<number, Script>();
udp.on('message', (question, from) => {
  // The id is right and the rest is not, or nothing is.
  for (const piece of nameserver.get(from.port)?.pieces ?? current.pieces) {
    udp.send(Buffer.concat([question.subarray(0, 2), piece.subarray(2)]), from.port, from.address);
  }
});
await Promise.all([
  new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)),
  new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve)),
]);
const port = (server.address() as AddressInfo).port;
const dnsPort = udp.address().port;
afterAll(() => {
  server.close();
  udp.close();
});

async function connected(script: Script): Promise<Socket> {
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('error', () => undefined);
  socket.once('connect', () => byPort.set(socket.localPort ?? 0, script));
  await once(socket, 'connect').catch(() => undefined);
  return socket;
}

const trust = createTrustSet(
  [
    {
      facts: { id: 'link', title: '', paths: [], certificates: 0, problem: null, observation: null },
      certificates: [],
    },
  ],
  'link',
);
const host = 'app.netdata.cloud';
const proxy = { host: '127.0.0.1', port, credentials: 'given' } as never;
const credentials = { user: new Secret('someone'), password: new Secret('wrong') };
const tunnel = (socket: Socket) =>
  ({
    socket,
    proxy,
    credentials,
    host,
    port: 443,
    dialect: 'aclk',
    resolveAt: 'proxy',
    address: '192.0.2.1',
    protocol: 'socks5',
  }) as never;

type Dialogue = (ctx: NetContext, socket: Socket) => Promise<unknown>;
const STEPS: readonly (readonly [string, Dialogue])[] = [
  [
    'tls',
    (ctx, socket) => handshakeTls(ctx, LABEL, { socket, sni: host, expectedName: host, variant: 'agent', trust }),
  ],
  [
    'http',
    (ctx, socket) =>
      roundTripRaw(ctx, LABEL, {
        socket,
        request: aclkGet(host, '/'),
        method: 'GET',
        host,
        path: '/',
        dialect: 'aclk',
      }),
  ],
  ['websocket', (ctx, socket) => upgradeRaw(ctx, LABEL, { socket, host, path: '/mqtt', dialect: 'aclk' })],
  ['mqtt', (ctx, socket) => connectMqtt(ctx, LABEL, { ws: { socket, host, path: '/mqtt' } })],
  ['http proxy', (ctx, socket) => tunnelHttp(ctx, LABEL, { ...(tunnel(socket) as object), protocol: 'http' } as never)],
  ['socks5', (ctx, socket) => tunnelSocks5(ctx, LABEL, tunnel(socket))],
  ['socks4', (ctx, socket) => tunnelSocks4(ctx, LABEL, tunnel(socket))],
  [
    'dns',
    (ctx) => queryDns(ctx, LABEL, { resolver: '127.0.0.1', port: dnsPort, source: 'test', name: host, type: 'A' }),
  ],
];

const tally = new Map<string, { dialogues: number; passed: number; slowestMs: number }>();

async function hold([name, step]: (typeof STEPS)[number], script: Script): Promise<void> {
  const ctx = testContext(DEADLINE_MS);
  const socket = await connected(script);
  const began = performance.now();
  try {
    await step(ctx, socket);
    const took = performance.now() - began;
    const what = `${name}: ${JSON.stringify(script).slice(0, 2000)}`;
    expect(ctx.saved, what).toHaveLength(1);
    expect(took, what).toBeLessThan(DEADLINE_MS + SLACK_MS);
    expect(ctx.openSockets(), what).toBe(0);
    const count = tally.get(name) ?? { dialogues: 0, passed: 0, slowestMs: 0 };
    count.dialogues += 1;
    if (ctx.saved[0]?.failure === null) count.passed += 1;
    count.slowestMs = Math.max(count.slowestMs, took);
    tally.set(name, count);
  } finally {
    byPort.delete(socket.localPort ?? 0);
    socket.destroy();
  }
}

it('5,000 dialogues end in time, with one observation each', { timeout: 600_000 }, async () => {
  const rejections: unknown[] = [];
  const note = (reason: unknown): void => void rejections.push(reason);
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
  const samples = fc.sample(scripts, { numRuns: DIALOGUES, seed: SEED });
  const queue = samples.map((script, n) => ({ script, step: STEPS[n % STEPS.length] }));
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        if (next.step === undefined) continue;
        current = next.script;
        await hold(next.step, next.script);
      }
    }),
  );
  for (const end of ['fin', 'reset'] as const) {
    current = { pieces: [Buffer.from('HTTP/1.1 200 OK\r\n')], pauseMs: 0, end, waits: true };
    await getLocal({ host: '127.0.0.1', port, path: '/api/v3/info' }, DEADLINE_MS, 1000);
  }
  await sleep(100);
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
  for (const [name, { dialogues, passed, slowestMs }] of tally) {
    process.stdout.write(
      `${name}: ${String(dialogues)} dialogues, ${String(passed)} without failure, slowest ${slowestMs.toFixed(0)} ms\n`,
    );
  }
  const total = [...tally.values()].reduce((sum, { dialogues }) => sum + dialogues, 0);
  process.stdout.write(`${String(total)} dialogues, seed ${String(SEED)}\n`);
  expect(rejections).toEqual([]);
  expect(total).toBe(DIALOGUES);
});
