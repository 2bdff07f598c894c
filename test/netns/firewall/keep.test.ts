/** Mode enforce by packets: the services that it keeps, those that it cuts, and the connections that it finds open. */
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { AT_ONCE, rules, SOURCE, until } from './cli.js';
import { DNS4, DNS6, Lab, LISTED, reading, UNLISTED } from './lab.js';
import { HOSTS, insist } from './managers.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

const METADATA = ['169.254.169.254', 'fd00:ec2::254'] as const;
const AZURE = '168.63.129.16';
/** Beside it on the same link, and nobody's metadata. */
const NEIGHBOURS = ['169.254.169.253', 'fd00:ec2::253'] as const;
const UDP = [123, 124, 67, 547];

async function serveSite(at: Lab): Promise<void> {
  for (const address of [...METADATA, AZURE, ...NEIGHBOURS]) {
    const family = address.includes(':') ? '-6' : '-4';
    const more = family === '-6' ? ['nodad'] : [];
    await at.mustCloud([
      'ip',
      family,
      'addr',
      'add',
      `${address}/${family === '-6' ? '128' : '32'}`,
      'dev',
      'vb',
      ...more,
    ]);
    await at.must(['ip', family, 'route', 'add', address, 'dev', 'va']);
  }
  const server = at.startCloud(
    [
      'node',
      '-e',
      `const addresses = ${JSON.stringify(UNLISTED)};
       const all = addresses.flatMap((address) => ${JSON.stringify(UDP)}.map((port) => new Promise((resolve) => {
         const s = require('node:dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4');
         s.on('message', (m, r) => s.send('x', r.port, r.address)).bind(port, address, resolve);
       })));
       Promise.all(all).then(() => console.log('up'));`,
    ],
    true,
  );
  if (server.stdout !== null) await once(server.stdout, 'data');
}

interface Datagram {
  readonly address: string;
  readonly port: number;
  /** 0 = any. */
  readonly from: number;
}

/** Which of them are answered. */
async function answers(at: Lab, datagrams: readonly Datagram[]): Promise<string[]> {
  const ask = `
    const all = ${JSON.stringify(datagrams)}.map(({ address, port, from }) => new Promise((resolve) => {
      const s = require('node:dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4');
      s.on('error', () => resolve('blocked')).on('message', () => resolve('open'));
      s.bind(from, () => s.send('x', port, address, (e) => e && resolve('blocked')));
      setTimeout(() => resolve('blocked'), 2000);
    }));
    Promise.all(all).then((seen) => { console.log(JSON.stringify(seen)); process.exit(0); });`;
  return JSON.parse(await at.must(['node', '-e', ask])) as string[];
}

type Seen = Readonly<Record<string, readonly string[]>>;

const [V4, V6] = UNLISTED;
/** Each family renews its lease at a port of its own; from another port such a datagram is nothing to keep. */
const DATAGRAMS: Readonly<Record<string, readonly Datagram[]>> = {
  ntp: UNLISTED.map((address) => ({ address, port: 123, from: 0 })),
  'another port': UNLISTED.map((address) => ({ address, port: 124, from: 0 })),
  dhcp: [
    { address: V4, port: 67, from: 68 },
    { address: V6, port: 547, from: 546 },
  ],
  'no client of dhcp': [
    { address: V4, port: 67, from: 1068 },
    { address: V6, port: 547, from: 1546 },
  ],
};
const CONNECTS: Readonly<Record<string, readonly { readonly address: string; readonly port: number }[]>> = {
  metadata: METADATA.map((address) => ({ address, port: 80 })),
  'what the agent of Azure reports to': [80, 32526].map((port) => ({ address: AZURE, port })),
  'metadata at another port': METADATA.map((address) => ({ address, port: 8443 })),
  'a neighbour of metadata': NEIGHBOURS.map((address) => ({ address, port: 80 })),
};

async function services(at: Lab): Promise<Seen> {
  // What is established lives on: each question is a new one.
  await at.run(['conntrack', '-F']);
  const [udp, probed] = await Promise.all([
    answers(at, Object.values(DATAGRAMS).flat()),
    at.probe({ targets: Object.values(CONNECTS).flat(), resolvers: [DNS4, DNS6] }),
  ]);
  const tcp = reading(probed);
  let next = 0;
  return {
    ...Object.fromEntries(Object.entries(DATAGRAMS).map(([name, rows]) => [name, rows.map(() => udp[next++] ?? '')])),
    ...Object.fromEntries(
      Object.entries(CONNECTS).map(([name, rows]) => [
        name,
        rows.map(({ address, port }) => tcp[`${address} ${String(port)}`] ?? ''),
      ]),
    ),
    dns: [tcp[`dns ${DNS4}`] ?? '', tcp[`dns ${DNS6}`] ?? ''],
  };
}

