/** Evaluates `nft -j list ruleset` (libnftables-json(5)) for an outgoing connection. Foreign JSON: nothing is trusted. */
import type { LocalFirewallRule } from '../../model/observation.js';
import { and, doubted, inPrefix, surest, type Flow, type Ternary, type Trace, type Walked } from './flow.js';

type Json = Readonly<Record<string, unknown>>;

interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
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
  readonly sets: ReadonlyMap<string, readonly unknown[]>;
}

const MAX_DEPTH = 16;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const key = (family: unknown, table: unknown, name: unknown): string => JSON.stringify([family, table, name]);

/** Null when the text is not what nft prints. `skipIptables`: leave the tables that iptables-nft manages to it. */
export function nftRulesThatStop(
  text: string,
  flows: readonly Flow[],
  skipIptables: boolean,
): readonly LocalFirewallRule[] | null {
  const ruleset = parse(text);
  if (ruleset === null) return null;
  const bases = ruleset.chains
    .filter(({ hook, family, name }) => hook === 'output' && !(skipIptables && family !== 'inet' && name === 'OUTPUT'))
    .toSorted((a, b) => a.priority - b.priority);
  const hits: LocalFirewallRule[] = [];
  for (const flow of flows) {
    const family = flow.address.includes(':') ? 'ip6' : 'ip';
    for (const base of bases) {
      if (base.family !== 'inet' && base.family !== family) continue;
      const trace: Trace = { uncertain: [], doubt: false };
      const walked = walkChain(ruleset, base, flow, trace, 0);
      hits.push(...trace.uncertain);
      if (walked.end === 'stop') {
        hits.push(walked.rule);
        break;
      }
      if (walked.end !== 'accept' && base.policy === 'drop') {
        hits.push({
          where: `nftables ${base.family} ${base.table} ${base.name} policy`,
          text: 'policy drop',
          action: 'policy_drop',
          matches: trace.uncertain.length > 0 || trace.doubt ? null : true,
          owner: null,
        });
        break;
      }
    }
  }
  return surest(hits);
}

