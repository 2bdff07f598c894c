/**
 * What a ruleset does with a flow: the request through output, postrouting and egress, the answer through ingress,
 * prerouting and input, each base chain in the kernel's order. Pure. A match that cannot be decided makes the verdict
 * uncertain, never wrong.
 */
import {
  answerTo,
  laterAnswer,
  laterOf,
  requestOf,
  TCP,
  type Flow,
  type Hit,
  type Hook,
  type Host,
  type Packet,
  type Verdict,
  UNKNOWN_DEVICE,
} from './flow.js';
import type { BaseChain, Chain, Decision, Rule, Ruleset } from './ruleset.js';
import { candidatesIn } from './rule-index.js';
import { isPoint, point, type Ternary } from './spans.js';

/** More rules than this for one packet: the kernel would not get through either. */
const MAX_STEPS = 2_000_000;
const MAX_DEPTH = 400;

/** Conntrack looks at packets at this priority (NF_IP_PRI_CONNTRACK). */
const CONNTRACK = -200;

type Redirect = Extract<Decision, { do: 'redirect' }>;

/** Where a packet's way through a chain ends. */
type End =
  | { readonly at: 'through' | 'accept' }
  | { readonly at: 'stop'; readonly hit: Hit }
  | { readonly at: 'redirect'; readonly hit: Hit; readonly to: Redirect };

interface Walked {
  readonly end: End;
  /** An earlier rule may have left this chain before. */
  readonly sure: boolean;
  /** The packet as the chain leaves it. */
  readonly packet: Packet;
  readonly perhaps: readonly Hit[];
  /** A rule that cannot be decided may have accepted. */
  readonly mayAccept: boolean;
  readonly marked: Hit | null;
}

interface Way {
  readonly base: BaseChain;
  readonly host: Host;
  /** Per state of the packet and chain: a chain that many rules jump to is walked once. */
  readonly known: Map<string, Map<Chain, Walked | 'open'>>;
  readonly budget: { left: number };
}

class TooLarge extends Error {}

export function judge(ruleset: Ruleset, flow: Flow, host: Host): Verdict {
  const budget = { left: MAX_STEPS };
  try {
    const verdict = judged(ruleset, flow, host, budget);
    if (!('perhaps' in verdict)) return verdict;
    // Several packets of a flow may meet the same rule.
    const first = new Map(verdict.perhaps.toReversed().map((hit) => [hit.where, hit]));
    return { ...verdict, perhaps: [...first.values()].toReversed() };
  } catch (error) {
    if (error instanceof TooLarge) return { kind: 'not_read', why: 'too_large' };
    throw error;
  }
}

interface Passed {
  readonly packet: Packet;
  readonly stop: Hit | null;
  readonly redirect: { readonly hit: Hit; readonly to: Redirect } | null;
  /** The rule that gave the packet the mark it has now. */
  readonly marked: Hit | null;
}

