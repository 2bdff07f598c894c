/** Reads this host's resolvers, hosts file and default routes: facts, as the C library and the kernel have them. */
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { readCapped } from '../../host/capped-read.js';
import type { ReadHostNetworkObservation } from '../../model/observation.js';
import { OF_THIS_HOST } from './of-this-host.js';

export interface HostNetwork {
  readonly resolvers: ReadHostNetworkObservation['resolvers'];
  readonly hosts: readonly { readonly name: string; readonly address: string; readonly line: number }[];
  readonly defaultRoute4: boolean | null;
  readonly defaultRoute6: boolean | null;
  readonly gateway4: string | null;
  readonly gateway6: string | null;
  /** Addresses that connections come from by these routes. */
  readonly source4?: string | null;
  readonly source6?: string | null;
  readonly resolvConfError: string | null;
  /** How resolv.conf has names completed; absent = it was not read. */
  readonly search?: NonNullable<ReadHostNetworkObservation['search']>;
  readonly nameServices?: ReadHostNetworkObservation['nameServices'];
}

const MAX_BYTES = 1_000_000;

function read(path: string): { text: string | null; code: string | null } {
  const file = readCapped(path, MAX_BYTES);
  if (file.state === 'read') return { text: file.bytes.toString('latin1'), code: null };
  return { text: null, code: file.state === 'missing' ? 'ENOENT' : file.code };
}

