/** Evaluates `nft -j list ruleset` (libnftables-json(5)) for a connection. Foreign JSON: nothing is trusted. */
import type { LocalFirewallRule } from '../../model/observation.js';
import {
  and,
  doubted,
  ephemeralIn,
  inPrefix,
  surest,
  type Flow,
  type Hit,
  type Packet,
  type Ternary,
  type Trace,
  type Walked,
} from './flow.js';

type Json = Readonly<Record<string, unknown>>;

interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly type: string | null;
  readonly hook: string | null;
  readonly priority: number;
  readonly policy: string | null;
}

interface Rule {
  readonly handle: number;
  readonly expressions: readonly Json[];
}

interface Ruleset {
  readonly chains: readonly Chain[];
  readonly rules: ReadonlyMap<string, readonly Rule[]>;
  /** Elements of sets, and pairs of verdict maps. */
  readonly sets: ReadonlyMap<string, readonly unknown[]>;
  /** The rules as nft writes them for people, by place; empty when only the JSON was read. */
  readonly texts: ReadonlyMap<string, string>;
}

/** One packet on its way through the ruleset. */
interface Way {
  readonly ruleset: Ruleset;
  readonly flow: Flow;
  readonly packet: Packet;
  readonly trace: Trace;
}

const MAX_DEPTH = 16;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const key = (family: unknown, table: unknown, name: unknown): string => JSON.stringify([family, table, name]);

export interface NftOptions {
  /** Leave the tables that iptables-nft manages to it. */
  readonly skipIptables: boolean;
  /** Look at the answers on their way in, and at address translation, too. */
  readonly both?: boolean;
  /** `nft -a list ruleset`: rules are then quoted as people write them. */
  readonly listing?: string | null;
}

/** Null when the text is not what nft prints. */
export function nftRulesThatStop(
  text: string,
  flows: readonly Flow[],
  { skipIptables, both = false, listing = null }: NftOptions,
): readonly LocalFirewallRule[] | null {
  const ruleset = parse(text, listing);
  if (ruleset === null) return null;
  const basesOf = (hook: string, iptablesName: string, nat: boolean): readonly Chain[] =>
    ruleset.chains
      .filter((chain) => chain.hook === hook && (chain.type === 'nat') === nat)
      .filter(({ family, name }) => !(skipIptables && family !== 'inet' && name === iptablesName))
      .toSorted((a, b) => a.priority - b.priority);
  const hits: Hit[] = [];
  for (const flow of flows) {
    if (both) hits.push(...translated(ruleset, basesOf('output', 'OUTPUT', true), flow));
    hits.push(...filtered(ruleset, basesOf('output', 'OUTPUT', false), flow, 'request'));
    if (both) hits.push(...filtered(ruleset, basesOf('input', 'INPUT', false), flow, 'answer'));
  }
  return surest(hits);
}

function filtered(ruleset: Ruleset, bases: readonly Chain[], flow: Flow, packet: Packet): readonly Hit[] {
  const hits: Hit[] = [];
  const found = (rule: LocalFirewallRule): void => {
    hits.push({ flow, rule: packet === 'answer' ? { ...rule, inbound: true } : rule });
  };
  for (const base of bases) {
    if (!sees(base, flow)) continue;
    const trace: Trace = { uncertain: [], doubt: false };
    const walked = walkChain({ ruleset, flow, packet, trace }, base, 0);
    trace.uncertain.forEach(found);
    if (walked.end === 'stop') {
      found(walked.rule);
      break;
    }
    if (walked.end !== 'accept' && base.policy === 'drop') {
      found({
        where: `nftables ${base.family} ${base.table} ${base.name} policy`,
        text: 'policy drop',
        action: 'policy_drop',
        matches: trace.uncertain.length > 0 || trace.doubt ? null : true,
        owner: null,
      });
      break;
    }
  }
  return hits;
}

/** The rule that sends the connection elsewhere: a redirect to a port of this host, or another destination. */
function translated(ruleset: Ruleset, bases: readonly Chain[], flow: Flow): readonly Hit[] {
  for (const base of bases) {
    if (!sees(base, flow)) continue;
    const trace: Trace = { uncertain: [], doubt: false };
    const walked = walkChain({ ruleset, flow, packet: 'request', trace }, base, 0);
    if (walked.end === 'stop' && walked.rule.action === 'redirect') return [{ flow, rule: walked.rule }];
    if (walked.end === 'accept') return [];
  }
  return [];
}