function judged(ruleset: Ruleset, flow: Flow, host: Host, budget: { left: number }): Verdict {
  const request = requestOf(flow, host);
  const perhaps: Hit[] = [];
  const pass = (hooks: readonly Hook[], from: Packet): Passed => {
    let packet = from;
    let redirect: Passed['redirect'] = null;
    for (const hook of hooks) {
      packet = { ...packet, hook };
      // Translation is set up once, by the first rule that says so.
      let translated = redirect !== null || packet.answer || packet.later;
      for (const base of basesOf(ruleset, packet)) {
        // What conntrack does not follow is not translated.
        if (base.nat && (translated || packet.tracked === false)) continue;
        const early = base.priority <= CONNTRACK && (hook === 'output' || hook === 'prerouting');
        const at = { ...packet, untouched: early || hook === 'ingress', ...portsOf(packet) };
        const walked = walkBase({ base, host, known: new Map(), budget }, at, perhaps);
        if (walked.stop !== null) return { packet, stop: walked.stop, redirect, marked: null };
        const before = packet.mark;
        packet = { ...walked.packet, untouched: false, iif: packet.iif, oif: packet.oif };
        if (base.reroutes && hook === 'output' && (before.lo !== packet.mark.lo || before.hi !== packet.mark.hi)) {
          const way = wayOf(packet, flow.marked ?? []);
          packet = way.packet;
          if (way.local && walked.marked !== null) {
            const to = { do: 'redirect', address: null, port: null, local: true } as const;
            redirect = { hit: { ...walked.marked, action: 'redirect' }, to };
            translated = true;
          }
        }
        if (base.nat && perhaps.some(({ action }) => action === 'redirect')) packet = { ...packet, translated: null };
        if (walked.redirect === null) continue;
        if (packet.tracked === null) {
          perhaps.push(walked.redirect.hit);
          packet = { ...packet, translated: null };
          continue;
        }
        redirect = walked.redirect;
        translated = true;
        packet = redirected(packet, redirect.to);
      }
      if (hook === 'output' && redirect?.to.local === true) packet = { ...packet, oif: 'lo' };
    }
    return { packet, stop: null, redirect, marked: null };
  };
  const bridged = (device: string, hooks: readonly Hook[]): readonly Hook[] => {
    const is = isBridge(device, host);
    if (is === null) perhaps.push(...ruleset.bases.filter(({ hook }) => hooks.includes(hook)).flatMap(stopsOfOthers));
    return is === true ? hooks : [];
  };
  const out = (from: Packet): Passed => {
    const passed = pass(['output', 'postrouting'], from);
    if (passed.stop !== null || passed.redirect !== null) return passed;
    return pass([...bridged(from.oif, BRIDGED_OUT), 'egress'], passed.packet);
  };
  const back = (from: Packet): Passed =>
    pass(['ingress', ...bridged(from.iif, BRIDGED_IN), 'prerouting', 'input'], from);
  const blocked = (rule: Hit): Verdict =>
    // What may have gone elsewhere before it came to this rule did not surely meet it.
    perhaps.some(({ action }) => action === 'redirect')
      ? { kind: 'uncertain', perhaps: [...perhaps, rule] }
      : { kind: 'blocked', rule, perhaps };
  const sent = out(request);
  if (sent.stop !== null) return blocked(sent.stop);
  if (sent.redirect !== null) {
    const { to, hit } = sent.redirect;
    const local = to.local ? pass(['prerouting', 'input'], { ...sent.packet, iif: 'lo', oif: '' }) : null;
    if (local !== null && local.stop !== null) return blocked(local.stop);
    return { kind: 'redirected', rule: hit, to: { address: to.address, port: to.port }, perhaps };
  }
  const came = back(answerTo(request, sent.packet));
  if (came.stop !== null) return blocked(came.stop);
  if (request.protocol === TCP) {
    for (const packet of laterOf(request, sent.packet, flow.names ?? null)) {
      const later = out(packet);
      if (later.stop !== null) return blocked(later.stop);
    }
    const rest = back(laterAnswer(answerTo(request, sent.packet)));
    if (rest.stop !== null) return blocked(rest.stop);
  }
  if (request.family === 4 && request.oif !== 'lo') perhaps.push(...ruleset.arp.flatMap(stopsOfOthers));
  return perhaps.length > 0 ? { kind: 'uncertain', perhaps } : { kind: 'accepted' };
}

/** At the hooks of a bridge, a packet goes by one of its ports: which one is not known. */
function portsOf({ hook, iif, oif }: Packet): Pick<Packet, 'iif' | 'oif'> {
  const isBridged = hook.startsWith('bridge_');
  return {
    iif: isBridged && iif !== '' ? UNKNOWN_DEVICE : iif,
    oif: isBridged && oif !== '' ? UNKNOWN_DEVICE : oif,
  };
}

