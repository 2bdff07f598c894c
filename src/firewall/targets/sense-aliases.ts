/** What pfSense and OPNsense share: host and port aliases, one pair per list of ports. */
import { formatShort, isSingleHost } from '../cidr.js';
import type { CheckedAllowList, RuleOptions } from '../target.js';
import { destinationGroups, refuseOneFamily } from './destinations.js';
import type { Facts } from './reader.js';

/** Letters, digits and `_` are all that the name of an alias may hold, 31 of them. */
export const ALIAS = 'nd_allow(?:_[a-z0-9_]{1,16})?';

export interface AliasPair {
  readonly hosts: string;
  readonly ports: string;
  /** Names and addresses. */
  readonly members: readonly string[];
  readonly numbers: readonly number[];
  /** A prefix among the members: such an alias is of type network. */
  readonly networks: boolean;
}

export function aliasPairs(target: string, list: CheckedAllowList, options: RuleOptions): readonly AliasPair[] {
  const groups = destinationGroups(target, list, options);
  refuseOneFamily(target, groups, options);
  return groups.map((group) => {
    const name = `nd_allow${group.suffix === '' ? '' : `_${group.suffix.replaceAll('-', '_')}`}`;
    return {
      hosts: name,
      ports: `${name}_ports`,
      members: group.destinations.map(({ fqdn, prefix }) => fqdn ?? formatShort(prefix)),
      numbers: group.ports,
      networks: group.destinations.some(({ prefix }) => prefix !== null && !isSingleHost(prefix)),
    };
  });
}

/** Member of a host alias, for the reader. */
export function takeMember(facts: Facts, alias: string, member: string): void {
  const own = `${alias} ${member}`;
  facts.member(alias, own);
  facts.define('member', own);
  if (/^[\d.]+(?:\/\d+)?$/.test(member) || member.includes(':')) facts.prefix(own, member);
  else facts.host(own, member);
}
