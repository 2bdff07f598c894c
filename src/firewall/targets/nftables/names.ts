/** How our objects in nftables are called, and in which tables they are. */
import { NFT_TABLE } from '../../core/names.js';
import type { RuleOptions } from '../../core/target.js';
import type { PortGroup } from '../../core/views.js';

export interface NftNames {
  /** Chain that holds the accepts. */
  readonly chain: string;
  /** Chain that holds the accepts for replies (allow mode only). */
  readonly chainIn: string;
  readonly set: (this: void, family: 4 | 6, group: PortGroup) => string;
}

/** Tables that hold our part: our own in enforce mode, those of the setting in allow mode; live/ looks there. */
export function nftTables(options: Pick<RuleOptions, 'mode' | 'settings'>): readonly string[] {
  if (options.mode === 'enforce') return [`inet ${NFT_TABLE}`];
  return (options.settings['table'] ?? 'inet filter').split('+');
}

export function nftNames(options: Pick<RuleOptions, 'mode'>): NftNames {
  const own = options.mode === 'enforce';
  return {
    chain: own ? 'allow' : NFT_TABLE,
    chainIn: `${NFT_TABLE}_in`,
    set: (family, group) =>
      `${own ? 'd' : `${NFT_TABLE}_d`}${String(family)}${group.suffix === '' ? '' : `_${group.suffix.replaceAll('-', '_')}`}`,
  };
}

/** Families that a table of this family can hold rules for. */
export function tableFamilies(table: string): readonly (4 | 6)[] {
  if (table.startsWith('ip6 ')) return [6];
  return table.startsWith('ip ') ? [4] : [4, 6];
}