const BRIDGED_OUT: readonly Hook[] = ['bridge_output', 'bridge_postrouting'];
const BRIDGED_IN: readonly Hook[] = ['bridge_prerouting', 'bridge_input'];

function isBridge(device: string, { bridges }: Host): Ternary {
  if (device === 'lo') return false;
  return bridges === null || device === UNKNOWN_DEVICE ? (bridges?.size === 0 ? false : null) : bridges.has(device);
}

/** What of a chain could stop packets that cannot be followed through it, as ARP: not decided. */
function stopsOfOthers(base: BaseChain): readonly Hit[] {
  const found = (where: string, text: string, action: Hit['action']): readonly Hit[] => [
    {
      where,
      manager: base.manager,
      text: text.slice(0, 500),
      action,
      inbound: base.hook === 'input',
      owner: null,
      later: false,
    },
  ];
  const seen = new Set<Chain>();
  const stopIn = (chain: Chain): Rule | undefined => {
    if (seen.has(chain)) return undefined;
    seen.add(chain);
    for (const rule of chain.rules)
      for (const step of rule.steps) {
        if (step.kind === 'look_up') return rule;
        if (step.kind !== 'decide') continue;
        const { decision } = step;
        if (decision.do === 'drop' || decision.do === 'reject' || decision.do === 'queue') return rule;
        const inner = 'chain' in decision && decision.chain !== null ? stopIn(decision.chain) : undefined;
        if (inner !== undefined) return inner;
      }
    return undefined;
  };
  const rule = stopIn(base.chain);
  if (rule !== undefined) return found(rule.where, rule.text, 'drop');
  return base.drops ? found(`${base.where} policy`, 'policy drop', 'policy_drop') : [];
}

/** Where a packet goes whose mark is another now. */
function wayOf(packet: Packet, marked: NonNullable<Flow['marked']>): { packet: Packet; local: boolean } {
  if (marked.length === 0) return { packet, local: false };
  const lost = { packet: { ...packet, oif: UNKNOWN_DEVICE, destinationType: null }, local: false };
  if (!isPoint(packet.mark)) return lost;
  const mark = Number(packet.mark.lo);
  const entry = marked.find(({ value, mask }) => (mark & mask) >>> 0 === value);
  if (entry === undefined) return { packet, local: false };
  const { route } = entry;
  if (route === null) return lost;
  const local = route.type === 'local' || route.device === 'lo';
  return { packet: { ...packet, oif: route.device, destinationType: route.type }, local };
}

function redirected(packet: Packet, { address, port, local }: Redirect): Packet {
  const own = local ? (packet.family === 4 ? 0x7f00_0001 : 1n) : address;
  return {
    ...packet,
    translated: true,
    destination: own === null ? packet.destination : point(own),
    destinationPort: port === null ? packet.destinationPort : point(port),
    destinationType: local ? 'local' : own === null ? packet.destinationType : null,
  };
}

function basesOf({ bases }: Ruleset, { hook, family, iif, oif }: Packet): readonly BaseChain[] {
  const device = hook === 'egress' ? oif : iif;
  return (
    bases
      .filter((base) => base.hook === hook && (base.family === null || base.family === family))
      .filter(({ devices }) => devices === null || device === UNKNOWN_DEVICE || devices.includes(device))
      // Of one priority, the chain that was made last comes first (nf_hook_entries_grow() in the kernel).
      .toReversed()
      .toSorted((a, b) => a.priority - b.priority)
  );
}

