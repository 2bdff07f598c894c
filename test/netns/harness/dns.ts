/** Real resolvers for a case: unbound with a static world, or dnsmasq where a CNAME chain must be followed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as at from './addresses.js';
import type { OddResolver } from '../services/odd-dns.js';
import { must, startService, until, type Service } from './exec.js';
import { inside, startNode } from './namespaces.js';

/** How the resolver treats a name instead of answering. */
export type Refusal = 'nxdomain' | 'nodata' | 'servfail' | 'refused' | 'silent';

export interface DnsPlan {
  /** Addresses per name, in the order they are given out; overrides the healthy ones. */
  readonly records?: Readonly<Record<string, readonly string[]>>;
  /** Names that are treated badly; `*` = every name. */
  readonly bad?: Readonly<Record<string, Refusal>>;
  /** `name -> canonical name`; served by dnsmasq, which also rotates the addresses. */
  readonly cnames?: Readonly<Record<string, string>>;
  /** Also publish the three names' IPv6 addresses, or only those. */
  readonly families?: '4' | '6' | '46';
  readonly listen?: readonly string[];
  /** A small resolver of the lab's own instead of a real one: right, but awkward. */
  readonly odd?: OddResolver;
  /** Another resolver, at RESOLVER4B, with a world of its own. */
  readonly second?: DnsPlan;
  /** No resolver process at all. */
  readonly none?: boolean;
}

const V4: Readonly<Record<string, string>> = { [at.APP]: at.APP4, [at.API]: at.API4, [at.MQTT]: at.MQTT4 };
const V6: Readonly<Record<string, string>> = { [at.APP]: at.APP6, [at.API]: at.API6, [at.MQTT]: at.MQTT6 };

function recordsOf(plan: DnsPlan): Record<string, readonly string[]> {
  const families = plan.families ?? '4';
  const records: Record<string, readonly string[]> = {
    [at.PROXY_NAME]: [at.PROXY4],
    'www.corp.example': [at.PRIVATE4],
  };
  for (const name of at.NAMES) {
    records[name] = [
      ...(families.includes('6') ? [V6[name] ?? ''] : []),
      ...(families.includes('4') ? [V4[name] ?? ''] : []),
    ];
  }
  return { ...records, ...plan.records };
}

const type = (address: string): string => (address.includes(':') ? 'AAAA' : 'A');

function unboundConfig(plan: DnsPlan, directory: string): string {
  const bad = plan.bad ?? {};
  const lines = [
    'server:',
    ...(plan.listen ?? [at.RESOLVER4, at.RESOLVER6]).map((address) => `  interface: ${address}@53`),
    '  ip-freebind: yes',
    '  do-daemonize: no',
    '  chroot: ""',
    '  username: ""',
    `  directory: "${directory}"`,
    '  pidfile: ""',
    '  use-syslog: no',
    '  verbosity: 1',
    '  rrset-roundrobin: no',
    '  module-config: "iterator"',
    '  access-control: 0.0.0.0/0 allow',
    '  access-control: ::/0 allow',
    '  do-not-query-localhost: no',
    // Anything else does not exist: an answer, so that "the resolver is alive" can be told.
    `  local-zone: "." ${zoneType(bad['*'] ?? 'nxdomain')}`,
  ];
  const forwards: string[] = [];
  for (const [name, how] of Object.entries(bad)) {
    if (name === '*') continue;
    lines.push(`  local-zone: "${name}." ${how === 'servfail' ? 'transparent' : zoneType(how)}`);
    // An upstream that refuses makes unbound answer SERVFAIL.
    if (how === 'servfail') forwards.push('forward-zone:', `  name: "${name}."`, '  forward-addr: 127.0.0.9');
  }
  for (const [name, addresses] of Object.entries(recordsOf(plan))) {
    if (bad[name] !== undefined || bad['*'] !== undefined) continue;
    for (const address of addresses) lines.push(`  local-data: "${name}. 60 IN ${type(address)} ${address}"`);
  }
  return `${[...lines, ...forwards].join('\n')}\n`;
}

function zoneType(how: Refusal): string {
  const types = {
    nxdomain: 'static',
    nodata: 'always_nodata',
    refused: 'always_refuse',
    silent: 'always_deny',
    servfail: '',
  };
  return types[how];
}

function dnsmasqConfig(plan: DnsPlan): string {
  const lines = [
    'no-resolv',
    'no-hosts',
    'no-daemon',
    'bind-interfaces',
    'local=/#/',
    'local-ttl=60',
    'user=root',
    'pid-file=',
  ];
  for (const address of plan.listen ?? [at.RESOLVER4, at.RESOLVER6]) lines.push(`listen-address=${address}`);
  for (const [name, addresses] of Object.entries(recordsOf(plan))) {
    if (plan.cnames?.[name] !== undefined) continue;
    for (const address of addresses) lines.push(`host-record=${name},${address}`);
  }
  for (const [name, target] of Object.entries(plan.cnames ?? {})) lines.push(`cname=${name},${target}`);
  return `${lines.join('\n')}\n`;
}

/** Starts the resolver of a case in a namespace; null when the plan wants none. */
export async function startResolver(
  namespace: string,
  directory: string,
  services: string,
  plan: DnsPlan,
): Promise<Service[]> {
  if (plan.none === true) return [];
  if (plan.odd !== undefined) {
    const args = [
      join(services, 'odd-dns.js'),
      plan.listen?.[0] ?? at.RESOLVER4,
      plan.odd,
      JSON.stringify(recordsOf(plan)),
    ];
    return [await startNode('odd-dns', namespace, args)];
  }
  const started: Service[] = [];
  if (plan.second !== undefined) {
    const second = { listen: [at.RESOLVER4B], ...plan.second };
    started.push(await unbound('second', namespace, directory, unboundConfig(second, directory)));
  }
  if ([plan, plan.second ?? {}].some(({ bad }) => Object.values(bad ?? {}).includes('servfail'))) {
    started.push(await unbound('refuser', namespace, directory, refuserConfig(directory)));
  }
  if (plan.cnames === undefined) {
    started.push(await unbound('unbound', namespace, directory, unboundConfig(plan, directory)));
    return started;
  }
  const file = join(directory, 'dnsmasq.conf');
  await writeFile(file, dnsmasqConfig(plan));
  await must('dnsmasq', ['--test', '-C', file]);
  const [command, ...args] = inside(namespace);
  const service = startService('dnsmasq', command, [...args, 'dnsmasq', '-C', file]);
  await until(`dnsmasq starts: ${service.log()}`, () => service.log().includes('started, version'));
  return [service];
}

function refuserConfig(directory: string): string {
  return unboundConfig({ listen: ['127.0.0.9'], bad: { '*': 'refused' } }, directory);
}

async function unbound(name: string, namespace: string, directory: string, config: string): Promise<Service> {
  const file = join(directory, `${name}.conf`);
  await writeFile(file, config);
  const [command, ...args] = inside(namespace);
  const service = startService(name, command, [...args, 'unbound', '-d', '-c', file]);
  await until('unbound starts', () => {
    if (service.child.exitCode !== null) throw new Error(`lab: unbound ended: ${service.log()}`);
    return service.log().includes('start of service');
  });
  return service;
}
