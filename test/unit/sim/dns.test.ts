import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import * as dnsPacket from 'dns-packet';
import type { DecodedPacket } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { startCloud } from '../../../src/sim/cloud.js';
import type { CloudOptions, SimCloud } from '../../../src/sim/types.js';

let cloud: SimCloud | null = null;
afterEach(async () => {
  await cloud?.close();
  cloud = null;
});

async function cloudWith(options: CloudOptions): Promise<SimCloud> {
  cloud = await startCloud(options);
  return cloud;
}

const ID = 4711;

function query(name: string, type: 'A' | 'AAAA' | 'NS', ednsBytes?: number): Buffer {
  return dnsPacket.encode({
    type: 'query',
    id: ID,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ name, type }],
    additionals:
      ednsBytes === undefined
        ? []
        : [
            {
              type: 'OPT',
              name: '.',
              udpPayloadSize: ednsBytes,
              flags: 0,
              ednsVersion: 0,
              extendedRcode: 0,
              flag_do: false,
              options: [],
            },
          ],
  });
}

/** Every datagram that came within `windowMs`, as bytes; ends early once `wanted` are there. */
async function askUdp(target: SimCloud, question: Buffer, wanted = 1, windowMs = 250): Promise<Buffer[]> {
  const socket = createSocket('udp4');
  const received: Buffer[] = [];
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, windowMs);
    socket.on('message', (bytes) => {
      received.push(bytes);
      if (received.length === wanted) {
        clearTimeout(timer);
        resolve();
      }
    });
    socket.send(question, target.resolver!.port, target.resolver!.address);
  });
  socket.close();
  return received;
}

async function ask(
  target: SimCloud,
  name: string,
  type: 'A' | 'AAAA' | 'NS' = 'A',
): Promise<DecodedPacket & { rcode: string }> {
  const [reply] = await askUdp(target, query(name, type));
  expect(reply).toBeDefined();
  // dns-packet gives the rcode as text; its types leave it out.
  return dnsPacket.decode(reply!) as DecodedPacket & { rcode: string };
}

/** null = the connection ended without an answer. */
async function askTcp(target: SimCloud, question: Buffer): Promise<DecodedPacket | null> {
  const socket = connect(target.resolver!.port, target.resolver!.address);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(question.length);
  // In two pieces: a server must not count on whole messages.
  socket.write(Buffer.concat([length, question.subarray(0, 5)]));
  socket.write(question.subarray(5));
  return await new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      resolve(dnsPacket.decode(received.subarray(2)));
      socket.destroy();
    });
    socket.on('close', () => resolve(null));
    socket.on('error', reject);
  });
}

const addressesOf = (packet: DecodedPacket): unknown[] =>
  (packet.answers ?? []).map((answer) => 'data' in answer && answer.data);

