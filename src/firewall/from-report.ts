/**
 * What a saved run knows: its targets, the answers of its resolvers, and which addresses showed a certificate
 * that is valid for the name. The report is untrusted JSON: whatever has the wrong shape is left out.
 */
import { isIP } from 'node:net';
import { UsageError } from '../model/errors.js';
import type { Purpose } from '../model/target.js';
import type { Answer, WantedHost } from './allow-list.js';
import type { ParsedList } from './parse-list.js';
import { fqdnProblem } from './sanitise.js';

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rows(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isObject) : [];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter((row) => typeof row === 'string') : [];
}

const PURPOSES: readonly Purpose[] = ['claim', 'link', 'install', 'update', 'telemetry'];

function hostsOf(report: Json, purposes: readonly Purpose[]): WantedHost[] {
  const hosts = new Map<string, WantedHost>();
  for (const target of rows(report['targets'])) {
    const { host, port, purpose: purposeText, required } = target;
    const purpose = PURPOSES.find((name) => name === purposeText);
    if (typeof host !== 'string' || fqdnProblem(host) !== null || purpose === undefined) continue;
    if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) continue;
    if (required !== true && !purposes.includes(purpose)) continue;
    const known = hosts.get(host);
    hosts.set(host, {
      fqdn: host,
      ports: [...new Set([...(known?.ports ?? []), port])],
      purpose: known?.purpose ?? purpose,
      required: (known?.required ?? false) || required === true,
    });
  }
  return [...hosts.values()];
}

/** `host address` of every handshake whose certificate holds for the name against at least one store. */
function provenPairs(report: Json): Set<string> {
  const pairs = new Set<string>();
  for (const seen of rows(report['observations'])) {
    if (seen['operation'] !== 'tls_handshake' || seen['nameMatches'] !== true) continue;
    // Through a proxy the address is the proxy's: that proves nothing about it.
    if (seen['routeId'] !== 'direct' || seen['sni'] !== seen['expectedName']) continue;
    if (!rows(seen['judgements']).some((row) => row['trusted'] === true)) continue;
    pairs.add(`${String(seen['expectedName'])} ${String(seen['address'])}`);
  }
  return pairs;
}

/** Unredacted reports only: pseudonyms must not become rules. Throws UsageError when nothing can be used. */
export function parseReport(document: unknown, file: string, purposes: readonly Purpose[]): ParsedList {
  if (!isObject(document) || document['schema'] !== 'netdata-egress/report')
    throw new UsageError(`${file} is not a report of netdata-egress`);
  if (document['version'] !== 1)
    throw new UsageError(
      `${file}: reports of version ${JSON.stringify(document['version'])} are not understood; this tool reads version 1`,
    );
  if (isObject(document['redaction']) && document['redaction']['mode'] === 'strict')
    throw new UsageError(
      `${file} was redacted strictly: its names and addresses are pseudonyms and cannot become rules`,
    );
  const startedAt = Date.parse(String(document['startedAt']));
  if (Number.isNaN(startedAt)) throw new UsageError(`${file} does not say when it was made`);
  const hosts = hostsOf(document, purposes);
  if (hosts.length === 0) throw new UsageError(`${file} names no host that could be used`);
  const proven = provenPairs(document);
  const answers: Answer[] = [];
  const resolvers = new Set<string>();
  const add = (fqdn: unknown, address: unknown, ttl: number, source: string, tMs: unknown): void => {
    if (typeof fqdn !== 'string' || typeof address !== 'string' || isIP(address) === 0) return;
    const seenAt = new Date(startedAt + (typeof tMs === 'number' && tMs > 0 && tMs < 1e8 ? tMs : 0)).toISOString();
    const isProven = proven.has(`${fqdn} ${address}`);
    answers.push({ fqdn, address, ttl, source, firstSeen: seenAt, lastSeen: seenAt, proven: isProven });
  };
  for (const seen of rows(document['observations'])) {
    if (seen['operation'] === 'read_host_network')
      for (const row of rows(seen['resolvers']))
        if (isIP(String(row['address'])) !== 0) resolvers.add(String(row['address']));
    if (seen['failure'] !== null) continue;
    // Public resolvers and known addresses are controls: not what this host would be told.
    if (isObject(seen['role']) && seen['role']['kind'] === 'control') continue;
    if (seen['operation'] === 'dns_query') {
      const ttls = rows(seen['answers']).flatMap((row) => (typeof row['ttl'] === 'number' ? [row['ttl']] : []));
      const ttl = ttls.length > 0 ? Math.max(0, Math.min(...ttls)) : 60;
      for (const address of texts(seen['addresses']))
        add(seen['name'], address, ttl, String(seen['resolver']), seen['tMs']);
    }
    if (seen['operation'] === 'resolve')
      for (const row of rows(seen['addresses']))
        add(seen['hostname'], row['address'], 60, 'system resolver', seen['tMs']);
  }
  return { hosts, answers, resolvers: [...resolvers] };
}
