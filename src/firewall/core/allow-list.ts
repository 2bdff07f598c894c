/**
 * Builds the allow list, pure: wanted hosts and answers in, checked and explained list out. Bogons, sinkholes
 * and private answers never enter; what was left out is listed with its reason.
 */
import { CATALOG_HOSTS, optionalHosts } from '../../catalog/hosts.js';
import type { AllowList, AllowListAddress, AllowListHost } from '../../model/allow-list.js';
import type { Purpose } from '../../model/target.js';
import { rejectReason } from './bogons.js';
import { comparePrefixes, formatPrefix, parsePrefix, tryParsePrefix } from './cidr.js';
import { holdSeconds } from './views.js';

export interface WantedHost {
  readonly fqdn: string;
  readonly ports: readonly number[];
  readonly purpose: AllowListHost['purpose'];
  readonly required: boolean;
}

/** A proxy or a Parent is the operator's: any address, private or written as one, and no public certificate. */
export function isOwn({ purpose }: Pick<AllowListHost, 'purpose'>): boolean {
  return purpose === 'proxy' || purpose === 'parent';
}

/** One address that somebody gave for a name. */
export interface Answer {
  readonly fqdn: string;
  /** Address or, from the user only, a prefix. */
  readonly address: string;
  /** Seconds; null = not from DNS: does not expire. */
  readonly ttl: number | null;
  /** Resolver, `known list`, `file X`, … */
  readonly source: string;
  /** ISO 8601 UTC. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** A certificate valid for the name was seen at this address. */
  readonly proven: boolean;
}

export interface BuildInput {
  /** ISO 8601 UTC. */
  readonly now: string;
  readonly hosts: readonly WantedHost[];
  readonly answers: readonly Answer[];
  readonly resolvers: readonly string[];
  /** Ranges that are genuine although not public (on-prem cloud, split DNS, a lab). */
  readonly accepted: readonly string[];
  /** Only addresses with a proven certificate. */
  readonly provenOnly: boolean;
}

/** Hosts of the catalogue: the three of claim and link always, others by purpose. */
export function wantedHosts(purposes: readonly Purpose[]): WantedHost[] {
  return [...CATALOG_HOSTS.filter((entry) => entry.required), ...optionalHosts(purposes)].map((entry) => ({
    fqdn: entry.host,
    ports: [entry.port],
    purpose: entry.purpose,
    required: entry.required,
  }));
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}

function expiryOf(lastSeen: string, ttl: number | null): string | null {
  if (ttl === null) return null;
  return new Date(Date.parse(lastSeen) + holdSeconds(ttl) * 1000).toISOString();
}

function join(answers: readonly Answer[], cidr: string, family: 4 | 6): AllowListAddress {
  const ttls = answers.flatMap((answer) => (answer.ttl === null ? [] : [answer.ttl]));
  const permanent = ttls.length < answers.length;
  const lastSeen = answers.map((answer) => answer.lastSeen).reduce(later);
  const ttl = permanent ? null : Math.max(...ttls);
  return {
    cidr,
    family,
    source: [...new Set(answers.map((answer) => answer.source))].sort().join(', '),
    ttl,
    firstSeen: answers.map((answer) => answer.firstSeen).reduce((a, b) => (a < b ? a : b)),
    lastSeen,
    expires: expiryOf(lastSeen, ttl),
    proven: answers.some((answer) => answer.proven),
  };
}

/** Throws UsageError only for unusable `accepted` ranges; bad answers are data and end in `rejected`. */
export function buildAllowList(input: BuildInput): AllowList {
  const accepted = input.accepted.map((text) => parsePrefix(text));
  const rejected: { fqdn: string; address: string; reason: string }[] = [];
  const hosts = input.hosts.map((host): AllowListHost => {
    const good = new Map<string, { family: 4 | 6; answers: Answer[] }>();
    for (const answer of input.answers.filter((row) => row.fqdn === host.fqdn)) {
      const prefix = tryParsePrefix(answer.address);
      const reason =
        'problem' in prefix
          ? prefix.problem
          : (rejectReason(prefix, isOwn(host) ? [...accepted, prefix] : accepted) ??
            (input.provenOnly && !isOwn(host) && !answer.proven
              ? 'no valid certificate for the name was seen there'
              : null));
      if (reason !== null || 'problem' in prefix) {
        rejected.push({ fqdn: host.fqdn, address: answer.address.slice(0, 80), reason: reason ?? 'unusable' });
        continue;
      }
      const cidr = formatPrefix(prefix);
      const row = good.get(cidr) ?? { family: prefix.family, answers: [] };
      row.answers.push(answer);
      good.set(cidr, row);
    }
    const addresses = [...good].map(([cidr, row]) => join(row.answers, cidr, row.family));
    addresses.sort((a, b) => comparePrefixes(parsePrefix(a.cidr), parsePrefix(b.cidr)));
    return { ...host, protocol: 'tcp', addresses };
  });
  const seen = new Set<string>();
  return {
    schema: 'netdata-egress/allow-list',
    version: 1,
    createdAt: input.now,
    hosts,
    resolvers: [...new Set(input.resolvers)].sort(),
    rejected: rejected.filter((row) => {
      const key = `${row.fqdn} ${row.address} ${row.reason}`;
      return seen.has(key) ? false : seen.add(key);
    }),
  };
}
