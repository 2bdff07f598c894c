/** Strict redaction: names and addresses of the place, found by following the report's own data. */
import type { Observation } from '../../model/observation.js';
import type { Report } from '../../model/report.js';
import { addressKey, addressKind, parseAddress, replaceAddresses } from './addresses.js';
import { isOrdinary } from './ordinary.js';
import type { Pseudonyms } from './pseudonyms.js';
import { type Replacer, escapeRegExp } from './secret-values.js';

/** Names that tell nothing about the place. */
const PUBLIC_NAME =
  /^(?:localhost|example|(?:.+\.)?(?:netdata\.(?:cloud|io|rocks)|localhost|github\.com|githubusercontent\.com|letsencrypt\.org|host-\d+\.example|user-\d+))$/i;
/** Suffixes that only exist inside (RFC 6762, RFC 8375 and habit). */
const INTERNAL_SUFFIX = 'local|lan|corp|internal|intra|intranet|home|localdomain|private|home\\.arpa';
/** Accounts every system has. */
const SYSTEM_USER = /^(?:user-\d+|root|netdata|nobody|daemon|systemd-.*|www-data|administrator|system)$/i;
/** Resolvers everybody knows. */
const KNOWN_RESOLVERS = new Set(['8.8.8.8', '8.8.4.4', '1.1.1.1', '1.0.0.1', '9.9.9.9', '149.112.112.112']);

export function isSystemUser(name: string): boolean {
  return SYSTEM_USER.test(name);
}

function observationNames(o: Observation): string[] {
  switch (o.operation) {
    case 'resolve':
      return [o.hostname];
    case 'dns_query':
      return [o.name, ...o.cnames, ...o.answers.map((record) => record.name)];
    case 'connect':
    case 'http_round_trip':
    case 'websocket_upgrade':
    case 'full_size_write':
    case 'hold':
      return [o.host];
    case 'proxy_connect':
      return [o.proxyHost, o.requestedHost];
    case 'tls_handshake':
      return [
        o.sni ?? '',
        o.expectedName,
        ...o.chain.flatMap((c) =>
          Array.from(`${c.subjectAltName},${c.subject}`.matchAll(/(?:DNS:|CN ?= ?)([\w*.-]+)/g), (m) => m[1] ?? ''),
        ),
      ];
    case 'read_host_network':
      return o.hostsOverrides.map((entry) => entry.name);
    default:
      return [];
  }
}

