/**
 * Asks for addresses as data: every resolver on its own, with rcode and TTL, and the system resolver as the
 * Agent uses it. A failure is an outcome, never an exception.
 */
import { lookup, Resolver } from 'node:dns/promises';
import { getServers } from 'node:dns';
import { isIP } from 'node:net';
import type { Answer } from '../../firewall/allow-list.js';
import type { LookupResult, LookupStatus } from '../../firewall/live/refresh/answers.js';
import { textOf } from '../../host/capped-read.js';
import type { ResolverAddress } from './options.js';

const STATUS: Readonly<Record<string, LookupStatus>> = {
  ENODATA: 'nodata',
  ENOTFOUND: 'nxdomain',
  ESERVFAIL: 'servfail',
  EREFUSED: 'refused',
  ETIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  EAI_AGAIN: 'timeout',
};

function statusOf(error: unknown): LookupStatus {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return STATUS[code] ?? 'failed';
}

/** getaddrinfo does not tell the TTL; the shortest usual one is assumed, and an hour is kept at least. */
const UNKNOWN_TTL = 60;
/** c-ares clamps nothing: an absurd TTL must not pin an address for years. */
const TTL_MAX = 7 * 86_400;

function answer(fqdn: string, address: string, ttl: number, source: string, now: string): Answer {
  return {
    fqdn,
    address,
    ttl: Math.min(TTL_MAX, Math.max(0, ttl)),
    source,
    firstSeen: now,
    lastSeen: now,
    proven: false,
  };
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEOUT' }));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** One resolver, A and AAAA side by side. NXDOMAIN only when both say so. */
async function ask(fqdn: string, server: ResolverAddress, timeoutMs: number, now: string): Promise<LookupResult> {
  const name = server.port === 53 ? server.address : `${server.address}:${String(server.port)}`;
  const resolver = new Resolver({ timeout: Math.max(500, Math.floor(timeoutMs / 2)), tries: 2 });
  resolver.setServers([
    `${isIP(server.address) === 6 ? `[${server.address}]` : server.address}:${String(server.port)}`,
  ]);
  try {
    const [v4, v6] = await Promise.allSettled([
      within(resolver.resolve4(fqdn, { ttl: true }), timeoutMs),
      within(resolver.resolve6(fqdn, { ttl: true }), timeoutMs),
    ]);
    const rows = [v4, v6].flatMap((row) => (row.status === 'fulfilled' ? row.value : []));
    const failures = [v4, v6].flatMap((row) => (row.status === 'rejected' ? [statusOf(row.reason)] : []));
    const answers = rows.map((row) => answer(fqdn, row.address, row.ttl, name, now));
    // A family that failed is a failure of the whole: its old addresses must not be taken for gone.
    const hard = failures.find((status) => status !== 'nodata' && status !== 'nxdomain');
    const status = hard ?? (answers.length > 0 ? 'ok' : (failures[0] ?? 'nodata'));
    return { fqdn, resolver: name, status, answers };
  } finally {
    resolver.cancel();
  }
}

async function askSystem(fqdn: string, timeoutMs: number, now: string): Promise<LookupResult> {
  const resolver = 'system resolver';
  try {
    const found = await within(lookup(fqdn, { all: true, order: 'verbatim' }), timeoutMs);
    const answers = found.map((row) => answer(fqdn, row.address, UNKNOWN_TTL, resolver, now));
    return { fqdn, resolver, status: 'ok', answers };
  } catch (error) {
    return { fqdn, resolver, status: statusOf(error), answers: [] };
  }
}

/** `servers` null: the system resolver and every configured one; else exactly those given. */
export async function resolveNames(
  names: readonly string[],
  servers: readonly ResolverAddress[] | null,
  now: string,
  timeoutMs = 5000,
): Promise<readonly LookupResult[]> {
  const wire = servers ?? configuredResolvers();
  const jobs = names.flatMap((name) => [
    ...(servers === null ? [askSystem(name, timeoutMs, now)] : []),
    ...wire.map((server) => ask(name, server, timeoutMs, now)),
  ]);
  return Promise.all(jobs);
}

/** Those of resolv.conf, as the C library has them. */
export function configuredResolvers(): readonly ResolverAddress[] {
  return getServers().flatMap((text) => {
    const match = /^(?:\[([^\]]+)\]:(\d+)|([\d.]+):(\d+)|([0-9a-fA-F.:]+))$/.exec(text);
    const address = match?.[1] ?? match?.[3] ?? match?.[5];
    if (address === undefined || isIP(address) === 0 || address.includes('%')) return [];
    return [{ address, port: Number(match?.[2] ?? match?.[4] ?? 53) }];
  });
}

/** Behind the local stub of systemd-resolved stand the resolvers that packets really go to. */
const UPSTREAM = '/run/systemd/resolve/resolv.conf';

/** Addresses that this host sends its DNS packets to, for the DNS rule; only port 53 is meant. */
export function resolversForRules(): readonly string[] {
  const configured = configuredResolvers().map((server) => server.address);
  if (configured.some((address) => !/^127\.|^::1$/.test(address))) return configured;
  const text = textOf(UPSTREAM, 65_536);
  const upstream = [...text.matchAll(/^nameserver\s+([0-9a-fA-F.:]+)\s*$/gm)].map((match) => match[1] ?? '');
  return [...configured, ...upstream.filter((address) => isIP(address) !== 0)];
}
