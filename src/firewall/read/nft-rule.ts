/** The expressions of one nftables rule as steps. */
import { hasConnection, type Host, type Packet } from './flow.js';
import { addressOf, ANY_32, isPoint, not, or, point, type Span, type Ternary } from './spans.js';
import { compare, NftSet, wantedOf, type Found } from './nft-sets.js';
import { ABSENT, bitsOf, fieldOf, isObject, type Field, type Json, type Names, type Value } from './nft-values.js';
import type { Only } from './rule-index.js';
import { markConnection, RECLASSED, RELIVED, ZONED, type Chain, type Decision, type Step } from './ruleset.js';

export interface Table {
  readonly chainOf: (name: string) => Chain;
  readonly setOf: (name: string) => NftSet | null;
  /** A rule puts elements into this set. */
  readonly changes: (set: string) => void;
  readonly isChanging: (set: string) => boolean;
}

export interface Compiled {
  readonly steps: readonly Step[];
  /** A part of it only iptables can read. */
  readonly opaque: boolean;
  /** Not of iptables' making. */
  readonly native: boolean;
}

type Test = (packet: Packet, host: Host) => Ternary;

const unknown: Step = { kind: 'match', test: () => null };

export function compileExpressions(expressions: readonly Json[], table: Table): Compiled {
  const steps: Step[] = [];
  let opaque = false;
  let counted = false;
  let native = false;
  for (const expression of expressions) {
    const [name = '', value] = Object.entries(expression)[0] ?? [];
    if (name === 'counter') counted = true;
    if (name === 'xt' || expression['xt'] !== undefined) {
      opaque = true;
      steps.push(...extensionSteps(expression['xt']));
      continue;
    }
    if (name === 'vmap' || name === 'set' || name === 'map') native = true;
    if (name === 'match' && isObject(value) && looksUp(value['right'])) native = true;
    steps.push(...stepsOf(name, value, table));
  }
  // iptables counts in every rule that it makes.
  return { steps, opaque, native: native || !counted };
}

function looksUp(right: unknown): boolean {
  return (typeof right === 'string' && right.startsWith('@')) || (isObject(right) && 'set' in right);
}

/** An xtables extension, of which nft shows no more than the name. */
function extensionSteps(xt: unknown): readonly Step[] {
  const name = isObject(xt) ? String(xt['name']) : '';
  if (isObject(xt) && xt['type'] === 'target') {
    if (name === 'REJECT') return [decide({ do: 'reject' })];
    if (name === 'TOS' || name === 'DSCP') return [RECLASSED];
    return /^(?:LOG|NFLOG|TCPMSS|CLASSIFY|CHECKSUM|TRACE)$/.test(name) ? [] : [decide({ do: 'unknown' })];
  }
  return name === 'comment' ? [] : [unknown];
}

const decide = (decision: Decision): Step => ({ kind: 'decide', decision });

/** Statements that neither match nor end a packet's way. */
const HARMLESS = new Set(['counter', 'log', 'comment', 'dup', 'flow', 'ct helper', 'ct timeout', 'ct expectation', 'last', 'secmark']); // prettier-ignore

function stepsOf(name: string, value: unknown, table: Table): readonly Step[] {
  switch (name) {
    case 'match':
      return [{ kind: 'match', test: matchOf(value, table) }];
    case 'vmap':
      return [lookUp(value, table)];
    case 'dnat':
      if (isObject(value) && isObject(value['addr']) && isObject(value['addr']['map']))
        return [mapped(value, value['addr']['map'], table)];
      break;
    case 'set':
    case 'map':
      return [updates(value, table)];
    case 'mangle':
      return mangled(value, table);
    case 'notrack':
      // Once conntrack has seen a packet, it stays seen.
      return [{ kind: 'change', change: (packet) => (packet.untouched ? { ...packet, tracked: false } : packet) }];
    default:
  }
  const decision = decisionOf(name, value, table);
  if (decision !== null) return [decide(decision)];
  // limit, quota, ct count and what we do not know: it depends on traffic, or on what it is.
  return HARMLESS.has(name) ? [] : [unknown];
}