function parse(text: string): Ruleset | null {
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
    const { chain, rule, set } = item as { readonly chain?: unknown; readonly rule?: unknown; readonly set?: unknown };
    if (isObject(chain)) {
      chains.push({
        family: String(chain['family']),
        table: String(chain['table']),
        name: String(chain['name']),
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
    } else if (isObject(set)) {
      const elements = Array.isArray(set['elem']) ? (set['elem'] as readonly unknown[]) : [];
      sets.set(key(set['family'], set['table'], set['name']), elements);
    }
  }
  return { chains, rules, sets };
}

function walkChain(ruleset: Ruleset, chain: Chain, flow: Flow, trace: Trace, depth: number): Walked {
  if (depth > MAX_DEPTH) return { end: 'through' };
  for (const rule of ruleset.rules.get(key(chain.family, chain.table, chain.name)) ?? []) {
    let matches: Ternary = true;
    for (const expression of rule.expressions) {
      if ('match' in expression) matches = and(matches, matchExpression(ruleset, chain, expression['match'], flow));
      else if ('xt' in expression || 'limit' in expression || 'vmap' in expression) matches = and(matches, null);
      if (matches === false) break;
    }
    if (matches === false) continue;
    const verdict = rule.expressions.find((expression) =>
      ['accept', 'drop', 'reject', 'jump', 'goto', 'return', 'queue'].some((name) => name in expression),
    );
    if (verdict === undefined) continue;
    if ('drop' in verdict || 'reject' in verdict) {
      const hit = describe(chain, rule, 'drop' in verdict ? 'drop' : 'reject', matches);
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
      const walked = walkChain(ruleset, next, flow, trace, depth + 1);
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

function describe(chain: Chain, rule: Rule, action: 'drop' | 'reject', matches: Ternary): LocalFirewallRule {
  const owner = rule.expressions
    .map((expression) => (isObject(expression['match']) ? expression['match'] : null))
    .find((match) => match !== null && metaKey(match['left']) === 'skuid');
  return {
    where: `nftables ${chain.family} ${chain.table} ${chain.name} handle ${String(rule.handle)}`,
    text: JSON.stringify(rule.expressions).slice(0, 500),
    action,
    matches,
    owner: owner === undefined || owner === null ? null : `uid ${JSON.stringify(owner['right'])}`,
  };
}

function metaKey(left: unknown): string | null {
  const meta = isObject(left) ? left['meta'] : null;
  return isObject(meta) && typeof meta['key'] === 'string' ? meta['key'] : null;
}

function matchExpression(ruleset: Ruleset, chain: Chain, match: unknown, flow: Flow): Ternary {
  if (!isObject(match)) return null;
  const { left, right, op } = match as { readonly left?: unknown; readonly right?: unknown; readonly op?: unknown };
  // Loopback is not the way out; which other interface is, we do not know.
  const isLo = /^oif(?:name)?$/.test(metaKey(left) ?? '') && right === 'lo';
  if (isLo && (op === '==' || op === '!=')) return op === '!=';
  const value = valueOf(left, flow);
  if (value === undefined) return null;
  // Also with `!=`: looking into a protocol implies that the packet has it.
  if (value === OTHER_PACKET) return false;
  const found = contains(ruleset, chain, right, value);
  if (op === '!=') return found === null ? null : !found;
  return op === '==' || op === 'in' ? found : null;
}

/** The rule looks into a header that our packet does not have. */
const OTHER_PACKET = 'other packet';
const OTHER_PROTOCOLS = ['udp', 'udplite', 'icmp', 'icmpv6', 'igmp', 'sctp', 'dccp', 'esp', 'ah', 'comp', 'arp'];

/** What the flow has at a place that a rule looks at; undefined = we do not know. */
function valueOf(left: unknown, flow: Flow): string | number | undefined {
  if (!isObject(left)) return undefined;
  const v6 = flow.address.includes(':');
  switch (metaKey(left)) {
    case 'l4proto':
      return 'tcp';
    case 'nfproto':
      return v6 ? 'ipv6' : 'ipv4';
    case 'protocol':
      return v6 ? 'ip6' : 'ip';
    case 'skuid':
      return flow.uid ?? undefined;
    default:
  }
  const payload = left['payload'];
  if (isObject(payload)) {
    const { protocol, field } = payload as { readonly protocol?: unknown; readonly field?: unknown };
    if (field === 'daddr' && protocol === (v6 ? 'ip6' : 'ip')) return flow.address;
    if (protocol === (v6 ? 'ip' : 'ip6')) return OTHER_PACKET;
    if ((protocol === 'tcp' || protocol === 'th') && field === 'dport') return flow.port;
    if (typeof protocol === 'string' && OTHER_PROTOCOLS.includes(protocol)) return OTHER_PACKET;
    if (protocol === 'ip' && field === 'protocol') return 'tcp';
    return undefined;
  }
  const ct = left['ct'];
  return isObject(ct) && ct['key'] === 'state' ? 'new' : undefined;
}

function contains(ruleset: Ruleset, chain: Chain, right: unknown, value: string | number): Ternary {
  if (typeof right === 'string' && right.startsWith('@')) {
    const elements = ruleset.sets.get(key(chain.family, chain.table, right.slice(1)));
    return elements === undefined ? null : anyOf(ruleset, chain, elements, value);
  }
  if (typeof right === 'number') return right === value;
  if (typeof right === 'string')
    return right === String(value) || (typeof value === 'string' && inPrefix(value, right) === true);
  if (Array.isArray(right)) return anyOf(ruleset, chain, right as readonly unknown[], value);
  if (!isObject(right)) return null;
  if (Array.isArray(right['set'])) return anyOf(ruleset, chain, right['set'] as readonly unknown[], value);
  const element = right['elem'];
  if (isObject(element)) return contains(ruleset, chain, element['val'], value);
  const prefix = right['prefix'];
  if (isObject(prefix))
    return typeof value === 'string' ? inPrefix(value, `${String(prefix['addr'])}/${String(prefix['len'])}`) : null;
  const range = right['range'];
  if (Array.isArray(range) && typeof value === 'number') return value >= Number(range[0]) && value <= Number(range[1]);
  return null;
}

function anyOf(ruleset: Ruleset, chain: Chain, elements: readonly unknown[], value: string | number): Ternary {
  let unsure = false;
  for (const element of elements) {
    const found = contains(ruleset, chain, element, value);
    if (found === true) return true;
    if (found === null) unsure = true;
  }
  return unsure ? null : false;
}