function sees({ family }: Chain, { address }: Flow): boolean {
  return family === 'inet' || family === (address.includes(':') ? 'ip6' : 'ip');
}

function parse(text: string, listing: string | null): Ruleset | null {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return null;
  }
  const items = isObject(document) ? document['nftables'] : null;
  if (!Array.isArray(items)) return null;
  const chains: Chain[] = [];
  const rules = new Map<string, Rule[]>();
  const sets = new Map<string, readonly unknown[]>();
  for (const item of items as readonly unknown[]) {
    if (!isObject(item)) continue;
    const { chain, rule, set, map } = item as Readonly<Record<'chain' | 'rule' | 'set' | 'map', unknown>>;
    if (isObject(chain)) {
      chains.push({
        family: String(chain['family']),
        table: String(chain['table']),
        name: String(chain['name']),
        type: typeof chain['type'] === 'string' ? chain['type'] : null,
        hook: typeof chain['hook'] === 'string' ? chain['hook'] : null,
        priority: typeof chain['prio'] === 'number' ? chain['prio'] : 0,
        policy: typeof chain['policy'] === 'string' ? chain['policy'] : null,
      });
    } else if (isObject(rule)) {
      const place = key(rule['family'], rule['table'], rule['chain']);
      const expressions = Array.isArray(rule['expr']) ? rule['expr'].filter(isObject) : [];
      const list = rules.get(place) ?? [];
      list.push({ handle: Number(rule['handle'] ?? 0), expressions });
      rules.set(place, list);
    } else {
      const named = isObject(set) ? set : isObject(map) ? map : null;
      if (named === null) continue;
      const elements = Array.isArray(named['elem']) ? (named['elem'] as readonly unknown[]) : [];
      sets.set(key(named['family'], named['table'], named['name']), elements);
    }
  }
  return { chains, rules, sets, texts: listing === null ? new Map() : textsOf(listing) };
}

