/** Strict redaction: names and addresses of the place, found by following the report's own data. */
import type { Observation } from '../../model/observation.js';
import type { Report } from '../../model/report.js';
import { formatAddress, mappedAddress, parseAddress } from '../../addresses/address.js';
import { belonging, fitted, replaceAddresses } from './addresses.js';
import { foreignNames, isMaker } from './foreign-names.js';
import { isOrdinary } from './ordinary.js';
import { isKeyedStandIn, type Pseudonyms } from './pseudonyms.js';
import { type Replacer, mask } from './secret-values.js';
import { escapeRegExp } from './spellings.js';

/** Names that tell nothing about the place. */
const PUBLIC_NAME =
  /^(?:localhost|example|(?:.+\.)?(?:netdata\.(?:cloud|io|rocks)|localhost|github\.com|githubusercontent\.com|letsencrypt\.org|example\.(?:com|net|org)|w3\.org|squid-cache\.org|host-\d+\.example|user-\d+))$/i;
const isPublicName = (name: string): boolean => PUBLIC_NAME.test(name) || isMaker(name);
/** Suffixes that only exist inside (RFC 6762, RFC 8375 and habit). */
const INTERNAL_SUFFIX = 'local|lan|corp|internal|intra|intranet|home|localdomain|private|home\\.arpa';
/** Accounts every system has. */
const SYSTEM_USER = /^(?:user-\d+|root|netdata|nobody|daemon|systemd-.*|www-data|administrator|system)$/i;
/** Resolvers everybody knows. */
const KNOWN_RESOLVERS = new Set(['8.8.8.8', '8.8.4.4', '1.1.1.1', '1.0.0.1', '9.9.9.9', '149.112.112.112']);

function isSystemUser(name: string): boolean {
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
      return [...o.hostsOverrides.map((entry) => entry.name), ...(o.search?.domains ?? [])];
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
    ...foreignNames(report),
  ];
  const clean = names.map((name) => name.toLowerCase().replace(/^\*\./, '').replace(/\.$/, ''));
  return [...new Set(clean)].filter(
    (name) => name.length > 1 && parseAddress(name) === null && /^[a-z0-9_.-]+$/.test(name) && !isPublicName(name),
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
  // A wildcard's name is a name, too.
  const pattern = new RegExp(`(?<![\\w-]|(?<!\\*)\\.)(?:${alternatives.join('|')})(?![\\w-]|\\.\\w)`, 'gi');
  return (text, fit, removed) =>
    text.replace(pattern, (found) => {
      if (isPublicName(found)) return found;
      removed('host name');
      return fitted(names.host(found), found, fit);
    });
}

/** Addresses that are the cloud's own, or known to everybody: they stay, or the report would say nothing. */
function keptAddresses(report: Report): ReadonlySet<string> {
  const kept = new Set(KNOWN_RESOLVERS);
  const keep = (address: string): void => {
    const parsed = parseAddress(address);
    if (parsed !== null && belonging(parsed) === 'public') kept.add(formatAddress(parsed.family, parsed.value));
  };
  for (const entry of report.addresses)
    if (entry.class === 'known' || entry.class === 'new_proven') keep(entry.address);
  for (const o of report.observations) {
    if (o.role.kind === 'control' && o.role.control === 'known_address' && o.address !== null) keep(o.address);
    if (o.operation === 'resolve' && PUBLIC_NAME.test(o.hostname)) for (const entry of o.addresses) keep(entry.address);
    if (o.operation === 'dns_query' && PUBLIC_NAME.test(o.name)) for (const address of o.addresses) keep(address);
  }
  return kept;
}

export function addressReplacer(report: Report, names: Pseudonyms): Replacer {
  const kept = keptAddresses(report);
  // Reserved addresses of a report that was never redacted are real, some networks use them inside.
  const again = report.redaction.mode === 'strict';
  return (text, fit, removed) =>
    replaceAddresses(
      text,
      (_found, address) => {
        const whose = belonging(address);
        const mapped = mappedAddress(address);
        const { family, value } = mapped ?? address;
        const key = formatAddress(family, value);
        if (whose === 'nobody' || kept.has(key) || (again && isKeyedStandIn(family, value))) return null;
        removed(`${whose} address`);
        const standIn = names.address(key, family);
        return mapped === null ? standIn : `::ffff:${standIn}`;
      },
      fit,
    );
}

/** Names of a reverse look-up spell an address back to front (RFC 3596). */
const REVERSE_6 = /(?:[0-9a-f]\.){32}(?=ip6\.arpa)/gi;
const HARDWARE = /(?<![\w:-])[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}(?![\w:-])/gi;
/** Who is written to; where is for the host names. */
const MAIL = /(?<![\w.+-])[\w.+-]{1,64}(?=@[\w-]+\.[\w.-]*\w)/g;

/** What else tells who and where: people behind addresses to write to, hardware addresses. */
export const traceReplacer: Replacer = (text, fit, removed) => {
  const hide =
    (kind: string) =>
    (found: string): string => {
      removed(kind);
      return mask(kind, fit ? found.length : null);
    };
  return text
    .replace(REVERSE_6, (found) => `${hide('private address')(found.slice(0, -1))}.`)
    .replace(HARDWARE, hide('hardware address'))
    .replace(MAIL, hide('user name'));
};

/** Accounts that the report names by itself: who ran it, whose Agent it is, whose packets a rule means. */
function usersOf(report: Report): readonly string[] {
  const owners = report.observations.flatMap((o) =>
    o.operation === 'read_local_firewall' ? o.rules.flatMap(({ owner }) => (owner === null ? [] : namesIn(owner))) : [],
  );
  const asked = report.options['asUser'];
  const all = [report.environment.user, report.agent.process?.user ?? null, typeof asked === 'string' ? asked : null];
  const names = [...all, ...owners].filter((name): name is string => name !== null && name.length >= 2);
  return [...new Set(names)].filter((name) => !isSystemUser(name) && !/^\d+$/.test(name));
}

/** Accounts in what a rule says of the sender (`not uid jane`, `gid {jane, 100-200}`); numbers and cgroups are none. */
function namesIn(owner: string): readonly string[] {
  const [, who = 'uid', list = ''] = /^(?:not )?(?:(uid|gid|cgroup)(?: |$))?(.*)$/s.exec(owner) ?? [];
  if (who === 'cgroup' || list.includes('"')) return [];
  return list.split(/[{},\s]+/).filter((name) => name !== '' && !/^@|^\d+(?:-\d+)?$/.test(name));
}

/** Accounts named in the report that are persons, in any case. */
export function userReplacer(report: Report, names: Pseudonyms): Replacer {
  const users = usersOf(report);
  if (users.length === 0) return (text) => text;
  // An account called "agent": where it stands alone, or a sentence would lose a word.
  const ways = users.map((name) => (isOrdinary(name) ? `(?<=^)${escapeRegExp(name)}(?=$)` : escapeRegExp(name)));
  const pattern = new RegExp(`(?<![\\w-])(?:${ways.join('|')})(?![\\w-])`, 'gi');
  const spelled = new Map(users.toReversed().map((name) => [name.toLowerCase(), name]));
  return (text, fit, removed) =>
    text.replace(pattern, (found) => {
      removed('user name');
      return fitted(names.user(spelled.get(found.toLowerCase()) ?? found), found, fit);
    });
}
