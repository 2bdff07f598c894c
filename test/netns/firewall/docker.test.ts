/**
 * Containers by packets: a namespace behind a bridge called docker0, whose packets this host forwards. Docker itself
 * does not run; the chains that it would make are made as its documentation says (docs/rules/docker-user.md).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { hostRunner } from '../../../src/firewall/live/runner.js';
import { findTarget } from '../../../src/firewall/registry.js';
import { checkAllowList, renderRules, type RuleRequest } from '../../../src/firewall/render.js';
import { host, LAB_RANGES, list } from '../../unit/firewall/factory.js';
import { DNS4, DNS6, expected, HOST4, HOST6, Lab, LISTED, reading, UNLISTED } from './lab.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

const [SUBNET4, SUBNET6] = ['172.17.0', 'fd00:17:'];

/** Gives the matrix as it is seen from inside the container. */
async function container(at: Lab): Promise<() => Promise<Record<string, string>>> {
  const holder = at.start(['unshare', '-n', 'sh', '-c', 'echo up; exec cat'], true);
  await new Promise((resolve) => holder.stdout?.once('data', resolve));
  const pid = String(holder.pid);
  const inside = ['nsenter', `--target=${pid}`, '--net', '--'];
  await at.must([
    'sh',
    '-ec',
    `
    ip link add docker0 type bridge
    ip addr add ${SUBNET4}.1/24 dev docker0
    ip -6 addr add ${SUBNET6}:1/64 dev docker0 nodad
    ip link add vc type veth peer name eth0 netns ${pid}
    ip link set vc master docker0
    ip link set vc up
    ip link set docker0 up
    echo 1 >/proc/sys/net/ipv4/ip_forward
    echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
    set -- ${inside.join(' ')}
    "$@" ip link set lo up
    "$@" ip addr add ${SUBNET4}.2/24 dev eth0
    "$@" ip -6 addr add ${SUBNET6}:2/64 dev eth0 nodad
    "$@" ip link set eth0 up
    "$@" ip route add default via ${SUBNET4}.1
    "$@" ip -6 route add default via ${SUBNET6}:1
  `,
  ]);
  await at.mustCloud(['ip', 'route', 'add', `${SUBNET4}.0/24`, 'via', HOST4]);
  await at.mustCloud(['ip', '-6', 'route', 'add', `${SUBNET6}:/64`, 'via', HOST6]);
  const plan = {
    uid: 0,
    timeoutMs: 1300,
    targets: [
      ...[...LISTED, ...UNLISTED].map((address) => ({ address, port: 443 })),
      { address: LISTED[0], port: 8443 },
      { address: LISTED[2], port: 8443 },
    ],
    resolvers: [DNS4, DNS6],
  };
  return async () => {
    const probe = ['node', join(import.meta.dirname, 'probe.mjs'), JSON.stringify(plan)];
    const { stdout } = await hostRunner.run([...inside, ...probe], { timeoutMs: 60_000 });
    return reading(JSON.parse(stdout) as Record<string, string>);
  };
}

async function scripts(at: Lab, id: string, request: Partial<RuleRequest>) {
  const hosts = [host('app.netdata.cloud', LISTED.slice(0, 2)), host('mqtt.netdata.cloud', LISTED.slice(2))];
  const of = checkAllowList(list(hosts, { resolvers: [DNS4, DNS6] }), LAB_RANGES);
  const dir = join(at.dir, id);
  await mkdir(dir);
  for (const file of renderRules(findTarget(id), of, { toolVersion: '0.1.0', ...request }))
    await writeFile(join(dir, file.name), file.content, { mode: file.mode });
  return (role: 'install' | 'uninstall', env: Record<string, string> = {}) =>
    at.run(['sh', join(dir, `nd-allow-${id}.${role}.sh`)], { env });
}

/** What Docker makes with its iptables backend, and an administrator's deny in it. */
const DENIED = `*filter
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-USER -p udp --dport 53 -j ACCEPT
-A DOCKER-USER -i docker0 -j DROP
COMMIT
`;

describe.each(['nft', 'legacy'])('docker-user by iptables-%s', (backend) => {
  const env = { IPTABLES: `iptables-${backend}`, IP6TABLES: `ip6tables-${backend}` };

  test.each([{}, { bridge: 'docker0' }])(
    'opens exactly the listed destinations for containers, %j',
    async (settings) => {
      const at = await Lab.open();
      lab = at;
      const matrix = await container(lab);
      expect((await matrix())[`${UNLISTED[0]} 443`]).toBe('open');
      const run = await scripts(lab, 'docker-user', { settings });
      const early = await run('install', env);
      expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('start Docker first')]);
      const save = async (): Promise<string> =>
        (
          await at.must([
            'sh',
            '-ec',
            Object.values(env)
              .map((name) => `${name}-save`)
              .join('; '),
          ])
        ).replaceAll(/^#.*\n|\[\d+:\d+\]/gm, '');
      for (const program of Object.values(env)) await lab.must([`${program}-restore`], { stdin: DENIED });
      const before = await save();
      expect(await matrix()).toEqual(expected(false));
      for (let twice = 0; twice < 2; twice++) {
        expect((await run('install', env)).code).toBe(0);
        expect(await matrix()).toEqual(expected(true));
      }
      expect((await run('uninstall', env)).code).toBe(0);
      expect(await save()).toBe(before);
      expect(await matrix()).toEqual(expected(false));
    },
  );
});

describe('docker-nftables', () => {
  const FILTER = `table inet filter {
	chain forward {
		type filter hook forward priority filter; policy drop;
		meta l4proto { tcp, udp } th dport 53 accept
		meta l4proto { tcp, udp } th sport 53 accept
	}
}
`;
  const rules = async (): Promise<string> => (await lab?.must(['nft', '-s', 'list', 'ruleset'])) ?? '';

  test('allow: opens exactly the listed destinations in a chain that drops, and leaves no trace', async () => {
    lab = await Lab.open();
    const matrix = await container(lab);
    const run = await scripts(lab, 'docker-nftables', {});
    expect((await run('install')).stderr).toContain('name yours with --set table=');
    await lab.must(['nft', '-f', '-'], { stdin: FILTER });
    const before = await rules();
    expect(await matrix()).toEqual(expected(false));
    for (let twice = 0; twice < 2; twice++) {
      expect(await run('install')).toMatchObject({ code: 0, stderr: '' });
      expect(await matrix()).toEqual(expected(true));
    }
    expect((await run('uninstall')).code).toBe(0);
    expect(await rules()).toBe(before);
  });

  test('enforce: denies everything else to containers alone, and leaves no trace', async () => {
    lab = await Lab.open();
    const matrix = await container(lab);
    const before = await rules();
    const run = await scripts(lab, 'docker-nftables', { mode: 'enforce' });
    for (let twice = 0; twice < 2; twice++) {
      expect(await run('install')).toMatchObject({ code: 0, stderr: '' });
      expect(await matrix()).toEqual(expected(true));
    }
    expect(reading(await lab.matrix())[`${UNLISTED[0]} 443`]).toBe('open');
    expect((await run('uninstall')).code).toBe(0);
    expect(await rules()).toBe(before);
    expect((await matrix())[`${UNLISTED[0]} 443`]).toBe('open');
  });
});
