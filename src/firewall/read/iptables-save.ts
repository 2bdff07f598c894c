/** Evaluates iptables-save(8) output (filter table, OUTPUT) for an outgoing connection. */
import type { LocalFirewallRule } from '../../model/observation.js';
import { and, doubted, inPrefix, surest, type Flow, type Ternary, type Trace, type Walked } from './flow.js';

interface Rule {
  readonly number: number;
  readonly words: readonly string[];
  readonly text: string;
}

const MAX_DEPTH = 16;

/** Members of each ipset by name; a set that is not here cannot be evaluated. */
export type Sets = ReadonlyMap<string, readonly string[]>;

export function iptablesRulesThatStop(
  text: string,
  program: 'iptables' | 'ip6tables',
  flows: readonly Flow[],
  sets: Sets = new Map(),
): readonly LocalFirewallRule[] {
  const policies = new Map<string, string>();
  const chains = new Map<string, Rule[]>();
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    if (table !== 'filter') continue;
    const policy = /^:(\S+) (\S+)/.exec(line);
    if (policy?.[1] !== undefined && policy[2] !== undefined) policies.set(policy[1], policy[2]);
    const rule = /^-A (\S+) (.*)$/.exec(line);
    if (rule?.[1] === undefined || rule[2] === undefined) continue;
    const list = chains.get(rule[1]) ?? [];
    list.push({ number: list.length + 1, words: splitWords(rule[2]), text: line.slice(0, 500) });
    chains.set(rule[1], list);
  }
  const hits: LocalFirewallRule[] = [];
  for (const flow of flows) {
    if (flow.address.includes(':') !== (program === 'ip6tables')) continue;
    const trace: Trace = { uncertain: [], doubt: false };
    const walked = walk({ program, chains, sets, flow, trace }, 'OUTPUT', 0);
    hits.push(...trace.uncertain);
    if (walked.end === 'stop') hits.push(walked.rule);
    else if (walked.end !== 'accept' && policies.get('OUTPUT') === 'DROP') {
      hits.push({
        where: `${program} OUTPUT policy`,
        text: ':OUTPUT DROP',
        action: 'policy_drop',
        matches: trace.uncertain.length > 0 || trace.doubt ? null : true,
        owner: null,
      });
    }
  }
  return surest(hits);
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
  readonly trace: Trace;
}

function walk(on: Walk, name: string, depth: number): Walked {
  const { program, chains, trace } = on;
  if (depth > MAX_DEPTH) return { end: 'through' };
  for (const rule of chains.get(name) ?? []) {
    const { matches, target, owner } = evaluate(rule.words, on.flow, on.sets);
    if (matches === false || target === null) continue;
    if (target === 'DROP' || target === 'REJECT') {
      const hit: LocalFirewallRule = {
        where: `${program} ${name} rule ${String(rule.number)}`,
        text: rule.text,
        action: target === 'DROP' ? 'drop' : 'reject',
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

function evaluate(
  words: readonly string[],
  flow: Flow,
  sets: Sets,
): { matches: Ternary; target: string | null; owner: string | null } {
  let matches: Ternary = true;
  let target: string | null = null;
  let owner: string | null = null;
  let negate = false;
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
        apply(inPrefix(flow.address, value));
        break;
      case '-o':
        // Loopback is not the way out; which other interface is, we do not know.
        apply(value === 'lo' ? false : null);
        break;
      case '--dport':
      case '--dports':
        apply(value.split(',').some((part) => inPorts(flow.port, part)));
        break;
      case '--match-set': {
        const members = sets.get(value);
        const inSet = members?.some((member) => inPrefix(flow.address, member) === true) ?? null;
        apply(words[index + 2] === 'dst' ? inSet : null);
        index += 1;
        break;
      }
      case '--uid-owner':
        owner = `uid ${value}`;
        apply(flow.uid === null || !/^\d+(-\d+)?$/.test(value) ? null : inPorts(flow.uid, value.replace('-', ':')));
        break;
      case '--ctstate':
      case '--state':
        apply(value.split(',').includes('NEW'));
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

function inPorts(value: number, text: string): boolean {
  const [low, high] = text.split(':');
  const from = Number(low);
  return value >= from && value <= (high === undefined ? from : Number(high === '' ? 65_535 : high));
}
