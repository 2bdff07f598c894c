/** What pfSense and OPNsense share: host and port aliases, one pair per list of ports. */
import { formatShort, isSingleHost } from '../../core/cidr.js';
import type { CheckedAllowList, RuleOptions } from '../../core/target.js';
import { destinationGroups, refuseOneFamily } from './destinations.js';

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