function decisionOf(name: string, value: unknown, { chainOf }: Table): Decision | null {
  switch (name) {
    case 'accept':
    case 'drop':
    case 'reject':
    case 'return':
    case 'continue':
      return { do: name };
    case 'jump':
    case 'goto':
      return { do: name, chain: isObject(value) ? chainOf(String(value['target'])) : null };
    case 'queue':
      return queueOf(value);
    case 'redirect':
      return { do: 'redirect', address: null, port: portOf(value), local: true };
    case 'dnat':
      return destinationOf(value);
    case 'snat':
    case 'masquerade':
      return { do: 'translate_source' };
    case 'fwd':
    case 'synproxy':
    case 'tproxy':
      return { do: 'unknown' };
    default:
      return null;
  }
}

function portOf(value: unknown): number | null {
  return isObject(value) && typeof value['port'] === 'number' ? value['port'] : null;
}

function destinationOf(value: unknown): Decision {
  const text = isObject(value) && typeof value['addr'] === 'string' ? value['addr'] : '';
  const address = addressOf(text);
  const local = address !== null && (typeof address === 'bigint' ? address === 1n : address >>> 24 === 127);
  return { do: 'redirect', address, port: portOf(value), local };
}

function queueOf(value: unknown): Decision {
  const num = isObject(value) ? value['num'] : 0;
  const flags = isObject(value) ? value['flags'] : null;
  const range = isObject(num) && Array.isArray(num['range']) ? num['range'] : [num ?? 0, num ?? 0];
  const [first, last] = [Number(range[0]), Number(range[1])];
  if (Number.isNaN(first) || Number.isNaN(last)) return { do: 'unknown' };
  return { do: 'queue', first, last, bypass: flags === 'bypass' || (Array.isArray(flags) && flags.includes('bypass')) };
}

/** `add @set { … }`: alone it lets every packet on; with a statement it depends on the traffic before. */
function updates(value: unknown, { changes }: Table): Step {
  if (!isObject(value)) return unknown;
  const name = value['set'] ?? value['map'];
  if (typeof name === 'string') changes(name.replace(/^@/, ''));
  const { stmt } = value as { readonly stmt?: unknown };
  const plain = stmt === undefined || (Array.isArray(stmt) && stmt.every((one) => isObject(one) && 'counter' in one));
  return plain ? { kind: 'match', test: () => true } : unknown;
}

/** `dnat to … map`: where there is no element, the rule does not apply. */
function mapped(dnat: Json, map: Json, table: Table): Step {
  const find = finder(map, table);
  return {
    kind: 'look_up',
    find(packet, host) {
      const found = find(packet, host);
      if (found === null)
        return { decisions: [{ do: 'redirect', address: null, port: null, local: false }], sure: false };
      const decisions = found.data.map((target): Decision => {
        const parts = isObject(target) && Array.isArray(target['concat']) ? target['concat'] : [target];
        return destinationOf({ addr: parts[0], port: parts[1] ?? dnat['port'] });
      });
      return { decisions, sure: found.found === true };
    },
  };
}

/** Looks a map up; null = which map it is, or what is in it, is not known. */
function finder(map: Json, table: Table): (packet: Packet, host: Host) => Found | null {
  const key = keyOf(map['key']);
  const set = setOf(map['data'], table);
  return (packet, host) => set?.()?.find(valuesOf(key, packet, host), key.names) ?? null;
}

