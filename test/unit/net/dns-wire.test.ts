import dnsPacket, { type Answer, type Packet } from 'dns-packet';
import * as fc from 'fast-check';
import { createServer as httpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readReply } from '../../../src/net/dns-message.js';
import { queryDns, type DnsInput } from '../../../src/net/dns-wire.js';
import { LABEL, observed, testContext } from '../../helpers/net/context.js';
import { mint } from '../../helpers/net/certificates.js';
import { refusedPort, tcpServer, udpServer } from '../../helpers/net/servers.js';

const NAME = 'app.example.test';
const RCODE: Readonly<Record<string, number>> = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };

type Change = Partial<Packet> & { readonly rcode?: string; readonly truncated?: boolean };

/** The honest reply, with changes. */
function reply(query: Buffer, answers: Answer[], change: Change = {}): Buffer {
  const asked = dnsPacket.decode(query);
  const { rcode = 'NOERROR', truncated = false, ...rest } = change;
  return dnsPacket.encode({
    type: 'response',
    id: asked.id ?? 0,
    flags: (RCODE[rcode] ?? 0) | (truncated ? dnsPacket.TRUNCATED_RESPONSE : 0),
    questions: asked.questions ?? [],
    answers,
    ...rest,
  });
}

const a = (data: string, name = NAME): Answer => ({ type: 'A', name, ttl: 60, data });
const cname = (name: string, data: string): Answer => ({ type: 'CNAME', name, ttl: 30, data });

function ask(port: number, more: Partial<DnsInput> = {}): DnsInput {
  return { resolver: '127.0.0.1', port, source: '/etc/resolv.conf:1', name: NAME, type: 'A', ...more };
}

/** A UDP resolver that answers each query with the given messages. */
async function resolver(answer: (query: Buffer, n: number) => readonly Buffer[]): Promise<number> {
  let n = 0;
  const { port } = await udpServer((message, from, socket) => {
    n += 1;
    for (const bytes of answer(message, n)) socket.send(bytes, from.port, from.address);
  });
  return port;
}

