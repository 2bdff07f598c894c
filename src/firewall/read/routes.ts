/** What the routing table says of a flow (ip-route(8)): how it leaves, or which entry stops it. */
import type { LocalFirewallRule } from '../../model/observation.js';
import type { Flow, Route } from './flow.js';
import { addressOf, point, spanOf, within } from './spans.js';

/** blackhole fails the call (EINVAL); the other two answer like a router (EACCES, EHOSTUNREACH). */
const KINDS: Readonly<Record<string, LocalFirewallRule['action']>> = {
  blackhole: 'drop',
  prohibit: 'reject',
  unreachable: 'reject',
};

/** An entry that stops flows by itself. */
export interface DeadRoute {
  readonly where: string;
  readonly text: string;
  readonly action: LocalFirewallRule['action'];
  readonly flows: readonly Flow[];
}

/** `text` is what `ip route show table all` prints. Entries for everything (`default`) bite only where a rule leads. */
export function routesThatStop(text: string, flows: readonly Flow[]): readonly DeadRoute[] {
  const found = new Map<string, DeadRoute>();
  for (const line of text.split('\n')) {
    const [kind = '', prefix = '', ...rest] = line.trim().split(/\s+/);
    const action = KINDS[kind];
    const span = action === undefined || prefix === 'default' ? null : spanOf(prefix);
    if (action === undefined || span === null) continue;
    const table = rest[rest.indexOf('table') + 1];
    const where = `routing table ${rest.includes('table') && table !== undefined ? table : 'main'}, ${kind} ${prefix}`;
    // A more special entry of another kind would win; what failed at these addresses says that none does.
    const hit = flows.filter(({ address }) => {
      const value = addressOf(address);
      return value !== null && typeof value === typeof span.lo && within(point(value), span) === true;
    });
    if (hit.length > 0) found.set(where, { where, text: line.trim().slice(0, 200), action, flows: hit });
  }
  return [...found.values()];
}

/** Lines of `ip route get`, by the destination asked for. */
export function routesFrom(text: string): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>();
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    const type = KINDS_OF_ROUTE.has(words[0] ?? '') ? (words.shift() ?? '') : 'unicast';
    const [address = ''] = words;
    const after = (word: string): string | undefined =>
      words.includes(word) ? words[words.indexOf(word) + 1] : undefined;
    const device = after('dev');
    if (addressOf(address) === null || device === undefined) continue;
    routes.set(address, { device, source: after('src') ?? null, type });
  }
  return routes;
}

const KINDS_OF_ROUTE = new Set(['local', 'unicast', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable', 'prohibit']); // prettier-ignore

/** The marks that policy rules look at (`ip rule show`); at most a few count. */
export function marksIn(text: string): readonly { readonly value: number; readonly mask: number }[] {
  const marks = new Map<string, { value: number; mask: number }>();
  for (const [, not, value = '', mask = '0xffffffff'] of text.matchAll(
    /^\d+:\s+(not )?.*\bfwmark (0x[\da-f]+|\d+)(?:\/(0x[\da-f]+|\d+))?/gm,
  )) {
    // Of a `not` rule, what has no mark goes by it already: the look-up without a mark told.
    if (not !== undefined || marks.size >= MAX_MARKS) continue;
    marks.set(`${value}/${mask}`, { value: Number(value), mask: Number(mask) });
  }
  return [...marks.values()].filter(({ value }) => value !== 0);
}

const MAX_MARKS = 4;