describe('the simulated resolver', () => {
  it('gives every published address, by family', async () => {
    const target = await cloudWith({ hosts: { app: { published: ['192.0.2.1', '192.0.2.2', '2001:db8::1'] } } });
    expect(addressesOf(await ask(target, 'app.netdata.cloud'))).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(addressesOf(await ask(target, 'app.netdata.cloud', 'AAAA'))).toEqual(['2001:db8::1']);
  });

  it('keeps the case of the question, as resolvers with 0x20 randomisation need it', async () => {
    const reply = await ask(await cloudWith({}), 'ApP.NetData.Cloud');
    expect(reply.questions?.[0]?.name).toBe('ApP.NetData.Cloud');
    expect(addressesOf(reply)).toEqual(['127.0.0.1']);
  });

  it('tells a missing name from a name without addresses, with an SOA for both', async () => {
    const target = await cloudWith({});
    const missing = await ask(target, 'nothing.example.test');
    const noAddress = await ask(target, 'app.netdata.cloud', 'AAAA');
    const parent = await ask(target, 'netdata.cloud');
    expect([missing.rcode, noAddress.rcode, parent.rcode]).toEqual(['NXDOMAIN', 'NOERROR', 'NOERROR']);
    for (const reply of [missing, noAddress, parent]) {
      expect(reply.answers).toEqual([]);
      expect(reply.authorities?.[0]?.type).toBe('SOA');
    }
  });

  it('answers for the root, so that its being alive can be seen', async () => {
    expect((await ask(await cloudWith({}), '.', 'NS')).answers?.[0]).toMatchObject({ type: 'NS' });
  });

  it('follows aliases of its own records', async () => {
    const target = await cloudWith({
      dns: {
        ttl: 7,
        records: [
          { name: 'app.netdata.cloud', type: 'CNAME', data: 'edge.cloud.test' },
          { name: 'edge.cloud.test', type: 'A', data: '192.0.2.9', ttl: 3 },
        ],
      },
    });
    expect((await ask(target, 'app.netdata.cloud')).answers).toMatchObject([
      { type: 'CNAME', name: 'app.netdata.cloud', ttl: 7, data: 'edge.cloud.test' },
      { type: 'A', name: 'edge.cloud.test', ttl: 3, data: '192.0.2.9' },
    ]);
  });

  it('truncates what does not fit, gives it over TCP, and fits more when EDNS allows', async () => {
    const published = Array.from({ length: 60 }, (_, index) => `192.0.2.${index + 1}`);
    const target = await cloudWith({ hosts: { app: { published } } });
    const small = dnsPacket.decode((await askUdp(target, query('app.netdata.cloud', 'A')))[0]!);
    expect(small).toMatchObject({ flag_tc: true, answers: [] });
    const large = dnsPacket.decode((await askUdp(target, query('app.netdata.cloud', 'A', 4096)))[0]!);
    expect(large.answers).toHaveLength(60);
    expect((await askTcp(target, query('app.netdata.cloud', 'A')))?.answers).toHaveLength(60);
  });

  it('delays its answers by one round trip', async () => {
    const target = await cloudWith({ answerDelayMs: 60 });
    const started = performance.now();
    await ask(target, 'app.netdata.cloud');
    const elapsed = performance.now() - started;
    expect(elapsed).toBeGreaterThanOrEqual(59);
  });
});