function walkBase(way: Way, packet: Packet, perhaps: Hit[]): Passed {
  const { base } = way;
  const walked = walk(way, base.chain, packet, 0);
  const inbound = packet.answer || packet.hook === 'prerouting' || packet.hook === 'input';
  perhaps.push(...walked.perhaps);
  const { end } = walked;
  const passed: Passed = { packet: walked.packet, stop: null, redirect: null, marked: walked.marked };
  if (end.at === 'redirect') {
    if (!walked.mayAccept && walked.sure) return { ...passed, redirect: end };
    perhaps.push(end.hit);
    return passed;
  }
  const stop =
    end.at === 'stop'
      ? end.hit
      : end.at === 'through' && base.drops
        ? {
            where: `${base.where} policy`,
            manager: base.manager,
            text: 'policy drop',
            action: 'policy_drop' as const,
            inbound,
            owner: null,
            later: packet.later,
          }
        : null;
  if (stop === null) return passed;
  if (!walked.mayAccept) return { ...passed, stop };
  perhaps.push(stop);
  return passed;
}

const stateOf = ({ mark, connMark, tracked, changedSets }: Packet): string =>
  `${String(mark.lo)} ${String(mark.hi)} ${String(connMark.lo)} ${String(connMark.hi)} ${String(tracked)} ${changedSets.join(' ')}`;

/** Once per chain and state of the packet, whatever the number of jumps. */
function walk(way: Way, chain: Chain, packet: Packet, depth: number): Walked {
  const state = stateOf(packet);
  const known = way.known.get(state) ?? new Map<Chain, Walked | 'open'>();
  way.known.set(state, known);
  const before = known.get(chain);
  // No loader accepts a loop; whoever printed one is not to be trusted.
  if (before === 'open' || depth > MAX_DEPTH) throw new TooLarge();
  if (before !== undefined) return before;
  known.set(chain, 'open');
  const walked = walkRules(way, chain, packet, depth);
  known.set(chain, walked);
  return walked;
}

/** The state of a walk through one chain. */
interface Account {
  packet: Packet;
  readonly perhaps: Hit[];
  mayAccept: boolean;
  /** A rule that cannot be decided may have left this chain. */
  mayLeave: boolean;
  marked: Hit | null;
}

function walkRules(way: Way, chain: Chain, packet: Packet, depth: number): Walked {
  const account: Account = { packet, perhaps: [], mayAccept: false, mayLeave: false, marked: null };
  const { budget, host } = way;
  const candidates = candidatesIn(chain, packet);
  const count = candidates?.length ?? chain.rules.length;
  for (let index = 0; index < count; index += 1) {
    const rule = chain.rules[candidates?.[index] ?? index];
    if (rule === undefined) continue;
    if ((budget.left -= 1) < 0) throw new TooLarge();
    let matches: Ternary = true;
    let end: End | null = null;
    for (const step of rule.steps) {
      if (step.kind === 'match') {
        const found = step.test(account.packet, host);
        if (found === false) {
          matches = false;
          break;
        }
        if (found === null) matches = null;
      } else if (step.kind === 'change') {
        const changed = step.change(account.packet, host);
        if (changed.mark !== account.packet.mark) account.marked = hitOf(way, rule, 'other', account.packet);
        account.packet = matches === true ? changed : eitherOf(account.packet, changed);
      } else if (step.kind === 'decide') {
        end = decide(way, rule, step.decision, matches, account, depth);
      } else {
        const { decisions, sure } = step.find(account.packet, host);
        for (const decision of decisions) end = decide(way, rule, decision, sure ? matches : null, account, depth);
      }
      if (end !== null) break;
    }
    if (matches !== false && end !== null) return walkedTo(end, account);
  }
  return walkedTo({ at: 'through' }, account);
}

function walkedTo(end: End, { packet, perhaps, mayAccept, mayLeave, marked }: Account): Walked {
  return { end, sure: !mayLeave, packet, perhaps, mayAccept, marked };
}

