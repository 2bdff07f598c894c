/** The rendered listener in a real HAProxy on loopback: what a client gets with a listed name, and with others. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket, type Socket as Datagram } from 'node:dgram';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { decode, encode } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkAllowList } from '../../../../src/firewall/render.js';
import { host, LAB_RANGES, list } from '../factory.js';
import { render } from './artefacts.js';

const PROGRAM = ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy'].find((path) => existsSync(path));
const LISTED = 'app.netdata.cloud';

function listening(server: Server, address: string, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => resolve((server.address() as AddressInfo).port));
  });
}

describe.skipIf(PROGRAM === undefined)('a real HAProxy with our listener', () => {
  const dir = mkdtempSync(join(tmpdir(), 'netdata-egress-haproxy-'));
  const sockets = new Set<Socket>();
  /** Answers plain text to anything: a stream that got through ends otherwise than one that was rejected. */
  const upstream = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.end('this is no TLS at all\n'));
  });
  const asked: string[] = [];
  let dns: Datagram | undefined;
  let haproxy: ChildProcess | undefined;
  let port = 0;

  /** `through`: the upstream answered. `closed`: the connection ended without a word. */
  function outcome(servername: string | undefined): Promise<'through' | 'closed' | 'refused'> {
    return new Promise((resolve) => {
      const socket = connect({
        host: '127.0.0.1',
        port,
        rejectUnauthorized: false,
        ...(servername === undefined ? {} : { servername }),
      });
      socket.setTimeout(3000, () => socket.destroy());
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') resolve('refused');
        // What the upstream sends is no TLS: OpenSSL says so, whereas a rejected stream ends or is reset.
        else resolve(error.code?.startsWith('ERR_SSL') === true ? 'through' : 'closed');
      });
      socket.on('close', () => resolve('closed'));
    });
  }

  beforeAll(async () => {
    const server = createSocket('udp4');
    dns = server;
    server.on('error', () => server.close());
    server.on('message', (message, from) => {
      const query = decode(message);
      const question = query.questions?.[0];
      if (question === undefined) return;
      asked.push(question.name);
      const answers =
        question.type === 'A' ? [{ type: 'A' as const, name: question.name, ttl: 5, data: '127.0.0.2' }] : [];
      server.send(
        encode({ type: 'response', id: query.id ?? 0, flags: 0x8180, questions: [question], answers }),
        from.port,
        from.address,
      );
    });
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    port = await listening(upstream, '127.0.0.2');
    const of = checkAllowList(list([host(LISTED, [], { ports: [port] })]), LAB_RANGES);
    const text = render('haproxy', of, { settings: { bind: '127.0.0.1' } })[0]?.content ?? '';
    const config = join(dir, 'haproxy.cfg');
    writeFileSync(
      config,
      text.replace('parse-resolv-conf', `nameserver lab 127.0.0.1:${String(server.address().port)}`),
    );
    haproxy = spawn(PROGRAM ?? '', ['-db', '-f', config], { stdio: 'ignore' });
    haproxy.on('error', () => undefined);
    // A server without address is down until its name was looked up.
    const deadline = Date.now() + 8000;
    while ((await outcome(LISTED)) !== 'through' && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 100));
  });

  afterAll(() => {
    haproxy?.kill('SIGKILL');
    dns?.close();
    for (const socket of sockets) socket.destroy();
    upstream.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test('hands a listed name through, in any case, to the address that it looked up itself', async () => {
    expect(await outcome(LISTED)).toBe('through');
    expect(await outcome(LISTED.toUpperCase())).toBe('through');
    expect(new Set(asked)).toEqual(new Set([LISTED]));
  });

  test.each(['evil.example.org', `sub.${LISTED}`, `${LISTED}.evil.example.org`, 'netdata.cloud', 'api.netdata.cloud'])(
    'rejects %s',
    async (name) => {
      expect(await outcome(name)).toBe('closed');
    },
  );

  test('rejects a ClientHello without a name', async () => {
    expect(await outcome(undefined)).toBe('closed');
  });
});
