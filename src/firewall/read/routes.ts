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

/** Something besides firewall rules that stops flows by itself. */
export interface Stop {
  readonly where: string;
  readonly text: string;
  readonly action: LocalFirewallRule['action'];
  readonly flows: readonly Flow[];
}

/**
 * Entries that stop flows of one family. `text` is what `ip route show table all` prints. Entries for everything (`default`) bite only
 * where a rule leads: they are named for flows that the kernel surely finds no way for (`lost`).
 */
export function routesThatStop(
  text: string,
  flows: readonly Flow[],
  lost: ReadonlySet<Flow> = new Set(),
): readonly Stop[] {
  const found = new Map<string, Stop>();
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const special = (words: readonly string[]): boolean => words[1] !== 'default';
  for (const [kind = '', prefix = '', ...rest] of [...lines.filter(special), ...lines.filter((one) => !special(one))]) {
    const action = KINDS[kind];
    const span = action === undefined || prefix === 'default' ? null : spanOf(prefix);
    if (action === undefined || (span === null && prefix !== 'default')) continue;
    const table = rest[rest.indexOf('table') + 1];
    const where = `routing table ${rest.includes('table') && table !== undefined ? table : 'main'}, ${kind} ${prefix}`;
    const told = new Set([...found.values()].flatMap((stop) => stop.flows));
    // A more special entry of another kind would win; what failed at these addresses says that none does.
    const hit = flows.filter((flow) => {
      if (span === null) return lost.has(flow) && !told.has(flow);
      const value = addressOf(flow.address);
      return value !== null && typeof value === typeof span.lo && within(point(value), span) === true;
    });
    if (hit.length > 0)
      found.set(where, { where, text: [kind, prefix, ...rest].join(' ').slice(0, 200), action, flows: hit });
  }
  return [...found.values()];
}

/** Rules of policy routing that refuse by themselves (`ip rule show`), for flows that the kernel finds no way for. */
export function policyThatStops(text: string, lost: ReadonlySet<Flow>): readonly Stop[] {
  const told = new Set<Flow>();
  return text.split('\n').flatMap((line): Stop[] => {
    const [, number = '', words = '', kind = ''] =
      /^(\d+):\s+(.*?)\s*\b(prohibit|unreachable|blackhole)\b/.exec(line.trim()) ?? [];
    const action = KINDS[kind];
    if (action === undefined) return [];
    const hit = [...lost].filter((flow) => !told.has(flow) && selects(words, flow));
    hit.forEach((flow) => told.add(flow));
    return hit.length === 0
      ? []
      : [{ where: `ip rule ${number}`, text: line.trim().slice(0, 200), action, flows: hit }];
  });
}

/** Whether the selector of a rule may be meant: nothing of it speaks against the flow. */
function selects(selector: string, { address, uid, protocol, port }: Flow): boolean {
  const words = selector.split(/\s+/);
  const after = (word: string): string | undefined =>
    words.includes(word) ? words[words.indexOf(word) + 1] : undefined;
  const holds = [
    inPrefix(after('to'), address),
    inRange(after('uidrange'), uid),
    inRange(after('dport'), port),
    after('ipproto') === undefined || after('ipproto') === protocol,
    // Our packets have no mark, and begin here.
    after('fwmark') === undefined,
    after('iif') === undefined || after('iif') === 'lo',
  ].every(Boolean);
  return words.includes('not') ? !holds : holds;
}

function inPrefix(prefix: string | undefined, address: string): boolean {
  const [span, value] = [prefix === undefined ? null : spanOf(prefix), addressOf(address)];
  return span === null || (value !== null && typeof value === typeof span.lo && within(point(value), span) === true);
}

function inRange(range: string | undefined, value: number | null): boolean {
  const [low = '', high = low] = (range ?? '').split('-');
  return range === undefined || value === null || (value >= Number(low) && value <= Number(high));
}

/** Devices that discard whatever they are given, out of `ip -d -o link show`. */
export function discardingDevices(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const name = /^\d+: ([^:@\s]+)/.exec(line)?.[1];
      return name !== undefined && /\bdummy\b/.test(line.slice(line.indexOf('link/'))) ? [[name, 'dummy']] : [];
    }),
  );
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
