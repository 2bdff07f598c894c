/**
 * The measure on hosts that are not plain: one family only, rules of other programs, a cloud of one's own at another
 * port, an Agent that alone is let through. What `rules apply` loads makes the doctor green, nothing else is open, and
 * what others loaded stays as it was.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { AT_ONCE, doctor, FAILS, PROGRAM, RANGES, rules, serveCloud, SOURCE, WORKS } from './cli.js';
import { DNS4, DNS6, HOST4, HOST6, Lab, LISTED, reading, UNLISTED } from './lab.js';
import { HOSTS, insist } from './managers.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

/** What is open besides the cloud: `ports` answer at every address, and none of them is the cloud's. */
async function openOf(at: Lab, port: number): Promise<string[]> {
  const targets = [...LISTED, ...UNLISTED].map((address) => ({ address, port }));
  const matrix = reading(await at.probe({ targets, resolvers: [] }));
  return targets.map(({ address }) => `${address} ${String(port)}`).filter((name) => matrix[name] !== 'blocked');
}

const apply = (target: string, more: readonly string[]): string[] => ['apply', target, ...AT_ONCE, ...more];

/** Where a whole build waits, one firewall stands for the three. */
const plain = HOSTS.filter(({ title }) =>
  (process.env['CI'] === undefined ? ['nftables', 'iptables (nft)', 'iptables (legacy)'] : ['nftables']).includes(
    title,
  ),
);

describe.each(plain)('$title', (manager) => {
  test.each([
    [4, `${HOST6}/64`, DNS4],
    [6, `${HOST4}/24`, DNS6],
  ] as const)('a host with IPv%i alone', async (_, other, resolver) => {
    await insist(manager, (why) => {
      throw new Error(why);
    });
    const at = (lab = await Lab.open({ ports: [8443] }));
    await serveCloud(at);
    await at.must(['ip', 'addr', 'del', other, 'dev', 'va']);
    await writeFile(join(at.dir, 'resolv.conf'), `nameserver ${resolver}\n`);
    await manager.deny(at);
    expect(await doctor(at)).toEqual(FAILS);
    const applied = await rules(at, apply(manager.target, [...RANGES, '--resolver', resolver]));
    expect([applied.code, applied.stdout]).toEqual([0, expect.stringContaining(': in force, revision')]);
    // The other family has no way to anywhere: the doctor says so of each of its addresses, and judges by this one.
    const { code, claim, link } = await doctor(at);
    expect([code, claim, link]).toEqual([0, 'will_work', 'will_work']);
    expect(await openOf(at, 8443)).toEqual([]);
  });

  test('an Agent that alone is let through', async () => {
    const at = (lab = await Lab.open({ ports: [8443] }));
    await serveCloud(at);
    await manager.deny(at);
    const applied = await rules(at, apply(manager.target, [...SOURCE, '--user', 'nobody']));
    expect(applied.code).toBe(0);
    expect(await doctor(at, ['--as-user', 'nobody'])).toEqual(WORKS);
    expect(await doctor(at, ['--as-user', 'daemon'])).toEqual(FAILS);
    expect(await openOf(at, 8443)).toEqual([]);
  });

  test('a cloud of its own, at another port', async () => {
    const at = (lab = await Lab.open({ ports: [443] }));
    await serveCloud(at, 8443);
    const dir = join(at.dir, 'settings');
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'claim.conf'), '[global]\n    url = https://app.netdata.cloud:8443\n');
    const agent = ['--config-dir', dir, '--lib-dir', dir, '--env-from', 'self', '--agent-version', '2.10.3'];
    // The hosts that /env names are known from a run before the host was shut.
    const saved = join(at.dir, 'before.json');
    await writeFile(saved, await at.must([...PROGRAM, 'doctor', '--json', ...agent]));
    await manager.deny(at);
    expect((await doctor(at, agent)).link).toBe('will_fail');
    const applied = await rules(at, apply(manager.target, [...SOURCE, ...agent, '--from-report', saved]));
    expect([applied.code, applied.stdout]).toEqual([0, expect.stringContaining(': in force, revision')]);
    const after = await doctor(at, agent);
    expect([after.code, after.claim, after.link]).toEqual([0, 'will_work', 'will_work']);
    expect(await openOf(at, 443)).toEqual([]);
  });
});

/** Shapes that programs leave on hosts: a container engine, a balancer of services, a jail of addresses, marks. */
const FOREIGN = `
table ip nat {
  chain DOCKER { iifname "docker0" return; tcp dport 8080 dnat to 172.17.0.2:80; }
  chain PREROUTING { type nat hook prerouting priority dstnat; policy accept; fib daddr type local jump DOCKER; }
  chain OUTPUT { type nat hook output priority -100; policy accept; ip daddr != 127.0.0.0/8 fib daddr type local jump DOCKER; }
  chain POSTROUTING { type nat hook postrouting priority srcnat; policy accept; ip saddr 172.17.0.0/16 oifname != "docker0" masquerade; }
}
table ip mangle {
  chain OUTPUT { type route hook output priority mangle; policy accept; meta mark & 0x0000ff00 == 0x00000400 meta mark set meta mark | 0x1; }
}
table inet f2b-table {
  set addr-set-sshd { type ipv4_addr; elements = { 203.0.113.7 } }
  chain f2b-chain { type filter hook input priority filter - 1; policy accept; tcp dport 22 ip saddr @addr-set-sshd reject with icmp port-unreachable; }
}
table inet services {
  chain nat-output { type nat hook output priority -90; policy accept; ip daddr 10.96.0.1 tcp dport 443 dnat to 192.0.2.10:6443; }
  chain no-endpoints { type filter hook output priority -10; policy accept; ip daddr 10.96.0.9 tcp dport 443 reject; }
}
`;

describe.each(HOSTS.filter(({ title }) => title === 'nftables'))('$title', (manager) => {
  test('beside the rules of a container engine, a balancer and a jail, which stay', async () => {
    const at = (lab = await Lab.open({ ports: [8443] }));
    await serveCloud(at);
    await at.must(['nft', '-f', '-'], { stdin: FOREIGN });
    await manager.deny(at);
    const before = await manager.snapshot(at);
    expect(await doctor(at)).toEqual(FAILS);
    const applied = await rules(at, apply(manager.target, SOURCE));
    expect([applied.code, applied.stderr]).toEqual([0, expect.any(String)]);
    expect(await doctor(at)).toEqual(WORKS);
    expect(await openOf(at, 8443)).toEqual([]);
    expect(await rules(at, ['status'])).toMatchObject({ code: 0 });
    expect((await rules(at, ['uninstall', manager.target])).code).toBe(0);
    expect(await manager.snapshot(at)).toBe(before);
  });
});