function settingNames(value: string): string[] {
  return Array.from(value.matchAll(/(?:^|\/\/|@)([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)(?=[:/]|$)/g), (m) => m[1] ?? '');
}

/** In the order of importance, because stand-ins are given in this order. */
function hostNames(report: Report): string[] {
  const names = [
    report.environment.hostname,
    ...report.routes.flatMap((entry) => (entry.route.kind === 'direct' ? [] : [entry.route.proxy.host])),
    ...report.targets.map((target) => target.host),
    ...Object.values(report.agent.legs).map((leg) => leg.host),
    ...report.agent.settings.flatMap((setting) => settingNames(setting.value ?? '')),
    ...report.observations.flatMap(observationNames),
    ...report.addresses.map((entry) => entry.host),
  ];
  const clean = names.map((name) => name.toLowerCase().replace(/^\*\./, '').replace(/\.$/, ''));
  return [...new Set(clean)].filter(
    (name) => name.length > 1 && parseAddress(name) === null && /^[a-z0-9_.-]+$/.test(name) && !PUBLIC_NAME.test(name),
  );
}

/** What all names of the same owner end in: the last two labels, three below `co.uk` and its kind. */
function ownerDomain(name: string): string | null {
  const labels = name.split('.');
  if (labels.length < 2) return null;
  const second = labels.at(-2) ?? '';
  const depth = labels.length > 2 && second.length <= 3 && (labels.at(-1) ?? '').length === 2 ? 3 : 2;
  return labels.slice(-depth).join('.');
}

/** A host called "proxy" is hidden where a host can stand, or "the proxy refuses" would say something else. */
function singleLabel(name: string): string {
  const text = escapeRegExp(name);
  return isOrdinary(name) ? `(?:(?<=^|//|@)${text}(?=$|[:/])|${text}(?=:\\d))` : text;
}

/** Replaces names of the place, and everything below their domains, by `host-N.example`. */
export function hostReplacer(report: Report, names: Pseudonyms): Replacer {
  const hosts = hostNames(report);
  for (const host of hosts) names.host(host);
  const single = hosts.filter((host) => !host.includes('.'));
  const domains = [...new Set(hosts.map(ownerDomain).filter((domain) => domain !== null))];
  const alternatives = [
    ...domains.toSorted((a, b) => b.length - a.length).map((domain) => `(?:[\\w-]+\\.)*${escapeRegExp(domain)}`),
    `(?:[\\w-]+\\.)+(?:${INTERNAL_SUFFIX})`,
    ...single.toSorted((a, b) => b.length - a.length).map(singleLabel),
  ];
  const pattern = new RegExp(`(?<![\\w.-])(?:${alternatives.join('|')})(?![\\w-]|\\.\\w)`, 'gi');
  return (text, fit, removed) =>
    text.replace(pattern, (found) => {
      if (PUBLIC_NAME.test(found)) return found;
      removed('host name');
      return fitted(names.host(found), found, fit);
    });
}

/** A stand-in cut short would be another name or address: stars then. */
export function fitted(standIn: string, original: string, fit: boolean): string {
  if (!fit) return standIn;
  return standIn.length <= original.length ? standIn.padEnd(original.length, '*') : '*'.repeat(original.length);
}

/** Addresses that are the cloud's own, or known to everybody: they stay, or the report would say nothing. */
function keptAddresses(report: Report): ReadonlySet<string> {
  const kept = new Set(KNOWN_RESOLVERS);
  const keep = (address: string): void => {
    const bytes = parseAddress(address);
    if (bytes !== null && addressKind(bytes) === 'public') kept.add(addressKey(bytes));
  };
  for (const entry of report.addresses)
    if (entry.class === 'known' || entry.class === 'new_proven') keep(entry.address);
  for (const o of report.observations) {
    if (o.operation === 'resolve' && PUBLIC_NAME.test(o.hostname)) for (const entry of o.addresses) keep(entry.address);
    if (o.operation === 'dns_query' && PUBLIC_NAME.test(o.name)) for (const address of o.addresses) keep(address);
  }
  return kept;
}

export function addressReplacer(report: Report, names: Pseudonyms): Replacer {
  const kept = keptAddresses(report);
  return (text, fit, removed) =>
    replaceAddresses(text, (found, bytes) => {
      const kind = addressKind(bytes);
      if (kind === 'loopback' || kind === 'documentation' || kept.has(addressKey(bytes))) return null;
      removed(kind === 'private' ? 'private address' : 'public address');
      return fitted(names.address(addressKey(bytes), bytes.length === 4 ? 4 : 6), found, fit);
    });
}

/** Accounts named in the report that are persons, and any further ones handed in. */
export function userReplacer(report: Report, names: Pseudonyms): Replacer {
  const users = [report.environment.user, report.agent.process?.user ?? null].filter(
    (name): name is string => name !== null && name.length >= 2 && !isSystemUser(name),
  );
  if (users.length === 0) return (text) => text;
  // An account called "agent": where it stands alone, or a sentence would lose a word.
  const ways = [...new Set(users)].map((name) =>
    isOrdinary(name) ? `(?<=^)${escapeRegExp(name)}(?=$)` : escapeRegExp(name),
  );
  const pattern = new RegExp(`(?<![\\w-])(?:${ways.join('|')})(?![\\w-])`, 'g');
  return (text, fit, removed) =>
    text.replace(pattern, (found) => {
      removed('user name');
      return fitted(names.user(found), found, fit);
    });
}