function mangled(value: unknown, table: Table): readonly Step[] {
  if (!isObject(value)) return [unknown];
  const key = value['key'];
  const meta = isObject(key) && isObject(key['meta']) ? key['meta']['key'] : null;
  const ct = isObject(key) && isObject(key['ct']) ? key['ct']['key'] : null;
  if (meta === 'mark' || ct === 'mark') {
    const which = meta === 'mark' ? 'mark' : 'connMark';
    return marked(value['value'], which, table);
  }
  if (ct === 'zone') return [ZONED];
  const payload = isObject(key) && isObject(key['payload']) ? String(key['payload']['field']) : '';
  if (payload === 'dscp') return [RECLASSED];
  if (payload === 'ttl' || payload === 'hoplimit') return [RELIVED];
  return /^(?:[sd]addr|[sd]port)$/.test(payload) ? [decide({ do: 'unknown' })] : [];
}

/** `meta mark set`, `ct mark set`; from a map, what has no element there stops being held against this rule. */
function marked(value: unknown, which: 'mark' | 'connMark', table: Table): readonly Step[] {
  const map = isObject(value) && isObject(value['map']) ? value['map'] : null;
  if (map === null) {
    const { of } = fieldOf(value);
    // What the packet does not have ends the rule.
    const there: Step = { kind: 'match', test: (packet, host) => of(packet, host) !== ABSENT };
    return [there, markedWith(which, spanFrom(value))];
  }
  const find = finder(map, table);
  const has: Step = { kind: 'match', test: (packet, host) => find(packet, host)?.found ?? null };
  const to = (packet: Packet, host: Host): Span => {
    const found = find(packet, host);
    const bits = found?.found === true ? bitsOf(found.data[0], 'none') : null;
    return bits === null ? ANY_32 : point(bits);
  };
  return [has, markedWith(which, to)];
}

function markedWith(which: 'mark' | 'connMark', to: (packet: Packet, host: Host) => Span): Step {
  if (which === 'connMark') return markConnection(to);
  return { kind: 'change', change: (packet, host) => ({ ...packet, mark: to(packet, host) }) };
}

function spanFrom(value: unknown): (packet: Packet, host: Host) => Span {
  const bits = bitsOf(value, 'none');
  if (bits !== null) return () => point(bits);
  const field = fieldOf(value);
  return (packet, host) => {
    const found = field.of(packet, host);
    return found === null || found === ABSENT || typeof found === 'string' || !isPoint(found) ? ANY_32 : found;
  };
}

/** Left sides: one field, or several joined. */
interface Key {
  readonly fields: readonly Field[];
  readonly names: readonly Names[];
}

function keyOf(left: unknown): Key {
  const parts = isObject(left) && Array.isArray(left['concat']) ? (left['concat'] as readonly unknown[]) : [left];
  const fields = parts.map(fieldOf);
  return { fields, names: fields.map(({ names }) => names) };
}

const valuesOf = ({ fields }: Key, packet: Packet, host: Host): readonly Value[] =>
  fields.map((field) => field.of(packet, host));

/** A named set, or the members in braces. */
function setOf(right: unknown, table: Table): (() => NftSet | null) | null {
  if (typeof right === 'string' && right.startsWith('@')) {
    const name = right.slice(1);
    return () => (table.isChanging(name) ? null : table.setOf(name));
  }
  if (!isObject(right) || !Array.isArray(right['set'])) return null;
  const set = new NftSet();
  for (const element of right['set'] as readonly unknown[]) set.add(element);
  return () => set;
}

function matchOf(match: unknown, table: Table): Test {
  if (!isObject(match)) return () => null;
  const { left, op } = match;
  const ct = isObject(left) && isObject(left['ct']) ? left['ct'] : null;
  if (ct?.['key'] === 'status') return statusTest(match['right'], String(op));
  const fib = isObject(left) && isObject(left['fib']) ? left['fib'] : null;
  // `fib … oif 0` is how some write `oif missing`.
  const right = fib?.['result'] === 'oif' && String(match['right']) === '0' ? false : match['right'];
  const key = keyOf(left);
  const test = comparison(key, right, String(op), table);
  return (packet, host) => {
    // Also with `!=`: looking into a header implies that the packet has it.
    for (const { of } of key.fields) if (of(packet, host) === ABSENT) return false;
    return test(packet, host);
  };
}

