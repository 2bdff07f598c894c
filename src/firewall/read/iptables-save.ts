/** Evaluates iptables-save(8) output for a connection: the filter table, and on demand nat OUTPUT and filter INPUT. */
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

interface Rule {
  readonly number: number;
  readonly words: readonly string[];
  readonly text: string;
}

const MAX_DEPTH = 16;

/** Members of each ipset by name; a set that is not here cannot be evaluated. */
export type Sets = ReadonlyMap<string, readonly string[]>;

/** Members by set, from `ipset save`. */
export function parseIpsets(text: string): Sets {
  const sets = new Map<string, string[]>();
  for (const match of text.matchAll(/^(create|add) (\S+) (\S+)/gm)) {
    const members = sets.get(match[2] ?? '') ?? [];
    if (match[1] === 'add') members.push(match[3] ?? '');
    sets.set(match[2] ?? '', members);
  }
  return sets;
}

interface Table {
  readonly policies: ReadonlyMap<string, string>;
  readonly chains: ReadonlyMap<string, readonly Rule[]>;
}

export function iptablesRulesThatStop(
  text: string,
  program: 'iptables' | 'ip6tables',
  flows: readonly Flow[],
  sets: Sets = new Map(),
  /** Look at the answers on their way in, and at address translation, too. */
  both = false,
): readonly LocalFirewallRule[] {
  const tables = parse(text);
  const hits: Hit[] = [];
  for (const flow of flows) {
    if (flow.address.includes(':') !== (program === 'ip6tables')) continue;
    const nat = tables.get('nat');
    if (both && nat !== undefined) {
      const on: Walk = { program, chains: nat.chains, sets, flow, packet: 'request', trace: freshTrace() };
      const walked = walk(on, 'OUTPUT', 0);
      if (walked.end === 'stop' && walked.rule.action === 'redirect') hits.push({ flow, rule: walked.rule });
    }
    const filter = tables.get('filter');
    if (filter === undefined) continue;
    for (const packet of both ? (['request', 'answer'] as const) : (['request'] as const))
      hits.push(...filtered(filter, { program, chains: filter.chains, sets, flow, packet, trace: freshTrace() }));
  }
  return surest(hits);
}

const freshTrace = (): Trace => ({ uncertain: [], doubt: false });

function filtered(filter: Table, on: Walk): readonly Hit[] {
  const { flow, packet, trace, program } = on;
  const chain = packet === 'answer' ? 'INPUT' : 'OUTPUT';
  const walked = walk(on, chain, 0);
  const rules = [...trace.uncertain];
  if (walked.end === 'stop') rules.push(walked.rule);
  else if (walked.end !== 'accept' && filter.policies.get(chain) === 'DROP') {
    rules.push({
      where: `${program} ${chain} policy`,
      text: `:${chain} DROP`,
      action: 'policy_drop',
      matches: trace.uncertain.length > 0 || trace.doubt ? null : true,
      owner: null,
    });
  }
  return rules.map((rule) => ({ flow, rule: packet === 'answer' ? { ...rule, inbound: true as const } : rule }));
}

function parse(text: string): ReadonlyMap<string, Table> {
  const tables = new Map<string, { policies: Map<string, string>; chains: Map<string, Rule[]> }>();
  let table: { policies: Map<string, string>; chains: Map<string, Rule[]> } | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) {
      const name = line.slice(1).trim();
      table = tables.get(name) ?? { policies: new Map(), chains: new Map() };
      tables.set(name, table);
    }
    const policy = /^:(\S+) (\S+)/.exec(line);
    if (policy?.[1] !== undefined && policy[2] !== undefined) table?.policies.set(policy[1], policy[2]);
    const rule = /^-A (\S+) (.*)$/.exec(line);
    if (table === undefined || rule?.[1] === undefined || rule[2] === undefined) continue;
    const list = table.chains.get(rule[1]) ?? [];
    list.push({ number: list.length + 1, words: splitWords(rule[2]), text: line.slice(0, 500) });
    table.chains.set(rule[1], list);
  }
  return tables;
}

/** Words of a rule; comments are quoted. */
function splitWords(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}

interface Walk {
  readonly program: string;
  readonly chains: ReadonlyMap<string, readonly Rule[]>;
  readonly sets: Sets;
  readonly flow: Flow;
  readonly packet: Packet;
  readonly trace: Trace;
}