describe('faults of the resolver', () => {
  it.each([
    ['nxdomain', 'NXDOMAIN', 'ENOTFOUND'],
    ['nodata', 'NOERROR', 'ENOTFOUND'],
    ['servfail', 'SERVFAIL', 'EAI_AGAIN'],
    ['refused', 'REFUSED', 'EAI_AGAIN'],
    ['notimp', 'NOTIMP', 'EAI_AGAIN'],
  ] as const)('%s gives %s and no address, for its host only', async (fault, rcode, error) => {
    const target = await cloudWith({ faults: [`${fault}:mqtt`] });
    const struck = await ask(target, 'mqtt.netdata.cloud');
    expect([struck.rcode, struck.answers]).toEqual([rcode, []]);
    expect(addressesOf(await ask(target, 'app.netdata.cloud'))).toEqual(['127.0.0.1']);
    expect(target.lookup('mqtt.netdata.cloud')).toEqual({ addresses: [], error });
    expect(target.lookup('app.netdata.cloud').error).toBeNull();
  });

  it('dns_silent is silent about our names only, dns_dead about all', async () => {
    const silent = await cloudWith({ faults: ['dns_silent'] });
    expect(await askUdp(silent, query('app.netdata.cloud', 'A'), 1, 100)).toEqual([]);
    expect((await ask(silent, '.', 'NS')).answers).toHaveLength(1);
    expect(silent.lookup('app.netdata.cloud').error).toBe('EAI_AGAIN');
    await silent.close();
    const dead = await cloudWith({ faults: ['dns_dead'] });
    expect(await askUdp(dead, query('.', 'NS'), 1, 100)).toEqual([]);
    expect(await askTcp(dead, query('.', 'NS'))).toBeNull();
  });

  it('dns_wrong_id and dns_wrong_question answer something else', async () => {
    const wrongId = await cloudWith({ faults: ['dns_wrong_id'] });
    expect((await ask(wrongId, 'app.netdata.cloud')).id).not.toBe(ID);
    await wrongId.close();
    const wrongQuestion = await cloudWith({ faults: ['dns_wrong_question'] });
    expect((await ask(wrongQuestion, 'app.netdata.cloud')).questions?.[0]?.name).toBe('other.example.test');
  });

  it('dns_forged_first sends a lie with a wrong id before the truth', async () => {
    const target = await cloudWith({ faults: ['dns_forged_first'] });
    const replies = (await askUdp(target, query('app.netdata.cloud', 'A'), 2)).map((bytes) => dnsPacket.decode(bytes));
    expect(replies.map((reply) => reply.id === ID)).toEqual([false, true]);
    expect(replies.map(addressesOf)).toEqual([['203.0.113.99'], ['127.0.0.1']]);
    expect(target.lookup('app.netdata.cloud').addresses).toEqual([{ address: '127.0.0.1', family: 4 }]);
  });

  it('dns_loop sends aliases in a circle', async () => {
    const reply = await ask(await cloudWith({ faults: ['dns_loop'] }), 'app.netdata.cloud');
    const aliases = (reply.answers ?? []).map((answer) => [answer.name, 'data' in answer && answer.data]);
    expect(aliases[0]).toEqual([...aliases[1]!].reverse());
  });

  it('dns_garbage is no DNS message', async () => {
    const [bytes] = await askUdp(await cloudWith({ faults: ['dns_garbage'] }), query('app.netdata.cloud', 'A'));
    expect(bytes?.toString()).toContain('not a DNS message');
  });

  it('dns_truncated works over TCP, dns_truncated_no_tcp does not', async () => {
    const works = await cloudWith({ faults: ['dns_truncated'] });
    expect(await ask(works, 'app.netdata.cloud')).toMatchObject({ flag_tc: true, answers: [] });
    expect(addressesOf((await askTcp(works, query('app.netdata.cloud', 'A')))!)).toEqual(['127.0.0.1']);
    await works.close();
    const broken = await cloudWith({ faults: ['dns_truncated_no_tcp'] });
    expect(await ask(broken, 'app.netdata.cloud')).toMatchObject({ flag_tc: true });
    expect(await askTcp(broken, query('app.netdata.cloud', 'A'))).toBeNull();
  });

  it.each([
    ['sinkhole', ['0.0.0.0'], []],
    ['sinkhole=::', [], ['::']],
    ['private_answer', ['10.64.0.1'], []],
    ['dns_answer=198.51.100.7', ['198.51.100.7'], []],
  ])('%s answers that address', async (fault, four, six) => {
    const target = await cloudWith({ faults: [fault] });
    expect(addressesOf(await ask(target, 'app.netdata.cloud'))).toEqual(four);
    expect(addressesOf(await ask(target, 'app.netdata.cloud', 'AAAA'))).toEqual(six);
  });

  it('cname_chain ends at the right address', async () => {
    const reply = await ask(await cloudWith({ faults: ['cname_chain'] }), 'app.netdata.cloud');
    expect(reply.answers?.map((answer) => answer.type)).toEqual(['CNAME', 'CNAME', 'CNAME', 'A']);
    for (const [index, answer] of (reply.answers ?? []).slice(0, -1).entries()) {
      expect('data' in answer && answer.data).toBe(reply.answers?.[index + 1]?.name);
    }
  });

  it('aaaa_servfail and aaaa_silent spoil one family only', async () => {
    const servfail = await cloudWith({ faults: ['aaaa_servfail'] });
    expect((await ask(servfail, 'app.netdata.cloud', 'AAAA')).rcode).toBe('SERVFAIL');
    expect(servfail.lookup('app.netdata.cloud').error).toBeNull();
    await servfail.close();
    const silent = await cloudWith({ faults: ['aaaa_silent'] });
    expect(await askUdp(silent, query('app.netdata.cloud', 'AAAA'), 1, 100)).toEqual([]);
    expect(addressesOf(await ask(silent, 'app.netdata.cloud'))).toEqual(['127.0.0.1']);
  });

  it('dns_slow is late', async () => {
    const target = await cloudWith({ faults: ['dns_slow=0.1'] });
    const started = performance.now();
    await ask(target, 'app.netdata.cloud');
    expect(performance.now() - started).toBeGreaterThanOrEqual(99);
  });
});