const STATUS: Readonly<Record<string, number>> = { expected: 1, 'seen-reply': 2, assured: 4, confirmed: 8, snat: 16, dnat: 32 }; // prettier-ignore

/** Bits of a connection's status (nf_conntrack_common.h); the first packet's has no reply yet, and is not confirmed. */
function statusTest(right: unknown, op: string): Test {
  const words = Array.isArray(right) ? (right as readonly unknown[]) : [right];
  const asked = words.reduce<number>((sum, word) => sum | (STATUS[String(word)] ?? Number(word)), 0);
  if (op !== 'in' && op !== '!') return () => null;
  return (packet) => {
    const held = hasConnection(packet);
    if (held === null) return null;
    // Without a connection there is nothing to look at, also with `!`.
    if (!held) return false;
    const isFirst = !packet.answer && !packet.later;
    let any: Ternary = (asked & 32) === 0 ? false : packet.translated;
    // The source is translated last.
    if ((asked & ~32) !== 0 && (!isFirst || (asked & ~(32 | 16 | 8 | 4 | 2)) !== 0)) any = or(any, null);
    return op === 'in' ? any : not(any);
  };
}

function comparison(key: Key, right: unknown, op: string, table: Table): Test {
  const set = setOf(right, table);
  const [first = fieldOf(null)] = key.fields;
  if (set !== null) {
    const found: Test = (packet, host) => set()?.find(valuesOf(key, packet, host), key.names).found ?? null;
    return op === '!=' ? (packet, host) => not(found(packet, host)) : found;
  }
  if (key.fields.length > 1) {
    const parts = isObject(right) && Array.isArray(right['concat']) ? (right['concat'] as readonly unknown[]) : [];
    const same = tuple(key, parts);
    return op === '!=' ? (packet, host) => not(same(packet, host)) : same;
  }
  // `fib … exists` and `missing`, `exthdr … exists`.
  if (typeof right === 'boolean') {
    return (packet, host) => {
      const value = first.of(packet, host);
      const there =
        value === null ? null : typeof value === 'string' ? value !== '' : value !== ABSENT && value.lo !== 0;
      return there === null ? null : there === (right === (op !== '!='));
    };
  }
  if (op === 'in' || op === '!' || (op === '!=' && first.bits && Array.isArray(right))) {
    const bits = bitsOf(right, first.names);
    return (packet, host) => {
      const value = first.of(packet, host);
      if (value === null || value === ABSENT || typeof value === 'string' || bits === null || !isPoint(value))
        return op === 'in' && !first.bits ? memberOf(value, right, first.names) : null;
      if (!first.bits) return op === 'in' ? memberOf(value, right, first.names) : null;
      const shared = (Number(value.lo) & Number(bits)) !== 0;
      return op === 'in' ? shared : !shared;
    };
  }
  const wanted = wantedOf(right, first.names);
  switch (op) {
    case '==':
      return (packet, host) => compare(first.of(packet, host), wanted);
    case '!=':
      return (packet, host) => not(compare(first.of(packet, host), wanted));
    case '<':
    case '>':
    case '<=':
    case '>=':
      return (packet, host) => ordered(first.of(packet, host), wanted, op);
    default:
      return () => null;
  }
}

function memberOf(value: Value, right: unknown, names: Names): Ternary {
  const members = Array.isArray(right) ? (right as readonly unknown[]) : [right];
  return members.reduce<Ternary>((sum, one) => or(sum, compare(value, wantedOf(one, names))), false);
}