const OPEN = ['open', 'open'];
const SHUT = ['blocked', 'blocked'];
const NEVER = {
  'another port': SHUT,
  'no client of dhcp': SHUT,
  'metadata at another port': SHUT,
  'a neighbour of metadata': SHUT,
};

const enforcing = HOSTS.filter(({ title }) =>
  ['nftables', 'iptables (nft)', 'iptables (legacy)', 'ipset (nft)'].includes(title),
);

describe.each(enforcing)('$title', (manager) => {
  test('keeps the clock, the lease, the resolvers and the metadata, or what of them it is told to, and nothing else', async ({
    skip,
  }) => {
    await insist(manager, skip);
    const at = (lab = await Lab.open({ ports: [443, 80, 8443, 32526] }));
    await serveSite(at);
    const names = [...Object.keys(DATAGRAMS), ...Object.keys(CONNECTS), 'dns'];
    expect(await services(at)).toEqual(Object.fromEntries(names.map((name) => [name, OPEN])));
    const backend =
      manager.env['IPTABLES'] === undefined ? [] : ['--backend', manager.env['IPTABLES'].split('-')[1] ?? ''];
    const resolvers = [...SOURCE, '--resolver', DNS6];
    const enforce = ['apply', manager.target, '--mode', 'enforce', ...backend, ...resolvers, ...AT_ONCE];
    expect((await rules(at, enforce)).code).toBe(0);
    const azure = 'what the agent of Azure reports to';
    const all = { ntp: OPEN, dhcp: OPEN, dns: OPEN, metadata: OPEN, [azure]: OPEN };
    expect(await services(at)).toEqual({ ...all, ...NEVER });
    const some = await rules(at, [...enforce, '--keep', 'ntp,dns']);
    expect(some.code).toBe(0);
    expect(await services(at)).toEqual({ ...all, dhcp: SHUT, metadata: SHUT, [azure]: SHUT, ...NEVER });
    expect((await rules(at, ['status'])).code).toBe(0);
  });
});

/** A connection to somebody who is not listed; the host speaks all the time. */
async function talk(at: Lab): Promise<{ readonly client: ChildProcess; readonly ended: () => boolean }> {
  const talker = `
    const s = require('node:net').connect(8443, '${UNLISTED[0]}', () => { console.log('up'); setInterval(() => s.write('.'), 100); });
    s.on('error', () => process.exit(1)).on('close', () => process.exit(1));`;
  const listener = `require('node:net').createServer((s) => s.on('error', () => 0).resume()).listen(8443, '::', () => console.log('up'))`;
  const server = at.startCloud(['node', '-e', listener], true);
  if (server.stdout !== null) await once(server.stdout, 'data');
  const client = at.start(['node', '-e', talker], true);
  if (client.stdout !== null) await once(client.stdout, 'data');
  return { client, ended: () => client.exitCode !== null };
}

describe('connections that are open when mode enforce comes', () => {
  const enforce = ['apply', 'nftables', '--mode', 'enforce', ...SOURCE, ...AT_ONCE];
  const named = `${UNLISTED[0]} tcp/8443`;

  test('are named, and live on where the kernel tracks them', async () => {
    const at = (lab = await Lab.open({ ports: [443] }));
    await at.must(['nft', '-f', '-'], {
      stdin: 'table inet t {\nchain i {\ntype filter hook input priority 0;\nct state established accept\n}\n}\n',
    });
    const { ended } = await talk(at);
    const applied = await rules(at, enforce);
    expect([applied.code, applied.stderr]).toEqual([
      0,
      expect.stringMatching(new RegExp(`: ${named.replaceAll('.', '\\.')}\\n`)),
    ]);
    expect(applied.stderr).not.toContain(LISTED[0]);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(ended()).toBe(false);
  });

  test('are named as those that may end, where it does not, and end', async () => {
    const at = (lab = await Lab.open({ ports: [443] }));
    const { ended } = await talk(at);
    const applied = await rules(at, enforce);
    expect([applied.code, applied.stderr]).toEqual([
      0,
      expect.stringContaining(`${named} (not tracked: may end at once)`),
    ]);
    await until('the end of the connection', () => Promise.resolve(ended()), 10);
  });
});