/** resolv.conf(5): at most three nameservers count. */
export function parseResolvConf(text: string, path: string): ReadHostNetworkObservation['resolvers'] {
  const found: { address: string; port: number; source: string }[] = [];
  text.split('\n').forEach((line, index) => {
    const match = /^\s*nameserver\s+([0-9A-Fa-f:.]+)(%[\w.-]+)?\s*([#;].*)?$/.exec(line);
    const address = match?.[1];
    if (address === undefined || isIP(address) === 0 || found.length >= 3) return;
    found.push({ address: address + (match?.[2] ?? ''), port: 53, source: `${path}:${String(index + 1)}` });
  });
  return found;
}

/** More is not kept by musl's reader, and by no other to any use. */
const MAX_SEARCH_BYTES = 255;
const MAX_NDOTS = 15;

/**
 * `search` (or its old form `domain`) and `options ndots:` (resolv.conf(5)); of several lines the last one counts. Read
 * as musl reads them, whose Agents depend on it: glibc goes on where musl gives up.
 */
export function parseSearch(text: string): NonNullable<ReadHostNetworkObservation['search']> {
  let domains: readonly string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const words = /^(?:search|domain)\s+(.*)$/.exec(line)?.[1];
    if (words !== undefined && words.length <= MAX_SEARCH_BYTES)
      domains = words.split(/\s+/).filter((domain) => /^[\w-]+(?:\.[\w-]+)*\.?$/.test(domain));
    const digits = /^options\s.*?ndots:(\d{1,6})/.exec(line)?.[1];
    if (digits !== undefined) ndots = Math.min(MAX_NDOTS, Number(digits));
  }
  return { domains, ndots };
}

export function parseHosts(text: string): HostNetwork['hosts'] {
  return text.split('\n').flatMap((line, index) => {
    const [address, ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    if (address === undefined || address === '') return [];
    return names.map((name) => ({ name: name.toLowerCase(), address, line: index + 1 }));
  });
}

/** nsswitch.conf(5): the sources of `hosts:` in order, actions in brackets left out; null without such a line. */
export function parseNameServices(text: string): NonNullable<ReadHostNetworkObservation['nameServices']> | null {
  for (const [index, line] of text.split('\n').entries()) {
    const match = /^\s*hosts\s*:([^#]*)/.exec(line);
    if (match === null) continue;
    const sources = (match[1] ?? '')
      .replaceAll(/\[[^\]]*\]/g, ' ')
      .split(/\s+/)
      .filter((source) => /^[\w-]{1,40}$/.test(source));
    return { sources: sources.slice(0, 20), line: index + 1 };
  }
  return null;
}

interface DefaultRoute {
  readonly present: boolean;
  readonly gateway: string | null;
  /** Interface that it leads through. */
  readonly device: string | null;
}

/** The address that connections through this interface come from, as far as no rule or route says otherwise. */
export function sourceOn(
  device: string | null | undefined,
  family: 'IPv4' | 'IPv6',
  interfaces: ReturnType<typeof networkInterfaces>,
): string | null {
  const found = (device == null ? [] : (interfaces[device] ?? [])).find(
    (one) => one.family === family && !one.internal && !(family === 'IPv6' && one.scopeid !== 0),
  );
  return found?.address ?? null;
}

/** /proc/net/route: little-endian hex; a default route has mask 0 and flag RTF_UP. */
export function parseRoute4(text: string): DefaultRoute {
  for (const line of text.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [device, destination, gateway, flags, , , , mask] = fields;
    if (destination !== '00000000' || mask !== '00000000' || gateway === undefined || flags === undefined) continue;
    const bits = Number.parseInt(flags, 16);
    if ((bits & 0x1) === 0 || (bits & 0x200) !== 0) continue;
    const octets =
      gateway
        .match(/../g)
        ?.map((pair) => Number.parseInt(pair, 16))
        .reverse() ?? [];
    const isGateway = (bits & 0x2) !== 0 && octets.length === 4;
    return { present: true, gateway: isGateway ? octets.join('.') : null, device: device ?? null };
  }
  return { present: false, gateway: null, device: null };
}

/** /proc/net/ipv6_route: destination, prefix length, …, next hop, metric, …, flags, device. */
export function parseRoute6(text: string): DefaultRoute {
  for (const line of text.split('\n')) {
    const [destination, prefix, , , nextHop, , , , flags, device] = line.trim().split(/\s+/);
    if (destination === undefined || !/^0{32}$/.test(destination) || prefix !== '00' || device === 'lo') continue;
    const bits = Number.parseInt(flags ?? '0', 16);
    if ((bits & 0x1) === 0 || (bits & 0x200) !== 0) continue;
    const isGateway = (bits & 0x2) !== 0 && nextHop !== undefined && !/^0{32}$/.test(nextHop);
    const groups = nextHop?.match(/..../g)?.join(':') ?? '';
    // A link-local next hop needs its interface to be reached: not worth a probe.
    const gateway = isGateway && !groups.startsWith('fe80') ? groups : null;
    return { present: true, gateway, device: device ?? null };
  }
  return { present: false, gateway: null, device: null };
}

export function readHostNetwork(
  resolvConf = '/etc/resolv.conf',
  hostsFile = '/etc/hosts',
  nsswitch = '/etc/nsswitch.conf',
): HostNetwork {
  const [resolv, hosts] = [read(resolvConf), read(hostsFile)];
  const [route4, route6] = [read('/proc/net/route'), read('/proc/net/ipv6_route')];
  const services = read(nsswitch);
  const four = route4.text === null ? null : parseRoute4(route4.text);
  const six = route6.text === null ? null : parseRoute6(route6.text);
  const interfaces = networkInterfaces();
  return {
    resolvers: resolv.text === null ? [] : parseResolvConf(resolv.text, resolvConf),
    hosts: hosts.text === null ? [] : parseHosts(hosts.text),
    defaultRoute4: four?.present ?? null,
    // No file means that the kernel has no IPv6 at all.
    defaultRoute6: six?.present ?? (process.platform === 'linux' ? false : null),
    gateway4: four?.gateway ?? null,
    gateway6: six?.gateway ?? null,
    source4: sourceOn(four?.device, 'IPv4', interfaces),
    source6: sourceOn(six?.device, 'IPv6', interfaces),
    resolvConfError: resolv.code,
    ...(resolv.text === null ? {} : { search: parseSearch(resolv.text) }),
    ...(services.text === null ? {} : { nameServices: parseNameServices(services.text) }),
  };
}

/** As an observation: only the hosts entries for names of ours are kept. */
export function hostNetworkObservation(
  network: HostNetwork,
  names: readonly string[],
  id: string,
  atMs: number,
): ReadHostNetworkObservation {
  const wanted = new Set(names);
  return {
    id,
    operation: 'read_host_network',
    ...OF_THIS_HOST,
    t0Ms: atMs,
    tMs: atMs,
    failure:
      network.resolvConfError === null
        ? null
        : {
            kind: network.resolvConfError === 'ENOENT' ? 'file_not_found' : 'file_unreadable',
            operation: 'read_host_network',
            rawCode: network.resolvConfError,
            detail: '/etc/resolv.conf',
          },
    resolvers: network.resolvers,
    hostsOverrides: network.hosts.filter(({ name }) => wanted.has(name)),
    defaultRoute4: network.defaultRoute4,
    defaultRoute6: network.defaultRoute6,
    gateway4: network.gateway4,
    gateway6: network.gateway6,
    ...(network.source4 == null ? {} : { source4: network.source4 }),
    ...(network.source6 == null ? {} : { source6: network.source6 }),
    ...(network.search === undefined ? {} : { search: network.search }),
    ...(network.nameServices === undefined ? {} : { nameServices: network.nameServices }),
  };
}