function ordered(value: Value, wanted: Span | string | null, op: string): Ternary {
  if (value === null || value === ABSENT || typeof value === 'string') return null;
  if (wanted === null || typeof wanted === 'string') return null;
  const limit = wanted.lo;
  if (op === '<') return value.hi < limit ? true : value.lo >= limit ? false : null;
  if (op === '<=') return value.hi <= limit ? true : value.lo > limit ? false : null;
  if (op === '>') return value.lo > limit ? true : value.hi <= limit ? false : null;
  return value.lo >= limit ? true : value.hi < limit ? false : null;
}

function tuple(key: Key, parts: readonly unknown[]): Test {
  const wanted = parts.map((part, index) => wantedOf(part, key.names[index] ?? 'none'));
  if (parts.length !== key.fields.length) return () => null;
  return (packet, host) => {
    let is: Ternary = true;
    for (const [index, { of }] of key.fields.entries()) {
      const found = compare(of(packet, host), wanted[index] ?? null);
      if (found === false) return false;
      if (found === null) is = null;
    }
    return is;
  };
}

function lookUp(vmap: unknown, table: Table): Step {
  if (!isObject(vmap)) return unknown;
  const key = keyOf(vmap['key']);
  const set = setOf(vmap['data'], table);
  return {
    kind: 'look_up',
    find(packet, host) {
      const found = set?.()?.find(valuesOf(key, packet, host), key.names);
      if (found === undefined) return { decisions: [{ do: 'unknown' }], sure: false };
      const decisions = found.data.map((one): Decision => {
        const [name = '', value] = isObject(one) ? (Object.entries(one)[0] ?? []) : [];
        return decisionOf(name, value, table) ?? { do: 'unknown' };
      });
      return { decisions, sure: found.found === true };
    },
  };
}

/** Addresses and port that a rule asks for before it does anything. */
export function onlyOf(expressions: readonly Json[]): Only {
  const only: { -readonly [K in keyof Only]: Only[K] } = { source: null, destination: null, destinationPort: null };
  for (const { match } of expressions as readonly { readonly match?: unknown }[]) {
    if (!isObject(match)) break;
    const { left, right, op } = match;
    const payload = isObject(left) ? left['payload'] : null;
    if (op !== '==' || !isObject(payload) || (typeof right === 'string' && right.startsWith('@'))) continue;
    const key = ONLY[`${String(payload['protocol'])} ${String(payload['field'])}`];
    const span = key === undefined || (isObject(right) && 'set' in right) ? null : wantedOf(right, 'none');
    if (key !== undefined && span !== null && typeof span !== 'string') only[key] = span;
  }
  return only;
}

const ONLY: Readonly<Record<string, keyof Only>> = {
  'ip saddr': 'source',
  'ip daddr': 'destination',
  'tcp dport': 'destinationPort',
  'udp dport': 'destinationPort',
  'th dport': 'destinationPort',
};

/** What the rule says of the sender: `uid 201`, `not uid 0`, `gid 200-300`, `cgroup …`. */
export function ownerOf(expressions: readonly Json[]): string | null {
  for (const { match } of expressions as readonly { readonly match?: unknown }[]) {
    if (!isObject(match) || !isObject(match['left'])) continue;
    const { meta, socket } = match['left'];
    const key = isObject(meta) ? String(meta['key']) : isObject(socket) ? String(socket['key']) : '';
    const who = OWNERS[key];
    if (who !== undefined) return `${match['op'] === '!=' ? 'not ' : ''}${who} ${written(match['right'])}`;
  }
  return null;
}

const OWNERS: Readonly<Record<string, string>> = {
  skuid: 'uid',
  skgid: 'gid',
  cgroup: 'cgroup',
  cgroupv2: 'cgroup',
};

function written(right: unknown): string {
  if (isObject(right) && Array.isArray(right['range'])) return right['range'].map(written).join('-');
  if (isObject(right) && Array.isArray(right['set'])) return `{${right['set'].map(written).join(', ')}}`.slice(0, 120);
  return typeof right === 'string' || typeof right === 'number' ? String(right) : JSON.stringify(right).slice(0, 120);
}
