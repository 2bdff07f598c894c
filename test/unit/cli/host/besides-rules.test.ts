import { describe, expect, it } from 'vitest';
import {
  droppedByKernel,
  filtersOfDevices,
  routesAndPolicies,
  sentAgain,
  settingsOfUnits,
} from '../../../../src/cli/host/besides-rules.js';
import type { RulesHost } from '../../../../src/cli/host/local-firewall.js';
import type { Flow } from '../../../../src/firewall/read/flow.js';

const flow = (over: Partial<Flow> = {}): Flow => ({
  protocol: 'tcp',
  address: '44.196.50.41',
  port: 443,
  uid: 0,
  gid: 0,
  route: { device: 'eth0', source: '10.77.0.2', type: 'unicast' },
  ...over,
});

/** A host whose programs print this, by their command line; the others are not there. */
function machine(prints: Readonly<Record<string, string>>): RulesHost {
  return {
    linux: true,
    now: () => 0,
    sparedBytes: () => Infinity,
    kernel: (path) => Promise.resolve(prints[path] ?? ''),
    stream: () => Promise.resolve({ ok: false, why: 'missing', detail: '' }),
    run: (program, args) => {
      const stdout = prints[[program, ...args].join(' ')];
      return Promise.resolve(stdout === undefined ? { ok: false, why: 'missing', detail: '' } : { ok: true, stdout });
    },
  };
}

describe('what the kernel counts', () => {
  const netstat = (again: number, failed: number): string =>
    `TcpExt: SyncookiesSent TCPRetransFail TCPSynRetrans\nTcpExt: 0 ${String(failed)} ${String(again)}\nIpExt: InNoRoutes\nIpExt: 7\n`;
  it('is read from its table', async () => {
    expect(await sentAgain(machine({ '/proc/net/netstat': netstat(5, 3) }))).toEqual({ again: 5, failed: 3 });
    for (const text of [
      '',
      'TcpExt: A B\n',
      'TcpExt: TCPRetransFail\nTcpExt: 3\n',
      'TcpExt: TCPRetransFail TCPSynRetrans\nTcpExt: x y\n',
    ])
      expect(await sentAgain(machine({ '/proc/net/netstat': text }))).toBeNull();
  });
  it.each([
    [{ again: 9, failed: 9 }, 3, true],
    [{ again: 5, failed: 7 }, 3, true],
    // One of them was perhaps sent again by another: two are not three.
    [{ again: 9, failed: 7 }, 3, true],
    [{ again: 9, failed: 6 }, 3, false],
    [{ again: 9, failed: 0 }, 3, false],
    [{ again: 0, failed: 0 }, 3, false],
    [{ again: 9, failed: 9 }, 0, false],
  ])('%o of %i silent connections: %s', (counted, silent, told) => {
    const flows = Array.from({ length: silent }, (_, index) => flow({ address: `192.0.2.${String(index)}` }));
    const before = { again: 100, failed: 40 };
    const after = { again: 100 + counted.again, failed: 40 + counted.failed };
    const found = droppedByKernel(before, after, flows);
    expect(found.length).toBe(told ? 1 : 0);
    if (told)
      expect(found[0]?.rules[0]).toMatchObject({ matches: null, flows: flows.map(({ address }) => ({ address })) });
    expect(droppedByKernel(null, after, flows)).toEqual([]);
    expect(droppedByKernel(before, null, flows)).toEqual([]);
  });
});

