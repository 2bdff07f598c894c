/** What `rules` asks the network for: each resolver's answer as data, and the proof of an address. */
import dnsPacket, { type Answer as Record } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { proveAnswers } from '../../../../src/cli/rules/prove.js';
import { resolveNames } from '../../../../src/cli/rules/resolve-names.js';
import { createTrustSet } from '../../../../src/net/trust.js';
import { mint } from '../../../helpers/net/certificates.js';
import { refusedPort, tlsServer, udpServer } from '../../../helpers/net/servers.js';

const NAME = 'app.example.test';
const NOW = '2026-11-30T12:00:00.000Z';
const NXDOMAIN = 3;
const SERVFAIL = 2;

interface Reply {
  readonly rcode?: number;
  readonly records?: readonly Record[];
}

/** A resolver on UDP; `null` = silence. */
async function resolver(replies: { readonly A: Reply; readonly AAAA: Reply }): Promise<number> {
  const { port } = await udpServer((message, from, socket) => {
    const query = dnsPacket.decode(message);
    const type = query.questions?.[0]?.type === 'AAAA' ? 'AAAA' : 'A';
    const { rcode = 0, records = [] } = replies[type];
    const bytes = dnsPacket.encode({
      type: 'response',
      id: query.id ?? 0,
      flags: rcode,
      questions: query.questions ?? [],
      answers: [...records],
    });
    socket.send(bytes, from.port, from.address);
  });
  return port;
}

const a = (data: string, ttl: number): Record => ({ type: 'A', name: NAME, ttl, data });
const aaaa = (data: string, ttl: number): Record => ({ type: 'AAAA', name: NAME, ttl, data });

async function ask(replies: Parameters<typeof resolver>[0]) {
  const port = await resolver(replies);
  const [result] = await resolveNames([NAME], [{ address: '127.0.0.1', port }], NOW);
  return { ...result, resolver: result?.resolver.replace(String(port), 'PORT') };
}

describe('asking a resolver', () => {
  test('keeps addresses of both families with their own time to live', async () => {
    const seen = await ask({
      A: { records: [a('192.0.2.1', 60), a('192.0.2.2', 90)] },
      AAAA: { records: [aaaa('2001:db8::1', 30)] },
    });
    expect(seen).toMatchObject({ fqdn: NAME, resolver: '127.0.0.1:PORT', status: 'ok' });
    expect(seen.answers?.map((row) => [row.address, row.ttl, row.proven])).toEqual([
      ['192.0.2.1', 60, false],
      ['192.0.2.2', 90, false],
      ['2001:db8::1', 30, false],
    ]);
  });

  test.each([
    ['no such name', { A: { rcode: NXDOMAIN }, AAAA: { rcode: NXDOMAIN } }, 'nxdomain', 0],
    ['no address', { A: {}, AAAA: {} }, 'nodata', 0],
    ['one family only', { A: { records: [a('192.0.2.1', 60)] }, AAAA: {} }, 'ok', 1],
    ['a family that failed', { A: { records: [a('192.0.2.1', 60)] }, AAAA: { rcode: SERVFAIL } }, 'servfail', 1],
    ['an absurd time to live', { A: { records: [a('192.0.2.1', 2 ** 31 - 1)] }, AAAA: {} }, 'ok', 1],
  ] as const)('%s', async (what, replies, status, count) => {
    const seen = await ask(replies);
    expect([seen.status, seen.answers?.length]).toEqual([status, count]);
    if (what === 'an absurd time to live') expect(seen.answers?.[0]?.ttl).toBe(7 * 86_400);
  });
});

describe('proving addresses', () => {
  test('only a certificate for the name, from a root that is trusted, proves one', async () => {
    const root = await mint({ subject: 'CN=Root', ca: true });
    const other = await mint({ subject: 'CN=Other root', ca: true });
    const serve = async (of: { readonly issuer: typeof root; readonly names: readonly string[] }): Promise<number> => {
      const leaf = await mint({ subject: 'CN=leaf', issuer: of.issuer, names: [...of.names] });
      return (await tlsServer({ key: leaf.keyPem, cert: leaf.pem }, () => undefined)).port;
    };
    const facts = { id: 'lab', title: '', paths: [], certificates: 1, problem: null, observation: null };
    const trust = createTrustSet([{ facts, certificates: [root.pem] }], 'lab');
    const prove = async (port: number): Promise<boolean | undefined> => {
      const row = {
        fqdn: NAME,
        address: '127.0.0.1',
        ttl: 60,
        source: 'r',
        firstSeen: NOW,
        lastSeen: NOW,
        proven: false,
      };
      return (await proveAnswers([row], () => port, trust))[0]?.proven;
    };
    expect(await prove(await serve({ issuer: root, names: [NAME] }))).toBe(true);
    expect(await prove(await serve({ issuer: root, names: ['other.example.test'] }))).toBe(false);
    expect(await prove(await serve({ issuer: other, names: [NAME] }))).toBe(false);
    expect(await prove(await refusedPort())).toBe(false);
  });
});
