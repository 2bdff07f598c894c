/**
 * What a saved run knows: its targets, the answers of its resolvers, and which addresses showed a certificate
 * that is valid for the name. The form of the report was checked when it was read; its names and addresses are
 * still foreign text, so whatever could not stand in a rule is left out.
 */
import { isIP } from 'node:net';
import { UsageError } from '../../model/errors.js';
import type { ObservationOf } from '../../model/observation.js';
import type { Report } from '../../model/report.js';
import type { Purpose } from '../../model/target.js';
import type { Answer, WantedHost } from './allow-list.js';
import type { ParsedList } from './parse-list.js';
import { fqdnProblem } from './sanitise.js';

/** getaddrinfo does not tell a TTL: the shortest usual one is assumed. */
const UNKNOWN_TTL = 60;

function hostsOf(report: Report, purposes: readonly Purpose[]): WantedHost[] {
  const hosts = new Map<string, WantedHost>();
  for (const { host, port, purpose, required } of report.targets) {
    if (fqdnProblem(host) !== null || !Number.isInteger(port) || port < 1 || port > 65_535) continue;
    if (!required && !purposes.includes(purpose)) continue;
    const known = hosts.get(host);
    hosts.set(host, {
      fqdn: host,
      ports: [...new Set([...(known?.ports ?? []), port])],
      purpose: known?.purpose ?? purpose,
      required: (known?.required ?? false) || required,
    });
  }
  return [...hosts.values()];
}

/** A handshake straight to the address, with the name, whose certificate holds for it against at least one store. */
function proves(seen: ObservationOf<'tls_handshake'>): boolean {
  // Through a proxy the address is the proxy's: that proves nothing about it.
  const direct = seen.routeId === 'direct' && seen.sni === seen.expectedName;
  return direct && seen.nameMatches === true && seen.judgements.some((row) => row.trusted);
}

/** Unredacted reports only: pseudonyms must not become rules. Throws UsageError when nothing can be used. */
export function listFromReport(report: Report, file: string, purposes: readonly Purpose[]): ParsedList {
  if (report.redaction.mode === 'strict')
    throw new UsageError(
      `${file} was redacted strictly: its names and addresses are pseudonyms and cannot become rules`,
    );
  const startedAt = Date.parse(report.startedAt);
  if (Number.isNaN(startedAt)) throw new UsageError(`${file} does not say when it was made`);
  const hosts = hostsOf(report, purposes);
  if (hosts.length === 0) throw new UsageError(`${file} names no host that could be used`);
  const proven = new Set(
    report.observations.flatMap((seen) =>
      seen.operation === 'tls_handshake' && proves(seen) ? [`${seen.expectedName} ${String(seen.address)}`] : [],
    ),
  );
  const answers: Answer[] = [];
  const resolvers = new Set<string>();
  const add = (fqdn: string, address: string, ttl: number, source: string, tMs: number): void => {
    if (isIP(address) === 0) return;
    const seenAt = new Date(startedAt + (tMs > 0 && tMs < 1e8 ? tMs : 0)).toISOString();
    const isProven = proven.has(`${fqdn} ${address}`);
    answers.push({ fqdn, address, ttl, source, firstSeen: seenAt, lastSeen: seenAt, proven: isProven });
  };
  for (const seen of report.observations) {
    if (seen.operation === 'read_host_network')
      for (const row of seen.resolvers) if (isIP(row.address) !== 0) resolvers.add(row.address);
    // Public resolvers and known addresses are controls: not what this host would be told.
    if (seen.failure !== null || seen.role.kind === 'control') continue;
    if (seen.operation === 'dns_query') {
      const ttl = Math.max(0, Math.min(...seen.answers.map((row) => row.ttl)));
      for (const address of seen.addresses)
        add(seen.name, address, Number.isFinite(ttl) ? ttl : UNKNOWN_TTL, seen.resolver, seen.tMs);
    }
    if (seen.operation === 'resolve')
      for (const row of seen.addresses) add(seen.hostname, row.address, UNKNOWN_TTL, 'system resolver', seen.tMs);
  }
  return { hosts, answers, resolvers: [...resolvers] };
}
