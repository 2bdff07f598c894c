/**
 * Destinations as network devices know them: named objects, collected in one group per list of ports. By names,
 * the device resolves them; an address literal (a proxy may be one) stays an address. Names of objects are made of
 * letters, digits, `-` and `_` alone, which every vendor takes, and are the same at every rendering.
 */
import { createHash } from 'node:crypto';
import { formatAddress, formatShort, parsePrefix, type Prefix } from '../../core/cidr.js';
import { MARKER } from '../../core/names.js';
import { safeComment } from '../../core/sanitise.js';
import { RefusalError, type CheckedAllowList, type RuleOptions, type RuleSetting } from '../../core/target.js';
import { assertAtMost, isLiteral, portGroups, remoteResolvers } from '../../core/views.js';
import { refuseBare } from './match-setting.js';

/** One object: a name that the device resolves, or a prefix. */
export type Destination = {
  /** Tail of the object's name. */
  readonly key: string;
  /** Free text for its description: marker and names. */
  readonly note: string;
} & ({ readonly fqdn: string; readonly prefix: null } | { readonly fqdn: null; readonly prefix: Prefix });

export interface DestinationGroup {
  /** Empty for 443 alone. */
  readonly suffix: string;
  readonly ports: readonly number[];
  readonly destinations: readonly Destination[];
}

export interface NameGroup extends DestinationGroup {
  readonly destinations: readonly Extract<Destination, { readonly fqdn: string }>[];
}

export const MATCH_NAMES: RuleSetting = {
  name: 'match',
  title: 'names (the device resolves them) or addresses',
  default: 'names',
  pattern: /^(?:addresses|names)$/,
};

function word(max: number): string {
  return `(?!${MARKER})[A-Za-z0-9][A-Za-z0-9_.-]{0,${String(max - 1)}}`;
}

/** A name of something that exists on the device already, so not one of ours. */
export function existing(name: string, title: string, fallback: string, max = 31): RuleSetting {
  return { name, title, default: fallback, pattern: new RegExp(`^${word(max)}$`), guessed: true };
}

/** Like `existing`, but it may be left empty. */
export function existingOrNone(name: string, title: string, max = 31): RuleSetting {
  return { name, title, default: '', pattern: new RegExp(`^(?:${word(max)})?$`) };
}

/** No device list of ours is meant to be longer; most have a limit of their own not far above. */
const MAX_DESTINATIONS = 500;

function keyOf(text: string): string {
  return text.replace(/[.:]/g, '_').replace('/', '-');
}

/** `nd-allow-KEY`, cut with a hash of the whole where the platform's limit asks for it. */
export function objectName(key: string, max: number, stem: string = MARKER): string {
  const name = `${stem}-${key}`;
  if (name.length <= max) return name;
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 8);
  return `${name.slice(0, max - 9)}-${hash}`;
}

/** Name of a group or rule: the marker, and what tells it apart. */
export function groupName(suffix: string, stem: string = MARKER): string {
  return suffix === '' ? stem : `${stem}-${suffix}`;
}

function ofPrefix(prefix: Prefix, names: readonly string[]): Destination {
  const text = formatShort(prefix);
  return { key: keyOf(text), note: safeComment(`${MARKER} ${names.join(' ')}`, 120), fqdn: null, prefix };
}

function byName(target: string, host: string): Destination {
  if (isLiteral(host)) return ofPrefix(parsePrefix(host), [host]);
  if (!host.includes('.'))
    throw new RefusalError(
      target,
      'names_not_supported',
      `${host} has no domain, so the device would look for another host than this one does; use --set match=addresses`,
    );
  return { key: keyOf(host), note: safeComment(`${MARKER} ${host}`, 120), fqdn: host, prefix: null };
}

