/** Views over a checked allow list: what address-based targets loop over. */
import { createHash } from 'node:crypto';
import type { AllowListHost } from '../../model/allow-list.js';
import { comparePrefixes, covers, formatPrefix, formatShort, parsePrefix, type Prefix } from './cidr.js';
import { RefusalError, type CheckedAllowList, type RuleOptions } from './target.js';

/** One destination prefix with everything that led to it. */
export interface Endpoint {
  readonly prefix: Prefix;
  /** With length. */
  readonly cidr: string;
  /** Without length for a single host. */
  readonly text: string;
  /** Sorted. */
  readonly names: readonly string[];
  /** Seconds that the address stays valid after it was last seen; null = does not expire. */
  readonly holdSeconds: number | null;
}

/** Destinations that share one list of ports. Most lists have exactly one group: 443. */
export interface PortGroup {
  readonly ports: readonly number[];
  /** Empty for 443 alone, else `8443` or `80-443`, or a hash when long: appended to set and list names. */
  readonly suffix: string;
  readonly hosts: readonly AllowListHost[];
  readonly v4: readonly Endpoint[];
  readonly v6: readonly Endpoint[];
}

const HOUR = 3600;

/** How long an answer is trusted after it was last seen: ten times its TTL, between an hour and a week. */
export function holdSeconds(ttl: number, factor = 10, min = HOUR, max = 168 * HOUR): number {
  return Math.min(max, Math.max(min, Math.round(ttl * factor)));
}

function endpointsOf(hosts: readonly AllowListHost[], family: 4 | 6): Endpoint[] {
  const byCidr = new Map<string, { prefix: Prefix; names: Set<string>; hold: number | null }>();
  for (const host of hosts) {
    for (const address of host.addresses) {
      if (address.family !== family) continue;
      const prefix = parsePrefix(address.cidr);
      const cidr = formatPrefix(prefix);
      const hold = address.ttl === null ? null : holdSeconds(address.ttl);
      const row = byCidr.get(cidr);
      if (row === undefined) byCidr.set(cidr, { prefix, names: new Set([host.fqdn]), hold });
      else {
        row.names.add(host.fqdn);
        row.hold = row.hold === null || hold === null ? null : Math.max(row.hold, hold);
      }
    }
  }
  const rows = [...byCidr.values()].sort((a, b) => comparePrefixes(a.prefix, b.prefix));
  // A prefix inside a permanent one adds nothing, and several firewalls refuse to load the overlap. Sorted, an outer
  // prefix stands in front of everything inside it: the last one kept is the only one that can hold the next.
  const kept: typeof rows = [];
  for (const row of rows) {
    const outer = kept.at(-1);
    if (outer === undefined || !covers(outer.prefix, row.prefix)) {
      kept.push(row);
      continue;
    }
    row.names.forEach((name) => outer.names.add(name));
    // Never shorten what was promised to the inner one.
    if (outer.hold !== null) outer.hold = row.hold === null ? null : Math.max(outer.hold, row.hold);
  }
  return kept.map((row) => ({
    prefix: row.prefix,
    cidr: formatPrefix(row.prefix),
    text: formatShort(row.prefix),
    names: [...row.names].sort(),
    holdSeconds: row.hold,
  }));
}

/** Short enough for the tightest name limit (ipset: 31 with our prefix and the temporary set's tail). */
function suffixOf(ports: readonly number[]): string {
  const text = ports.join('-');
  if (text === '443') return '';
  return text.length <= 14 ? text : `p${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}

/** Destinations by port list, sorted; families that were not asked for are empty. */
export function portGroups(list: CheckedAllowList, options: RuleOptions): readonly PortGroup[] {
  const groups = new Map<string, AllowListHost[]>();
  for (const host of list.hosts) {
    const key = host.ports.join(',');
    groups.set(key, [...(groups.get(key) ?? []), host]);
  }
  return [...groups.values()]
    .map((hosts) => {
      const ports = hosts[0]?.ports ?? [];
      return {
        ports,
        suffix: suffixOf(ports),
        hosts,
        v4: options.families.includes(4) ? endpointsOf(hosts, 4) : [],
        v6: options.families.includes(6) ? endpointsOf(hosts, 6) : [],
      };
    })
    .sort((a, b) => (a.ports[0] ?? 0) - (b.ports[0] ?? 0) || a.suffix.localeCompare(b.suffix, 'en'));
}

/** All destination prefixes of one family, whatever the port; sorted, without overlaps. */
export function allEndpoints(list: CheckedAllowList, options: RuleOptions, family: 4 | 6): readonly Endpoint[] {
  return options.families.includes(family) ? endpointsOf(list.hosts, family) : [];
}

/** Distinct names, sorted, without address literals (a proxy may be one). */
export function hostNames(list: CheckedAllowList): readonly string[] {
  return [...new Set(list.hosts.map((host) => host.fqdn).filter((name) => !isLiteral(name)))].sort();
}

/** True for a proxy written as an address. */
export function isLiteral(name: string): boolean {
  return name.includes(':') || /^[\d.]+$/.test(name);
}

/** Resolvers that packets leave the host for, of one family: a resolver on loopback needs no rule. */
export function remoteResolvers(list: CheckedAllowList, family: 4 | 6): readonly string[] {
  return list.resolvers.filter((address) => !/^127\.|^::1$/.test(address) && address.includes(':') === (family === 6));
}

/** Refuses a list with more entries than the target holds, and says where a long one can go. */
export function assertAtMost(target: string, count: number, max: number, what: string): void {
  if (count > max)
    throw new RefusalError(
      target,
      'too_many_entries',
      `${String(count)} ${what}; it holds at most ${String(max)}. Targets without a limit: edl, a list that devices poll; nftables and ipset on a host`,
    );
}
