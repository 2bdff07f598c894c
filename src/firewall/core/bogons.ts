/** Which addresses must not get into a rule, because no answer for a public service may have them. */
import { SPECIAL_RANGES, type SpecialRange } from '../../addresses/special.js';
import { covers, type Prefix } from './cidr.js';

/** What such an answer tells about the resolver; null where the name of the range says it all. */
function meaning({ kind }: SpecialRange): 'private' | 'sinkhole' | 'translated' | null {
  if (kind === 'private' || kind === 'shared') return 'private';
  if (kind === 'unspecified' || kind === 'loopback' || kind === 'discard') return 'sinkhole';
  return kind === 'translated' ? 'translated' : null;
}

/**
 * Why this prefix must not enter a rule, or null. A wide prefix that merely contains a special range counts, too.
 * `accepted`: ranges the operator named as genuine (on-prem, split DNS).
 */
export function rejectReason(prefix: Prefix, accepted: readonly Prefix[]): string | null {
  const excepted = accepted.some((range) => covers(range, prefix));
  const hit = SPECIAL_RANGES.find(
    (range) => (range.never || !excepted) && (covers(range.prefix, prefix) || covers(prefix, range.prefix)),
  );
  if (hit === undefined) return null;
  const word = meaning(hit);
  return word === null || hit.name.startsWith(word) ? hit.name : `${word}: ${hit.name}`;
}