/** Objects by port list. Refuses what the chosen way of matching cannot say. */
export function destinationGroups(
  target: string,
  list: CheckedAllowList,
  options: RuleOptions,
  byNames: boolean = options.settings[MATCH_NAMES.name] === 'names',
): readonly DestinationGroup[] {
  if (!byNames) refuseBare(target, list, options);
  const groups = portGroups(list, options).map((group) => {
    const destinations = byNames
      ? group.hosts.map((host) => byName(target, host.fqdn))
      : [...group.v4, ...group.v6].map((endpoint) => ofPrefix(endpoint.prefix, endpoint.names));
    // A proxy literal of a family that is left out.
    const kept = destinations.filter(({ prefix }) => prefix === null || options.families.includes(prefix.family));
    if (kept.length < destinations.length)
      throw new RefusalError(target, 'family_not_supported', 'an address is of the family that is left out');
    return { suffix: group.suffix, ports: group.ports, destinations: unique(kept) };
  });
  assertAtMost(
    target,
    groups.reduce((sum, group) => sum + group.destinations.length, 0),
    MAX_DESTINATIONS,
    'destinations',
  );
  const filled = groups.filter((group) => group.destinations.length > 0);
  if (filled.length === 0) throw new RefusalError(target, 'addresses_missing', 'no address is known for any name');
  return filled;
}

function unique<T extends Destination>(destinations: readonly T[]): readonly T[] {
  return [...new Map(destinations.map((destination) => [destination.key, destination])).values()];
}

/** Every object once, although several groups may hold it. */
export function allDestinations<G extends DestinationGroup>(
  groups: readonly G[],
): readonly G['destinations'][number][] {
  return unique(groups.flatMap((group) => group.destinations));
}

/** Their ports, once each, ascending. */
export function allPorts(groups: readonly DestinationGroup[]): readonly number[] {
  return [...new Set(groups.flatMap((group) => group.ports))].sort((a, b) => a - b);
}

/** Groups for devices that take names alone: an address literal is refused. */
export function nameGroups(target: string, list: CheckedAllowList, options: RuleOptions): readonly NameGroup[] {
  return destinationGroups(target, list, options, true).map((group) => ({
    ...group,
    destinations: group.destinations.map((one) => {
      if (one.fqdn !== null) return one;
      throw new RefusalError(target, 'names_not_supported', `is for names; ${one.note} is an address`);
    }),
  }));
}

/** Where a name stands for both families, leaving one out would let more through than was asked for. */
export function refuseOneFamily(target: string, groups: readonly DestinationGroup[], options: RuleOptions): void {
  const named = groups.some((group) => group.destinations.some((destination) => destination.fqdn !== null));
  if (named && options.families.length < 2)
    throw new RefusalError(
      target,
      'family_not_supported',
      'a name stands for both families here; leave --ipv4 and --ipv6 out, or use --set match=addresses',
    );
}

/** Resolvers of the families wanted, as destinations; empty without --dns. */
export function resolverDestinations(list: CheckedAllowList, options: RuleOptions): readonly Destination[] {
  if (!options.dns) return [];
  return options.families.flatMap((family) =>
    remoteResolvers(list, family).map((address) => {
      const prefix = parsePrefix(address);
      return { ...ofPrefix(prefix, ['dns']), key: `dns-${keyOf(formatShort(prefix))}` };
    }),
  );
}

/** Everything a device is to hold: objects, a group per list of ports, services. */
export interface DevicePlan {
  readonly members: readonly Destination[];
  /** The group of the resolvers, suffix `dns`, has an empty list of ports. */
  readonly groups: readonly DestinationGroup[];
  readonly ports: readonly number[];
}

/** `dns`: where the group of the resolvers goes among the others. */
export function devicePlan(
  target: string,
  list: CheckedAllowList,
  options: RuleOptions,
  dns: 'first' | 'last',
): DevicePlan {
  const wanted = destinationGroups(target, list, options);
  const resolvers = resolverDestinations(list, options);
  const own = resolvers.length === 0 ? [] : [{ suffix: 'dns', ports: [], destinations: resolvers }];
  const groups = dns === 'first' ? [...own, ...wanted] : [...wanted, ...own];
  return {
    members: allDestinations(groups),
    groups,
    ports: allPorts(wanted),
  };
}

/** `255.255.255.0` for an IPv4 prefix. */
export function netmask(prefix: Prefix): string {
  return formatAddress(4, BigInt(2 ** 32 - 2 ** (32 - prefix.length)));
}

/** The network address without its length. */
export function network(prefix: Prefix): string {
  return formatAddress(prefix.family, prefix.first);
}