/** The end of this chain, if the rule surely brings it; null = on to the next rule. */
function decide(
  way: Way,
  rule: Rule,
  decision: Decision,
  matches: Ternary,
  account: Account,
  depth: number,
): End | null {
  const hit = (action: Hit['action']): Hit => hitOf(way, rule, action, account.packet);
  const stop = (action: Hit['action']): End | null => {
    if (matches === true) return { at: 'stop', hit: hit(action) };
    account.perhaps.push(hit(action));
    return null;
  };
  switch (decision.do) {
    case 'continue':
      return null;
    case 'accept':
      if (matches === true) return { at: 'accept' };
      account.mayAccept = true;
      return null;
    case 'return':
      if (matches === true) return { at: 'through' };
      account.mayLeave = true;
      return null;
    case 'drop':
    case 'reject':
      return stop(decision.do);
    case 'queue': {
      const { queues } = way.host;
      const { first, last, bypass } = decision;
      const heard = queues === null ? null : [...queues].some((queue) => queue >= first && queue <= last);
      // Nobody listens: the kernel lets go of the packet, unless the rule says to carry on.
      if (heard === false) return bypass ? (matches === true ? { at: 'accept' } : null) : stop('drop');
      account.perhaps.push(hit('other'));
      account.mayAccept = true;
      return null;
    }
    case 'unknown':
      account.perhaps.push(hit('other'));
      account.mayAccept = true;
      account.mayLeave = true;
      return null;
    case 'redirect':
      if (matches === true) return { at: 'redirect', hit: hit('redirect'), to: decision };
      account.perhaps.push(hit('redirect'));
      return null;
    case 'translate_source':
      return matches === true ? { at: 'accept' } : null;
    default:
      return follow(way, decision, matches, account, depth);
  }
}

function follow(
  way: Way,
  decision: Extract<Decision, { do: 'jump' | 'goto' }>,
  matches: Ternary,
  account: Account,
  depth: number,
): End | null {
  if (decision.chain === null) return null;
  const inner = walk(way, decision.chain, account.packet, depth + 1);
  for (const hit of inner.perhaps) account.perhaps.push(hit);
  if (account.perhaps.length > 1000) account.perhaps.length = 1000;
  account.packet = matches === true ? inner.packet : eitherOf(account.packet, inner.packet);
  if (inner.mayAccept) account.mayAccept = true;
  account.marked = inner.marked ?? account.marked;
  const { end } = inner;
  if (matches === true && inner.sure && end.at !== 'through') return end;
  if (end.at === 'accept') account.mayAccept = true;
  if (end.at === 'stop' || end.at === 'redirect') account.perhaps.push(end.hit);
  if (decision.do !== 'goto') return null;
  // Who went by goto does not come back: the end of that chain is the end of this one.
  if (matches === true) return { at: 'through' };
  account.mayLeave = true;
  return null;
}

function eitherOf(one: Packet, other: Packet): Packet {
  if (stateOf(one) === stateOf(other)) return one;
  const join = (a: Packet['mark'], b: Packet['mark']): Packet['mark'] => ({
    lo: a.lo < b.lo ? a.lo : b.lo,
    hi: a.hi > b.hi ? a.hi : b.hi,
  });
  return {
    ...one,
    mark: join(one.mark, other.mark),
    connMark: join(one.connMark, other.connMark),
    tracked: one.tracked === other.tracked ? one.tracked : null,
    changedSets: [...new Set([...one.changedSets, ...other.changedSets])],
  };
}

function hitOf({ base }: Way, rule: Rule, action: Hit['action'], { hook, answer, later }: Packet): Hit {
  const { where, text, owner } = rule;
  const inbound = answer || hook === 'prerouting' || hook === 'input';
  return { where, manager: base.manager, text: text.slice(0, 500), action, inbound, owner, later };
}

/** Many flows, without holding up whatever else the process does. `signal`: what is left then is `not_read`. */
export async function judgeAll(
  ruleset: Ruleset,
  flows: readonly Flow[],
  host: Host,
  signal: AbortSignal,
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const flow of flows) {
    verdicts.push(signal.aborted ? { kind: 'not_read', why: 'too_large' } : judge(ruleset, flow, host));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return verdicts;
}