/** `nft -a list ruleset`: the text of each rule by table, chain and handle. */
function textsOf(listing: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  let table = '';
  let chain = '';
  for (const line of listing.split('\n')) {
    const opened = /^\s*(table|chain) (\S+)(?: (\S+))? \{/.exec(line);
    if (opened?.[1] === 'table') table = `${opened[2] ?? ''} ${opened[3] ?? ''}`;
    else if (opened?.[1] === 'chain') chain = opened[2] ?? '';
    const rule = /^\s+(\S.*?) # handle (\d+)$/.exec(line);
    if (rule?.[1] !== undefined && opened === null) texts.set(`${table} ${chain} ${rule[2] ?? ''}`, rule[1]);
  }
  return texts;
}

const VERDICTS = ['accept', 'drop', 'reject', 'jump', 'goto', 'return', 'queue', 'redirect', 'dnat'];

function walkChain(way: Way, chain: Chain, depth: number): Walked {
  const { ruleset, trace } = way;
  if (depth > MAX_DEPTH) return { end: 'through' };
  for (const rule of ruleset.rules.get(key(chain.family, chain.table, chain.name)) ?? []) {
    let matches: Ternary = true;
    let verdict: Json | undefined;
    for (const expression of rule.expressions) {
      if ('match' in expression) matches = and(matches, matchExpression(way, chain, expression['match']));
      else if ('xt' in expression || 'limit' in expression) matches = and(matches, null);
      else if ('vmap' in expression) {
        const looked = lookUpVerdict(way, chain, expression['vmap']);
        if (looked === null) matches = and(matches, null);
        else verdict = looked;
        // An unknown key may meet any of the map's verdicts, an accept as well as a drop.
        if (looked === null && matches !== false) trace.doubt = true;
      }
      if (matches === false) break;
    }
    if (matches === false) continue;
    verdict ??= rule.expressions.find((expression) => VERDICTS.some((name) => name in expression));
    if (verdict === undefined) continue;
    const stops = stopOf(verdict);
    if (stops !== null) {
      const hit = describe(ruleset, chain, rule, stops, matches);
      if (matches === true) return { end: 'stop', rule: doubted(hit, trace) };
      trace.uncertain.push(hit);
      continue;
    }
    const target = isObject(verdict['jump'] ?? verdict['goto']) ? (verdict['jump'] ?? verdict['goto']) : null;
    if (isObject(target)) {
      const next = ruleset.chains.find(
        ({ family, table, name }) => family === chain.family && table === chain.table && name === target['target'],
      );
      if (next === undefined) continue;
      const walked = walkChain(way, next, depth + 1);
      if (matches === null) {
        if (walked.end === 'stop') trace.uncertain.push({ ...walked.rule, matches: null });
        if (walked.end === 'accept') trace.doubt = true;
        continue;
      }
      if (walked.end === 'accept' || walked.end === 'stop') return walked;
      if ('goto' in verdict) return { end: 'through' };
      continue;
    }
    if (matches !== true) {
      if ('accept' in verdict || 'return' in verdict) trace.doubt = true;
      continue;
    }
    if ('accept' in verdict) return { end: 'accept' };
    if ('return' in verdict) return { end: 'return' };
  }
  return { end: 'through' };
}

function stopOf(verdict: Json): LocalFirewallRule['action'] | null {
  if ('drop' in verdict) return 'drop';
  if ('reject' in verdict) return 'reject';
  return 'redirect' in verdict || 'dnat' in verdict ? 'redirect' : null;
}

/** The verdict that a verdict map has for this packet; `{}` = none, so the rule does nothing; null = cannot tell. */
function lookUpVerdict(way: Way, chain: Chain, vmap: unknown): Json | null {
  if (!isObject(vmap)) return null;
  const { data } = vmap as { readonly data?: unknown };
  const value = valueOf(vmap['key'], way);
  const pairs =
    typeof data === 'string' && data.startsWith('@')
      ? way.ruleset.sets.get(key(chain.family, chain.table, data.slice(1)))
      : isObject(data) && Array.isArray(data['set'])
        ? (data['set'] as readonly unknown[])
        : undefined;
  if (value === undefined || pairs === undefined) return null;
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) return null;
    const [wanted, verdict] = pair as unknown as readonly [unknown, unknown];
    const found = value === OTHER_PACKET ? false : contains(way, chain, wanted, value);
    if (found === null) return null;
    if (found) return isObject(verdict) ? verdict : null;
  }
  return {};
}

function describe(
  { texts }: Ruleset,
  chain: Chain,
  rule: Rule,
  action: LocalFirewallRule['action'],
  matches: Ternary,
): LocalFirewallRule {
  const owner = rule.expressions
    .map((expression) => (isObject(expression['match']) ? expression['match'] : null))
    .find((match) => match !== null && /^sk[ug]id$/.test(metaKey(match['left']) ?? ''));
  const who = metaKey(owner?.['left']) === 'skgid' ? 'gid' : 'uid';
  const text = texts.get(`${chain.family} ${chain.table} ${chain.name} ${String(rule.handle)}`);
  return {
    where: `nftables ${chain.family} ${chain.table} ${chain.name} handle ${String(rule.handle)}`,
    text: (text ?? JSON.stringify(rule.expressions)).slice(0, 500),
    action,
    matches,
    owner: owner === undefined || owner === null ? null : `${who} ${JSON.stringify(owner['right'])}`,
  };
}

function metaKey(left: unknown): string | null {
  const meta = isObject(left) ? left['meta'] : null;
  return isObject(meta) && typeof meta['key'] === 'string' ? meta['key'] : null;
}

function matchExpression(way: Way, chain: Chain, match: unknown): Ternary {
  if (!isObject(match)) return null;
  const { left, right, op } = match as { readonly left?: unknown; readonly right?: unknown; readonly op?: unknown };
  // Loopback is not the way out; which other interface is, we do not know.
  const isLo = /^[io]if(?:name)?$/.test(metaKey(left) ?? '') && right === 'lo';
  if (isLo && (op === '==' || op === '!=')) return op === '!=';
  const value = valueOf(left, way);
  if (value === undefined) return null;
  // Also with `!=`: looking into a protocol implies that the packet has it.
  if (value === OTHER_PACKET) return false;
  const found = contains(way, chain, right, value);
  if (op === '!=') return found === null ? null : !found;
  return op === '==' || op === 'in' ? found : null;
}

