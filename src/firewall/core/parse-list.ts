/**
 * Reads an allow list from a file: our own JSON, or text with one name a line.
 * Text: `name[:port] [address-or-prefix …]`, `#` starts a comment. An address without its name is an error,
 * because an expiry, a proof and a refresh all hang on the name.
 */
import { isIP } from 'node:net';
import { UsageError } from '../../model/errors.js';
import type { Answer, WantedHost } from './allow-list.js';
import { formatPrefix, parsePrefix } from './cidr.js';
import { parseFqdn, parsePort } from './sanitise.js';

export interface ParsedList {
  readonly hosts: readonly WantedHost[];
  readonly answers: readonly Answer[];
  readonly resolvers: readonly string[];
}

/** A list is read whole: this is far above any honest one. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_HOSTS = 2000;

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function array(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new UsageError(`${what} is not a list`);
  return value as readonly unknown[];
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.length > 300)
    throw new UsageError(`${what} is not a text of at most 300 characters`);
  return value;
}

function timeOf(value: unknown, what: string): string {
  const stamp = text(value, what);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/.test(stamp) || Number.isNaN(Date.parse(stamp)))
    throw new UsageError(`${what} is not a UTC time (ISO 8601)`);
  return new Date(stamp).toISOString();
}

const PURPOSES = ['claim', 'link', 'install', 'update', 'images', 'telemetry'] as const;

function fromJson(document: unknown, file: string): ParsedList {
  if (!isObject(document) || document['schema'] !== 'netdata-egress/allow-list')
    throw new UsageError(`${file}: is JSON, but not an allow list of netdata-egress`);
  if (document['version'] !== 1)
    throw new UsageError(
      `${file}: allow lists of version ${JSON.stringify(document['version'])} are not understood; this tool reads version 1`,
    );
  const hosts: WantedHost[] = [];
  const answers: Answer[] = [];
  array(document['hosts'], `${file}: hosts`).forEach((row, index) => {
    const at = `${file}: hosts[${String(index)}]`;
    if (!isObject(row)) throw new UsageError(`${at} is not an object`);
    const purpose = PURPOSES.find((name) => name === row['purpose']);
    if (purpose === undefined)
      throw new UsageError(
        `${at}.purpose is not one of ${PURPOSES.join(', ')} (a list for a proxy is made anew with --proxy)`,
      );
    const fqdn = parseFqdn(text(row['fqdn'], `${at}.fqdn`));
    const ports = array(row['ports'], `${at}.ports`).map((port) => parsePort(String(port)));
    hosts.push({ fqdn, ports, purpose, required: row['required'] === true });
    array(row['addresses'], `${at}.addresses`).forEach((entry, i) => {
      const place = `${at}.addresses[${String(i)}]`;
      if (!isObject(entry)) throw new UsageError(`${place} is not an object`);
      const ttl = entry['ttl'];
      if (ttl !== null && !(typeof ttl === 'number' && Number.isInteger(ttl) && ttl >= 0 && ttl <= 2_147_483_647))
        throw new UsageError(`${place}.ttl is neither null nor a number of seconds`);
      answers.push({
        fqdn,
        address: formatPrefix(parsePrefix(text(entry['cidr'], `${place}.cidr`))),
        ttl,
        source: text(entry['source'], `${place}.source`),
        firstSeen: timeOf(entry['firstSeen'], `${place}.firstSeen`),
        lastSeen: timeOf(entry['lastSeen'], `${place}.lastSeen`),
        proven: entry['proven'] === true,
      });
    });
  });
  const resolvers = array(document['resolvers'] ?? [], `${file}: resolvers`).map((row) =>
    text(row, `${file}: resolvers`),
  );
  return { hosts, answers, resolvers };
}

function fromText(content: string, file: string, now: string): ParsedList {
  const byName = new Map<string, { ports: Set<number> }>();
  const answers: Answer[] = [];
  content.split(/\r?\n/).forEach((raw, index) => {
    const words = raw
      .replace(/#.*/, '')
      .trim()
      .split(/[\s,]+/)
      .filter(Boolean);
    const first = words[0];
    if (first === undefined) return;
    const at = `${file}:${String(index + 1)}`;
    try {
      if (isIP(first.replace(/\/.*/, '')) !== 0)
        throw new UsageError('an address needs the name that it belongs to in front of it');
      const colon = first.lastIndexOf(':');
      const fqdn = parseFqdn(colon === -1 ? first : first.slice(0, colon));
      const port = colon === -1 ? 443 : parsePort(first.slice(colon + 1));
      const host = byName.get(fqdn) ?? { ports: new Set<number>() };
      host.ports.add(port);
      byName.set(fqdn, host);
      for (const word of words.slice(1))
        answers.push({
          fqdn,
          address: formatPrefix(parsePrefix(word)),
          ttl: null,
          source: `file ${file}`,
          firstSeen: now,
          lastSeen: now,
          proven: false,
        });
    } catch (error) {
      throw new UsageError(`${at}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  const hosts = [...byName].map(([fqdn, host]): WantedHost => ({
    fqdn,
    ports: [...host.ports].sort((a, b) => a - b),
    purpose: 'link',
    required: true,
  }));
  return { hosts, answers, resolvers: [] };
}

/** `file` is for messages only. `now`: ISO 8601 UTC, for entries without a time of their own. Throws UsageError. */
export function parseListFile(content: string, file: string, now: string): ParsedList {
  if (content.length > MAX_BYTES) throw new UsageError(`${file} is larger than ${String(MAX_BYTES / 1024 / 1024)} MiB`);
  let parsed: ParsedList;
  if (/^\s*\{/.test(content)) {
    let document: unknown;
    try {
      document = JSON.parse(content);
    } catch {
      throw new UsageError(`${file}: is not valid JSON`);
    }
    parsed = fromJson(document, file);
  } else parsed = fromText(content, file, now);
  if (parsed.hosts.length === 0) throw new UsageError(`${file} names no host`);
  if (parsed.hosts.length > MAX_HOSTS) throw new UsageError(`${file} names more than ${String(MAX_HOSTS)} hosts`);
  return parsed;
}
