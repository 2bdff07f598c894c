/**
 * Asks for addresses as data: every resolver on its own, with rcode and TTL, and the system resolver as the
 * Agent uses it. A failure is an outcome, never an exception.
 */
import { isIP } from 'node:net';
import type { Answer } from '../../firewall/core/allow-list.js';
import type { LookupResult, LookupStatus } from '../../firewall/live/refresh/answers.js';
import { textOf } from '../../host/capped-read.js';
import type { Failure, FailureKind } from '../../model/failure.js';
import type { DnsQueryObservation } from '../../model/observation.js';
import type { NetContext, StepLabel } from '../../net/context.js';
import { queryDns } from '../../net/dns-wire.js';
import { resolveOs } from '../../net/resolve.js';
import { readHostNetwork } from '../host/host-network.js';
import { measured } from './measure.js';
import type { ResolverAddress } from './options.js';

const STATUS: Partial<Readonly<Record<FailureKind, LookupStatus>>> = {
  dns_no_answer: 'nodata',
  dns_nxdomain_error: 'nxdomain',
  dns_servfail_error: 'servfail',
  dns_refused_error: 'refused',
  dns_temporary_failure: 'timeout',
  generic_timeout_error: 'timeout',
};

function statusOf(failure: Failure | null): LookupStatus {
  return failure === null ? 'ok' : (STATUS[failure.kind] ?? 'failed');
}

/** getaddrinfo does not tell the TTL; the shortest usual one is assumed, and an hour is kept at least. */
const UNKNOWN_TTL = 60;
/** c-ares clamps nothing: an absurd TTL must not pin an address for years. */
const TTL_MAX = 7 * 86_400;

function answer(fqdn: string, address: string, ttl: number, source: string, now: string): Answer {
  return {
    fqdn,
    address,
    ttl: Number.isFinite(ttl) ? Math.min(TTL_MAX, Math.max(0, ttl)) : UNKNOWN_TTL,
    source,
    firstSeen: now,
    lastSeen: now,
    proven: false,
  };
}

/** The records at the end of the chain, with their own TTL. */
function answersOf(seen: DnsQueryObservation, source: string, now: string): Answer[] {
  return seen.addresses.map((address) => {
    const record = seen.answers.find((row) => row.type === seen.type && row.data === address);
    return answer(seen.name, address, record?.ttl ?? UNKNOWN_TTL, source, now);
  });
}

interface Asking {
  readonly ctx: NetContext;
  readonly label: () => StepLabel;
  /** ISO 8601 UTC. */
  readonly now: string;
}

/** One resolver, A and AAAA side by side. NXDOMAIN only when nothing else is wrong. */
async function ask(fqdn: string, server: ResolverAddress, { ctx, label, now }: Asking): Promise<LookupResult> {
  const { address, port } = server;
  const resolver = port === 53 ? address : `${address}:${String(port)}`;
  const seen = await Promise.all(
    (['A', 'AAAA'] as const).map((type) =>
      queryDns(ctx, label(), { resolver: address, port, source: 'rules', name: fqdn, type }),
    ),
  );
  const answers = seen.flatMap((row) => answersOf(row, resolver, now));
  const failures = seen.map((row) => statusOf(row.failure)).filter((status) => status !== 'ok');
  // A family that failed is a failure of the whole: its old addresses must not be taken for gone.
  const hard = failures.find((status) => status !== 'nodata' && status !== 'nxdomain');
  return { fqdn, resolver, status: hard ?? (answers.length > 0 ? 'ok' : (failures[0] ?? 'nodata')), answers };
}

async function askSystem(fqdn: string, { ctx, label, now }: Asking): Promise<LookupResult> {
  const resolver = 'system resolver';
  const { addresses, failure } = await resolveOs(ctx, label(), fqdn);
  const answers = addresses.map(({ address }) => answer(fqdn, address, UNKNOWN_TTL, resolver, now));
  // getaddrinfo does not tell a name without addresses from one that does not exist.
  const status = statusOf(failure);
  return { fqdn, resolver, status: status === 'nodata' ? 'nxdomain' : status, answers };
}

const SOCKETS = 64;

/** `servers` null: the system resolver and every configured one; else exactly those given. */
export async function resolveNames(
  names: readonly string[],
  servers: readonly ResolverAddress[] | null,
  now: string,
): Promise<readonly LookupResult[]> {
  const wire = servers ?? configuredResolvers();
  return measured(SOCKETS, (ctx, label) => {
    const asking = { ctx, label, now };
    return Promise.all(
      names.flatMap((name) => [
        ...(servers === null ? [askSystem(name, asking)] : []),
        ...wire.map((server) => ask(name, server, asking)),
      ]),
    );
  });
}

/** Those of resolv.conf, as the C library has them; scoped addresses cannot stand in a rule. */
function configuredResolvers(): readonly ResolverAddress[] {
  return readHostNetwork().resolvers.filter(({ address }) => !address.includes('%'));
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
