/** Skips rules of long chains that a packet cannot match, without a look at their steps. */
import type { Packet } from './flow.js';
import type { Chain } from './ruleset.js';
import type { Num, Span } from './spans.js';

/** What a rule asks of a packet first; null = anything. A packet outside surely does not match it. */
export interface Only {
  readonly source: Span | null;
  readonly destination: Span | null;
  readonly destinationPort: Span | null;
}

type Key = keyof Only;
const KEYS: readonly Key[] = ['destination', 'source', 'destinationPort'];

/** Shorter chains are not worth it. */
const LONG = 32;

interface Column {
  readonly key: Key;
  /** First and last of each rule's span; IPv6 addresses are not kept. */
  readonly lows: Float64Array;
  readonly highs: Float64Array;
}

const indexes = new WeakMap<Chain, readonly Column[]>();

function columnsOf(chain: Chain): readonly Column[] {
  const known = indexes.get(chain);
  if (known !== undefined) return known;
  const columns = KEYS.map((key): Column => {
    const lows = new Float64Array(chain.rules.length).fill(Number.NEGATIVE_INFINITY);
    const highs = new Float64Array(chain.rules.length).fill(Number.POSITIVE_INFINITY);
    chain.rules.forEach(({ only }, at) => {
      const span = only?.[key] ?? null;
      if (span === null || typeof span.lo === 'bigint' || typeof span.hi === 'bigint') return;
      lows[at] = span.lo;
      highs[at] = span.hi;
    });
    return { key, lows, highs };
  }).filter(({ lows }) => lows.some((low) => low !== Number.NEGATIVE_INFINITY));
  indexes.set(chain, columns);
  return columns;
}

/** Places of the rules that the packet may match, in their order; null = all of them. */
export function candidatesIn(chain: Chain, packet: Packet): readonly number[] | null {
  if (chain.rules.length < LONG) return null;
  let found: number[] | null = null;
  for (const { key, lows, highs } of columnsOf(chain)) {
    const own = packet[key];
    if (own === null || !isNumber(own.lo) || !isNumber(own.hi)) continue;
    const { lo, hi } = { lo: own.lo, hi: own.hi };
    if (found !== null) {
      found = found.filter((at) => (lows[at] ?? lo) <= hi && (highs[at] ?? hi) >= lo);
      continue;
    }
    found = [];
    for (let at = 0; at < lows.length; at += 1)
      if ((lows[at] as number) <= hi && (highs[at] as number) >= lo) found.push(at);
  }
  return found;
}

const isNumber = (value: Num): value is number => typeof value === 'number';
