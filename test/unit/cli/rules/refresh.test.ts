/** `rules refresh` of files: what /env named before is asked for, and a round that learnt nothing is no success. */
import dnsPacket from 'dns-packet';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RulesConfig } from '../../../../src/cli/rules/config.js';
import { parseRequest } from '../../../../src/cli/rules/options.js';
import { refreshCommand } from '../../../../src/cli/rules/refresh-command.js';
import { udpServer } from '../../../helpers/net/servers.js';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netdata-egress-refresh-'));
  await mkdir(join(dir, 'agent'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Answers every name that it knows with one address of its own; null = every question is refused. */
async function resolver(known: Readonly<Record<string, string>> | null): Promise<number> {
  const { port } = await udpServer((message, from, socket) => {
    const query = dnsPacket.decode(message);
    const [question] = query.questions ?? [];
    const data = known?.[question?.name ?? ''];
    const bytes = dnsPacket.encode({
      type: 'response',
      id: query.id ?? 0,
      flags: known === null ? 5 : 0,
      questions: query.questions ?? [],
      answers: data === undefined || question?.type !== 'A' ? [] : [{ type: 'A', name: question.name, ttl: 60, data }],
    });
    socket.send(bytes, from.port, from.address);
  });
  return port;
}

const at = (host: string) => ({ host, port: 443, path: '/' });
const NAMED = {
  cloud: 'cloud.example',
  at: '2026-11-29T00:00:00.000Z',
  endpoints: { auth: at('login.example'), link: at('broker.example') },
};

/** As an earlier `rules refresh edl` of a cloud of one's own left it. */
async function remember(port: number, named: RulesConfig['named']): Promise<void> {
  const request = parseRequest({
    url: 'https://cloud.example',
    envTimeout: 0,
    configDir: join(dir, 'agent'),
    libDir: join(dir, 'agent'),
    agentVersion: '2.10.3',
    envFrom: 'self',
    acceptRange: ['198.51.100.0/24'],
    resolver: [{ address: '127.0.0.1', port }],
  });
  const config: RulesConfig = {
    schema: 'netdata-egress/rules-config',
    version: 1,
    target: 'edl',
    request,
    backend: null,
    outputDir: join(dir, 'out'),
    ...(named === undefined ? {} : { named }),
  };
  await mkdir(join(dir, 'state'), { recursive: true, mode: 0o700 });
  await writeFile(join(dir, 'state/config.json'), JSON.stringify(config));
}

async function refresh(): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  let [out, err] = ['', ''];
  let code: number | null = null;
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    exit: (given: number) => void (code = given),
  };
  await refreshCommand(undefined, { once: true, stateDir: join(dir, 'state') }, io);
  return { code, out, err };
}

const listed = (): Promise<string> => readFile(join(dir, 'out/nd-allow.edl-ip.txt'), 'utf8');

const ALL = { 'cloud.example': '198.51.100.1', 'login.example': '198.51.100.5', 'broker.example': '198.51.100.9' };

test('asks for the hosts that /env named before, and remembers them', async () => {
  await remember(await resolver(ALL), NAMED);
  expect(await refresh()).toMatchObject({ code: 0, err: '' });
  expect(await listed()).toBe('198.51.100.1\n198.51.100.5\n198.51.100.9\n');
  const config = JSON.parse(await readFile(join(dir, 'state/config.json'), 'utf8')) as RulesConfig;
  expect(config.named).toEqual(NAMED);
});

test('of a cloud whose hosts nobody knows says INCOMPLETE, exit 1', async () => {
  await remember(await resolver(ALL), { ...NAMED, cloud: 'other.example' });
  expect(await refresh()).toMatchObject({ code: 1, err: expect.stringContaining('INCOMPLETE') as string });
  expect(await listed()).toBe('198.51.100.1\n');
});

test('keeps its list when every resolver failed, exit 1', async () => {
  await remember(await resolver(ALL), NAMED);
  await refresh();
  const before = await listed();
  await remember(await resolver(null), NAMED);
  expect(await refresh()).toMatchObject({ code: 1, out: expect.stringContaining('no resolver answered') as string });
  expect(await listed()).toBe(before);
});