describe('queryDns', () => {
  it('reads addresses with their time to live', async () => {
    const ctx = testContext();
    const port = await resolver((query) => [reply(query, [a('192.0.2.1'), a('192.0.2.2')])]);
    const seen = await observed(ctx, 400, () => queryDns(ctx, LABEL, ask(port)));
    expect(seen).toMatchObject({
      failure: null,
      rcode: 'NOERROR',
      transport: 'udp',
      addresses: ['192.0.2.1', '192.0.2.2'],
      resolverSource: '/etc/resolv.conf:1',
      ignoredReplies: 0,
    });
    expect(seen.answers[0]).toEqual({ name: NAME, type: 'A', ttl: 60, data: '192.0.2.1' });
  });

  it.each([
    ['NXDOMAIN', 'dns_nxdomain_error'],
    ['SERVFAIL', 'dns_servfail_error'],
    ['REFUSED', 'dns_refused_error'],
    ['FORMERR', 'dns_server_misbehaving'],
    ['NOERROR', 'dns_no_answer'],
  ])('an empty %s reply yields %s', async (rcode, kind) => {
    const ctx = testContext();
    const port = await resolver((query) => [reply(query, [], { rcode })]);
    const seen = await observed(ctx, 400, () => queryDns(ctx, LABEL, ask(port)));
    expect(seen).toMatchObject({ rcode, failure: { kind, rawCode: rcode }, addresses: [] });
  });

  it('follows aliases in any order and takes only the addresses at their end', async () => {
    const ctx = testContext();
    const port = await resolver((query) => [
      reply(query, [
        a('198.51.100.9', 'other.test'),
        a('192.0.2.3', 'C.test'),
        cname('b.test', 'c.test'),
        cname(NAME, 'b.TEST'),
      ]),
    ]);
    const seen = await observed(ctx, 400, () => queryDns(ctx, LABEL, ask(port)));
    expect(seen.cnames).toEqual(['b.TEST', 'c.test']);
    expect(seen.addresses).toEqual(['192.0.2.3']);
  });

  it('ends on aliases that form a loop', async () => {
    const ctx = testContext();
    const port = await resolver((query) => [reply(query, [cname(NAME, 'b.test'), cname('b.test', NAME)])]);
    const seen = await observed(ctx, 400, () => queryDns(ctx, LABEL, ask(port)));
    expect(seen.failure).toMatchObject({ kind: 'dns_server_misbehaving' });
    expect(seen.cnames).toEqual(['b.test', NAME]);
  });

  it('waits past forged replies for the true one, and counts them', async () => {
    const ctx = testContext();
    const port = await resolver((query) => {
      const { id = 0 } = dnsPacket.decode(query);
      return [
        reply(query, [a('203.0.113.66')], { id: id ^ 1 }),
        reply(query, [a('203.0.113.66')], { questions: [{ type: 'A', name: 'evil.test' }] }),
        query,
        Buffer.from('garbage'),
        reply(query, [a('192.0.2.1')]),
      ];
    });
    const seen = await observed(ctx, 400, () => queryDns(ctx, LABEL, ask(port)));
    expect(seen).toMatchObject({ failure: null, addresses: ['192.0.2.1'], ignoredReplies: 4 });
  });

  it('says so when nothing but replies with a wrong id came', async () => {
    const ctx = testContext(150);
    const port = await resolver((query) => {
      const { id = 0 } = dnsPacket.decode(query);
      return [reply(query, [a('203.0.113.66')], { id: id ^ 1 })];
    });
    const seen = await observed(ctx, 150, () => queryDns(ctx, LABEL, ask(port)));
    expect(seen.failure?.kind).toBe('dns_reply_with_wrong_query_id');
    expect(seen.addresses).toEqual([]);
  });

  it("ignores a reply from another port than the resolver's", async () => {
    const ctx = testContext(150);
    const liar = await udpServer(() => undefined);
    const { port } = await udpServer((message, from) => {
      liar.socket.send(reply(message, [a('203.0.113.66')]), from.port, from.address);
    });
    const seen = await observed(ctx, 150, () => queryDns(ctx, LABEL, ask(port)));
    expect(seen.failure?.kind).toBe('generic_timeout_error');
  });

  it('asks once more when the first datagram is lost', async () => {
    const ctx = testContext(400);
    const port = await resolver((query, n) => (n === 1 ? [] : [reply(query, [a('192.0.2.1')])]));
    const seen = await observed(ctx, 400, () => queryDns(ctx, LABEL, ask(port)));
    expect(seen).toMatchObject({ failure: null, addresses: ['192.0.2.1'] });
  });

  it('ends by the deadline when the resolver is silent', async () => {
    const ctx = testContext(150);
    const { port } = await udpServer(() => undefined);
    const seen = await observed(ctx, 150, () => queryDns(ctx, LABEL, ask(port)));
    expect(seen).toMatchObject({ rcode: null, failure: { kind: 'generic_timeout_error' } });
    expect(ctx.openSockets()).toBe(0);
  });

  it('hears the ICMP refusal of a port without a resolver', async () => {
    const ctx = testContext(2000);
    const port = await refusedPort();
    const seen = await observed(ctx, 300, () => queryDns(ctx, LABEL, ask(port)));
    expect(seen.failure?.kind).toBe('connection_refused');
  });

  it('asks again over TCP when the reply is truncated, also when TCP comes in single bytes', async () => {
    const ctx = testContext();
    const full = (query: Buffer): Buffer => reply(query, [a('192.0.2.1'), a('192.0.2.2')]);
    const served = await tcpServer((socket) => {
      socket.once('data', (bytes) => {
        const message = full(bytes.subarray(2));
        const framed = Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message]);
        for (const byte of framed) socket.write(Buffer.from([byte]));
      });
    });
    await udpServer((message, from, udp) => {
      udp.send(reply(message, [a('192.0.2.1')], { truncated: true }), from.port, from.address);
    }, served.port);
    const seen = await observed(ctx, 400, () => queryDns(ctx, LABEL, ask(served.port)));
    expect(seen).toMatchObject({ truncated: true, transport: 'tcp', failure: null });
    expect(seen.addresses).toEqual(['192.0.2.1', '192.0.2.2']);
  });

  it('keeps the truncation in mind when TCP then fails', async () => {
    const ctx = testContext();
    const port = await resolver((query) => [reply(query, [], { truncated: true })]);
    const seen = await observed(ctx, 400, () => queryDns(ctx, LABEL, ask(port)));
    expect(seen).toMatchObject({ truncated: true, transport: 'tcp', failure: { kind: 'connection_refused' } });
  });

  it.each([
    ['closes at once', (socket: Socket) => socket.end(), 'eof_error'],
    ['stays silent', () => undefined, 'generic_timeout_error'],
    ['resets', (socket: Socket) => socket.resetAndDestroy(), 'connection_reset'],
  ] as const)('over TCP a resolver that %s is a failure in time', async (_what, act, kind) => {
    const ctx = testContext(200);
    const served = await tcpServer((socket) => socket.once('data', () => act(socket)));
    const seen = await observed(ctx, 200, () => queryDns(ctx, LABEL, ask(served.port, { overTcp: true })));
    expect(seen).toMatchObject({ transport: 'tcp', failure: { kind } });
  });

  it('does not send what is no name', async () => {
    const ctx = testContext();
    const { port } = await udpServer(() => undefined);
    for (const name of ['', 'a..b', 'x'.repeat(64), `${'a.'.repeat(130)}test`]) {
      const seen = await observed(ctx, 50, () => queryDns(ctx, LABEL, ask(port, { name })));
      expect(seen.failure?.kind).toBe('dns_no_answer');
    }
  });

  it('asks by HTTPS with the name of the URL at the address of the resolver', async () => {
    const ctx = testContext(1000);
    const own = await mint({ subject: 'CN=doh', names: ['doh.example.test'] });
    const seenRequests: { host: string | undefined; type: string | undefined }[] = [];
    const server = httpsServer({ key: own.keyPem, cert: own.pem }, (request, response) => {
      seenRequests.push({ host: request.headers.host, type: request.headers['content-type'] });
      const body: Buffer[] = [];
      request.on('data', (bytes: Buffer) => body.push(bytes));
      request.on('end', () => {
        response.setHeader('content-type', 'application/dns-message');
        response.end(reply(Buffer.concat(body), [a('192.0.2.5')]));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const doh = { dohUrl: 'https://doh.example.test/dns-query', dohCa: [own.pem] };
    const seen = await observed(ctx, 1000, () => queryDns(ctx, LABEL, ask(port, doh)));
    expect(seen).toMatchObject({ transport: 'doh', failure: null, addresses: ['192.0.2.5'] });
    expect(seenRequests).toEqual([{ host: 'doh.example.test', type: 'application/dns-message' }]);

    const untrusted = await observed(ctx, 1000, () => queryDns(ctx, LABEL, ask(port, { dohUrl: doh.dohUrl })));
    expect(untrusted.failure?.kind).toBe('ssl_invalid_certificate');
  });
});

describe('readReply', () => {
  const question = { id: 7, name: NAME, type: 'A' } as const;

  it('never throws, whatever bytes arrive', () => {
    const honest = reply(dnsPacket.encode({ type: 'query', id: 7, questions: [{ type: 'A', name: NAME }] }), [
      cname(NAME, 'b.test'),
      a('192.0.2.1', 'b.test'),
    ]);
    const mutated = fc
      .tuple(fc.array(fc.tuple(fc.nat(honest.length - 1), fc.nat(255)), { maxLength: 6 }), fc.nat(honest.length))
      .map(([changes, cut]) => {
        const bytes = Buffer.from(honest.subarray(0, honest.length - (cut % 9)));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(
        fc.oneof(
          mutated,
          fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
        ),
        (bytes) => {
          const result = readReply(bytes, question);
          if (typeof result !== 'string') expect(result.addresses.length).toBeLessThanOrEqual(64);
        },
      ),
      { numRuns: 500 },
    );
  });
});
