/**
 * The wires of a lab: host - gateway - cloud, and a proxy behind the gateway.
 * `ip netns` names carry the process id, so that labs run side by side and stale ones can be told.
 */
import { must, run, startService, type Service } from './exec.js';
import * as at from './addresses.js';

export interface Namespaces {
  readonly host: string;
  readonly gateway: string;
  readonly cloud: string;
  readonly proxy: string;
}

const PREFIX = 'ndlab';
let counter = 0;

/** Gateway, cloud and proxy, wired; the host comes fresh with every case (createHost). */
export async function createNamespaces(): Promise<Namespaces> {
  await removeStale();
  counter += 1;
  const id = `${PREFIX}-${process.pid}-${counter}`;
  const ns = { host: `${id}-host`, gateway: `${id}-gw`, cloud: `${id}-cloud`, proxy: `${id}-proxy` };
  for (const name of [ns.gateway, ns.cloud, ns.proxy]) await must('ip', ['netns', 'add', name]);
  await batch(ns.gateway, [
    `link add wan0 type veth peer name eth0 netns ${ns.cloud}`,
    `link add dmz0 type veth peer name eth0 netns ${ns.proxy}`,
    'link set lo up',
    'addr add 203.0.113.1/24 dev wan0',
    'addr add 2001:db8:113::1/64 dev wan0 nodad',
    'addr add 10.88.0.1/24 dev dmz0',
    'addr add 2001:db8:88::1/64 dev dmz0 nodad',
    `addr add ${at.RESOLVER4}/32 dev lo`,
    `addr add ${at.RESOLVER4B}/32 dev lo`,
    'link set wan0 up',
    'link set dmz0 up',
    'route add default via 203.0.113.2',
    'route add ::/0 via 2001:db8:113::2',
  ]);
  await batch(ns.cloud, [
    'link set lo up',
    'addr add 203.0.113.2/24 dev eth0',
    'addr add 2001:db8:113::2/64 dev eth0 nodad',
    ...at.CLOUD4.map((address) => `addr add ${address}/32 dev lo`),
    ...at.CLOUD6.map((address) => `addr add ${address}/128 dev lo`),
    'link set eth0 up',
    'route add default via 203.0.113.1',
    'route add ::/0 via 2001:db8:113::1',
  ]);
  await batch(ns.proxy, [
    'link set lo up',
    `addr add ${at.PROXY4}/24 dev eth0`,
    `addr add ${at.PROXY6}/64 dev eth0 nodad`,
    'link set eth0 up',
    'route add default via 10.88.0.1',
    'route add ::/0 via 2001:db8:88::1',
  ]);
  // ICMP errors are part of what is tested: the default rate limits would make them a matter of luck.
  await sysctl(ns.gateway, [
    'net.ipv4.ip_forward=1',
    'net.ipv6.conf.all.forwarding=1',
    'net.ipv4.icmp_ratelimit=0',
    'net.ipv6.icmp.ratelimit=0',
  ]);
  return ns;
}

export interface HostOptions {
  readonly v4?: boolean;
  readonly v6?: boolean;
  /** Default routes; without them only the local link is reachable. */
  readonly route4?: boolean;
  readonly route6?: boolean;
}

/** A new host namespace on the gateway's LAN: no firewall, no connection state, no caches from the case before. */
export async function createHost(ns: Namespaces, options: HostOptions = {}): Promise<void> {
  const { v4 = true, v6 = true, route4 = v4, route6 = v6 } = options;
  await removeHost(ns);
  await must('ip', ['netns', 'add', ns.host]);
  await batch(ns.gateway, [
    `link add lan0 type veth peer name eth0 netns ${ns.host}`,
    `addr add ${at.GATEWAY4}/24 dev lan0`,
    `addr add ${at.GATEWAY6}/64 dev lan0 nodad`,
    `addr add ${at.RESOLVER6}/64 dev lan0 nodad`,
    'link set lan0 up',
  ]);
  await batch(ns.host, [
    'link set lo up',
    ...(v4 ? [`addr add ${at.HOST4}/24 dev eth0`] : []),
    ...(v6 ? [`addr add ${at.HOST6}/64 dev eth0 nodad`] : []),
    'link set eth0 up',
    ...(route4 ? [`route add default via ${at.GATEWAY4}`] : []),
    ...(route6 ? [`route add ::/0 via ${at.GATEWAY6}`] : []),
  ]);
  // No route advertisements here: what the host has is what the case says.
  await sysctl(ns.host, [v6 ? 'net.ipv6.conf.all.accept_ra=0' : 'net.ipv6.conf.all.disable_ipv6=1']);
}

