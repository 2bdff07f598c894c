/** Reads what `targets/shared/sense-aliases.ts` writes, and nothing else. */
import type { Facts } from './reader.js';

/** Letters, digits and `_` are all that the name of an alias may hold, 31 of them. */
export const ALIAS = 'nd_allow(?:_[a-z0-9_]{1,22})?';

/** Member of a host alias, for the reader. */
export function takeMember(facts: Facts, alias: string, member: string): void {
  const own = `${alias} ${member}`;
  facts.member(alias, own);
  facts.define('member', own);
  if (/^[\d.]+(?:\/\d+)?$/.test(member) || member.includes(':')) facts.prefix(own, member);
  else facts.host(own, member);
}