/** The rule looks into a header that our packet does not have. */
const OTHER_PACKET = 'other packet';
const OTHER_PROTOCOLS = ['udp', 'udplite', 'icmp', 'icmpv6', 'igmp', 'sctp', 'dccp', 'esp', 'ah', 'comp', 'arp'];

/** A port that the kernel chose: not known, but high. */
const EPHEMERAL = 'ephemeral';

/** What the packet has at a place that a rule looks at; undefined = we do not know. */
function valueOf(left: unknown, { flow, packet }: Way): string | number | undefined {
  if (!isObject(left)) return undefined;
  const answer = packet === 'answer';
  const v6 = flow.address.includes(':');
  switch (metaKey(left)) {
    case 'l4proto':
      return 'tcp';
    case 'nfproto':
      return v6 ? 'ipv6' : 'ipv4';
    case 'protocol':
      return v6 ? 'ip6' : 'ip';
    case 'skuid':
      return answer ? undefined : (flow.uid ?? undefined);
    case 'skgid':
      return answer ? undefined : (flow.gid ?? undefined);
    default:
  }
  const payload = left['payload'];
  if (isObject(payload)) {
    const { protocol, field } = payload as { readonly protocol?: unknown; readonly field?: unknown };
    if (field === (answer ? 'saddr' : 'daddr') && protocol === (v6 ? 'ip6' : 'ip')) return flow.address;
    if (protocol === (v6 ? 'ip' : 'ip6')) return OTHER_PACKET;
    if ((protocol === 'tcp' || protocol === 'th') && (field === 'dport' || field === 'sport'))
      return (field === 'dport') === answer ? EPHEMERAL : flow.port;
    if (typeof protocol === 'string' && OTHER_PROTOCOLS.includes(protocol)) return OTHER_PACKET;
    if (protocol === 'ip' && field === 'protocol') return 'tcp';
    return undefined;
  }
  const ct = left['ct'];
  return isObject(ct) && ct['key'] === 'state' ? (answer ? 'established' : 'new') : undefined;
}

function contains(way: Way, chain: Chain, right: unknown, value: string | number): Ternary {
  if (typeof right === 'string' && right.startsWith('@')) {
    const elements = way.ruleset.sets.get(key(chain.family, chain.table, right.slice(1)));
    return elements === undefined ? null : anyOf(way, chain, elements, value);
  }
  if (value === EPHEMERAL) return ephemeralAmong(way, chain, right);
  if (typeof right === 'number') return right === value;
  if (typeof right === 'string')
    return right === String(value) || (typeof value === 'string' && inPrefix(value, right) === true);
  if (Array.isArray(right)) return anyOf(way, chain, right as readonly unknown[], value);
  if (!isObject(right)) return null;
  if (Array.isArray(right['set'])) return anyOf(way, chain, right['set'] as readonly unknown[], value);
  const element = right['elem'];
  if (isObject(element)) return contains(way, chain, element['val'], value);
  const prefix = right['prefix'];
  if (isObject(prefix))
    return typeof value === 'string' ? inPrefix(value, `${String(prefix['addr'])}/${String(prefix['len'])}`) : null;
  const range = right['range'];
  if (Array.isArray(range) && typeof value === 'number') return value >= Number(range[0]) && value <= Number(range[1]);
  return null;
}

function ephemeralAmong(way: Way, chain: Chain, right: unknown): Ternary {
  if (typeof right === 'number') return ephemeralIn(right, right);
  if (Array.isArray(right)) return anyOf(way, chain, right as readonly unknown[], EPHEMERAL);
  if (!isObject(right)) return null;
  if (Array.isArray(right['set'])) return anyOf(way, chain, right['set'] as readonly unknown[], EPHEMERAL);
  const range = right['range'];
  return Array.isArray(range) ? ephemeralIn(Number(range[0]), Number(range[1])) : null;
}

function anyOf(way: Way, chain: Chain, elements: readonly unknown[], value: string | number): Ternary {
  let unsure = false;
  for (const element of elements) {
    const found = contains(way, chain, element, value);
    if (found === true) return true;
    if (found === null) unsure = true;
  }
  return unsure ? null : false;
}