export async function removeHost(ns: Namespaces): Promise<void> {
  await run('ip', ['-n', ns.gateway, 'link', 'del', 'lan0']);
  await run('ip', ['netns', 'del', ns.host]);
}

export async function removeNamespaces(ns: Namespaces): Promise<void> {
  for (const name of Object.values(ns)) await run('ip', ['netns', 'del', name as string]);
}

/**
 * Refuses to go on unless every interface is loopback or a veth whose other end lies in the same lab.
 * Called before the first packet of every case.
 */
export async function assertIsolated(ns: Namespaces): Promise<void> {
  const expected: Readonly<Record<keyof Namespaces, readonly string[]>> = {
    host: ['eth0', 'lo'],
    gateway: ['dmz0', 'lan0', 'lo', 'wan0'],
    cloud: ['eth0', 'lo'],
    proxy: ['eth0', 'lo'],
  };
  const check = async ([role, name]: [keyof Namespaces, string]): Promise<void> => {
    const { stdout } = await must('ip', ['-n', name, '-j', '-d', 'link', 'show']);
    const links = JSON.parse(stdout) as {
      readonly ifname: string;
      readonly linkinfo?: { readonly info_kind?: string };
    }[];
    const names = links.map((link) => link.ifname).sort();
    const foreign = links.filter((link) => link.ifname !== 'lo' && link.linkinfo?.info_kind !== 'veth');
    if (foreign.length > 0 || names.join() !== expected[role].join()) {
      throw new Error(`lab: namespace ${role} has interfaces ${names.join()}: not isolated, nothing was sent`);
    }
  };
  await Promise.all((Object.entries(ns) as [keyof Namespaces, string][]).map(check));
  const { stdout } = await must('ip', ['-j', 'link', 'show', 'type', 'veth']);
  const ours = (JSON.parse(stdout) as { readonly ifname?: string }[]).filter((link) =>
    ['lan0', 'wan0', 'dmz0'].includes(link.ifname ?? ''),
  );
  if (ours.length > 0) throw new Error('lab: a veth end of a lab lies in the machine’s own namespace');
}

/** Prefix of a command line that runs inside a namespace. */
export function inside(namespace: string): readonly [string, ...string[]] {
  return ['ip', 'netns', 'exec', namespace];
}

/** A node program of the lab; resolves at its first message. */
export async function startNode(name: string, namespace: string, args: readonly string[]): Promise<Service> {
  const [command, ...rest] = inside(namespace);
  const service = startService(name, command, [...rest, process.execPath, ...args], { ipc: true });
  await new Promise<void>((resolve, reject) => {
    service.child.once('message', () => resolve());
    service.child.once('exit', () => reject(new Error(`lab: ${name} ended: ${service.log()}`)));
  });
  return service;
}

async function batch(namespace: string, lines: readonly string[]): Promise<void> {
  await must('ip', ['-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

export async function sysctl(namespace: string, settings: readonly string[]): Promise<void> {
  await must('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', ...settings]);
}

/** Namespaces whose process is gone: left by a run that was killed. */
async function removeStale(): Promise<void> {
  const { stdout } = await run('ip', ['netns', 'list']);
  for (const line of stdout.split('\n')) {
    const match = new RegExp(`^(${PREFIX}-(\\d+)-\\S+)`).exec(line);
    if (match === null) continue;
    try {
      process.kill(Number(match[2]), 0);
    } catch {
      await run('ip', ['netns', 'del', match[1] ?? '']);
    }
  }
}