function walk(on: Walk, name: string, depth: number): Walked {
  const { program, chains, trace } = on;
  if (depth > MAX_DEPTH) return { end: 'through' };
  for (const rule of chains.get(name) ?? []) {
    const { matches, target, owner } = evaluate(rule.words, on);
    if (matches === false || target === null) continue;
    const stops = STOPS.get(target);
    if (stops !== undefined) {
      const hit: LocalFirewallRule = {
        where: `${program} ${name} rule ${String(rule.number)}`,
        text: rule.text,
        action: stops,
        matches,
        owner,
      };
      if (matches === true) return { end: 'stop', rule: doubted(hit, trace) };
      trace.uncertain.push(hit);
      continue;
    }
    if (chains.has(target)) {
      const walked = walk(on, target, depth + 1);
      if (matches === true && (walked.end === 'stop' || walked.end === 'accept')) return walked;
      if (matches === null && walked.end === 'stop') trace.uncertain.push({ ...walked.rule, matches: null });
      if (matches === null && walked.end === 'accept') trace.doubt = true;
      continue;
    }
    if (matches !== true) {
      if (target === 'ACCEPT' || target === 'RETURN') trace.doubt = true;
      continue;
    }
    if (target === 'ACCEPT') return { end: 'accept' };
    if (target === 'RETURN') return { end: 'return' };
  }
  return { end: 'through' };
}

/** Targets that stop the connection, or send it elsewhere. */
const STOPS: ReadonlyMap<string, LocalFirewallRule['action']> = new Map([
  ['DROP', 'drop'],
  ['REJECT', 'reject'],
  ['REDIRECT', 'redirect'],
  ['DNAT', 'redirect'],
]);

function evaluate(
  words: readonly string[],
  { flow, sets, packet }: Pick<Walk, 'flow' | 'sets' | 'packet'>,
): { matches: Ternary; target: string | null; owner: string | null } {
  let matches: Ternary = true;
  let target: string | null = null;
  let owner: string | null = null;
  let negate = false;
  const answer = packet === 'answer';
  const apply = (found: Ternary): void => {
    matches = and(matches, found === null ? null : found !== negate);
    negate = false;
  };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const value = words[index + 1] ?? '';
    switch (word) {
      case '!':
        negate = true;
        continue;
      case '-j':
      case '-g':
        target = value;
        return { matches, target, owner };
      case '-p':
        apply(value === 'tcp' || value === 'all' || value === '6');
        break;
      case '-d':
      case '-s':
        // The other end of the two is this host, whose address we do not know.
        apply((word === '-d') === answer ? null : inPrefix(flow.address, value));
        break;
      case '-o':
      case '-i':
        // Loopback is not the way; which other interface is, we do not know.
        apply(value === 'lo' ? false : null);
        break;
      case '--dport':
      case '--dports':
      case '--sport':
      case '--sports':
        apply(word.startsWith('--d') === answer ? ephemeralPort(value) : inAnyPorts(flow.port, value));
        break;
      case '--syn':
        // The answer to a SYN has ACK set as well.
        apply(!answer);
        continue;
      case '--match-set': {
        const members = sets.get(value);
        const inSet = members?.some((member) => inPrefix(flow.address, member) === true) ?? null;
        apply(words[index + 2] === (answer ? 'src' : 'dst') ? inSet : null);
        index += 1;
        break;
      }
      case '--uid-owner':
      case '--gid-owner': {
        owner = `${word.slice(2, 5)} ${value}`;
        const id = word === '--uid-owner' ? flow.uid : (flow.gid ?? null);
        apply(answer || id === null || !/^\d+(-\d+)?$/.test(value) ? null : inPorts(id, value.replace('-', ':')));
        break;
      }
      case '--ctstate':
      case '--state':
        apply(value.split(',').includes(answer ? 'ESTABLISHED' : 'NEW'));
        break;
      case '-m':
      case '--comment':
        break;
      case '--tcp-flags':
        index += 1;
        apply(null);
        break;
      default:
        if (word.startsWith('-')) apply(null);
        continue;
    }
    index += 1;
  }
  return { matches, target, owner };
}

function inAnyPorts(port: number, text: string): boolean {
  return text.split(',').some((part) => inPorts(port, part));
}

function ephemeralPort(text: string): Ternary {
  const parts = text.split(',').map((part): Ternary => {
    const [low = '', high = low] = part.split(':');
    return ephemeralIn(Number(low === '' ? 0 : low), Number(high === '' ? 65_535 : high));
  });
  return parts.includes(true) ? true : parts.includes(null) ? null : false;
}

function inPorts(value: number, text: string): boolean {
  const [low, high] = text.split(':');
  const from = Number(low);
  return value >= from && value <= (high === undefined ? from : Number(high === '' ? 65_535 : high));
}