describe('filters of tc, and XDP', () => {
  const ask = (prints: Readonly<Record<string, string>>, flows = [flow()]) =>
    filtersOfDevices(machine(prints), flows, 100);
  it.each([
    [
      'tc filter show dev eth0 egress',
      'filter protocol all pref 49152 bpf chain 0 handle 0x1 to_netdev direct-action not_in_hw id 7',
      true,
    ],
    [
      'tc filter show dev eth0 egress',
      'filter protocol ip pref 1 flower chain 0\n  eth_type ipv4\n\taction order 1: gact action drop\n',
      true,
    ],
    ['tc filter show dev eth0 ingress', ' police 0x1 rate 1Mbit burst 10Kb mtu 2Kb action drop overhead 0b', true],
    [
      'tc filter show dev eth0 egress',
      'filter protocol all pref 1 matchall chain 0\n\taction order 1: gact action pass\n',
      false,
    ],
    [
      'ip -d -o link show dev eth0',
      '2: eth0: <UP> mtu 1500 xdpgeneric qdisc noqueue state UP\\    link/ether\\    prog/xdp id 9',
      true,
    ],
    ['ip -d -o link show dev eth0', '2: eth0: <UP> mtu 1500 qdisc noqueue state UP\\    link/ether', false],
  ])('%s: %s', async (command, text, told) => {
    const found = await ask({ [command]: text });
    expect(found).toHaveLength(told ? 1 : 0);
    if (told)
      expect(found[0]).toMatchObject({
        manager: 'tc',
        rules: [{ matches: null, flows: [{ address: '44.196.50.41' }] }],
      });
  });
  it('nothing is told where tc is not installed, and of loopback', async () => {
    expect(await ask({})).toEqual([]);
    const text = { 'tc filter show dev lo egress': 'filter bpf' };
    expect(await ask(text, [flow({ route: { device: 'lo', source: null, type: 'local' } })])).toEqual([]);
  });
});

describe('settings of systemd', () => {
  const SHOW =
    'systemctl show -p Id,IPAddressAllow,IPAddressDeny,IPEgressFilterPath,IPIngressFilterPath,BPFProgram,RestrictNetworkInterfaces,RestrictAddressFamilies,PrivateNetwork --';
  const prints = {
    [`${SHOW} system.slice netdata.service`]: 'Id=system.slice\n\nId=netdata.service\nIPAddressDeny=44.0.0.0/8\n',
  };
  it('of the Agent are told with its unit: the doctor itself is outside', async () => {
    const units = { agent: ['system.slice', 'netdata.service'], prober: [] };
    const flows = { agent: [flow(), flow({ address: '54.198.178.11' })], prober: [flow()] };
    expect(await settingsOfUnits(machine(prints), units, flows, 100)).toEqual([
      {
        manager: 'systemd',
        rules: [
          {
            where: 'netdata.service',
            text: 'IPAddressDeny=44.0.0.0/8',
            action: 'drop',
            matches: true,
            owner: null,
            flows: [{ protocol: 'tcp', address: '44.196.50.41', port: 443, uid: 0, unit: 'netdata.service' }],
          },
        ],
      },
    ]);
  });
  it('of the doctor stop the doctor', async () => {
    const units = { agent: [], prober: ['system.slice', 'netdata.service'] };
    const [found] = await settingsOfUnits(machine(prints), units, { agent: [], prober: [flow()] }, 100);
    expect(found?.rules[0]?.flows).toEqual([{ protocol: 'tcp', address: '44.196.50.41', port: 443, uid: 0 }]);
  });
  it('without systemd there are none', async () => {
    const units = { agent: ['netdata.service'], prober: ['x.scope'] };
    expect(await settingsOfUnits(machine({}), units, { agent: [flow()], prober: [flow()] }, 100)).toEqual([]);
  });
});

it('routes, policy routing, devices and IPsec by family, each for what it stops', async () => {
  const six = flow({ address: '2600::1', route: null });
  const four = flow({ route: null });
  const through = flow({ address: '192.0.2.7', route: { device: 'ks0', source: null, type: 'unicast' } });
  const prints = {
    'ip -4 rule show': '0:\tfrom all lookup local\n9:\tfrom all to 44.196.50.41 prohibit\n',
    'ip -6 rule show': '0:\tfrom all lookup local\n',
    'ip -4 route show table all': 'unreachable default table 7\n',
    'ip -6 route show table all': 'prohibit default dev lo metric 1024 pref medium\n',
    'ip -d -o link show':
      '4: ks0: <UP> mtu 1500\\    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff\\    dummy numtxqueues 1',
    'ip xfrm policy': 'src 0.0.0.0/0 dst 192.0.2.7/32 \n\tdir out action block priority 0 \n',
  };
  const found = await routesAndPolicies(machine(prints), [six, four, through], new Set([six, four]), 100);
  const told = found.map(({ manager, rules }) => [
    manager,
    rules.map(({ where, addresses }) => `${where}: ${String(addresses?.join())}`),
  ]);
  expect(told).toEqual([
    ['routing', ['ip rule 9: 44.196.50.41', 'routing table main, prohibit default: 2600::1', 'device ks0: 192.0.2.7']],
    ['ipsec', ['IPsec policy to 192.0.2.7/32: 192.0.2.7']],
  ]);
});
