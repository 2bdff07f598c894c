/**
 * Which rule of this host's own ruleset would stop a packet of ours? A ruleset is read in the kernel's order; a match
 * that we cannot evaluate makes the answer uncertain, never wrong.
 */
import { BlockList, isIP } from 'node:net';
import type { LocalFirewallRule } from '../../model/observation.js';

/** A new outgoing TCP connection. */
export interface Flow {
  readonly address: string;
  readonly port: number;
  /** Effective user of the process; null = unknown. */
  readonly uid: number | null;
  /** Effective group of the process; absent or null = unknown. */
  readonly gid?: number | null;
}

/** Which of the connection's packets is looked at: its SYN on the way out, or the answer to it on the way in. */
export type Packet = 'request' | 'answer';

export type Ternary = boolean | null;

/** No connection of ours comes from a port below this. */
export const FIRST_EPHEMERAL = 1024;

export function and(left: Ternary, right: Ternary): Ternary {
  if (left === false || right === false) return false;
  return left === null || right === null ? null : true;
}

/** Address in `text` or `text/prefix`; null when the text is neither. */
export function inPrefix(address: string, text: string): Ternary {
  const [base, length] = text.split('/');
  if (base === undefined || isIP(base) === 0) return null;
  const family = isIP(base);
  if (isIP(address) !== family) return false;
  const bits = length === undefined ? (family === 4 ? 32 : 128) : Number(length);
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) return null;
  const list = new BlockList();
  list.addSubnet(base, bits, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Whether a port that the kernel will choose lies between these, both included. */
export function ephemeralIn(low: number, high: number): Ternary {
  if (high < FIRST_EPHEMERAL) return false;
  return low <= FIRST_EPHEMERAL && high >= 65_535 ? true : null;
}

/** What the way through one base chain left behind. */
export interface Trace {
  /** Rules that perhaps stop the flow. */
  readonly uncertain: LocalFirewallRule[];
  /** An earlier rule perhaps accepted the flow: from there on nothing is sure. */
  doubt: boolean;
}

/** The rule as it is to be reported after what came before it. */
export function doubted(rule: LocalFirewallRule, trace: Trace): LocalFirewallRule {
  return trace.doubt && rule.matches === true ? { ...rule, matches: null } : rule;
}

/** Outcome of one chain for one flow. */
export type Walked =
  { readonly end: 'accept' | 'return' | 'through' } | { readonly end: 'stop'; readonly rule: LocalFirewallRule };

/** A rule, and the connection it was found for. */
export interface Hit {
  readonly rule: LocalFirewallRule;
  readonly flow: Flow;
}

/** Keeps the surest account of each rule, with the destinations that it surely bites. */
export function surest(hits: readonly Hit[]): readonly LocalFirewallRule[] {
  const byPlace = new Map<string, LocalFirewallRule>();
  for (const { rule, flow } of hits) {
    const known = byPlace.get(rule.where);
    const addresses = [...(known?.addresses ?? []), ...(rule.matches === true ? [flow.address] : [])];
    const better = known === undefined || (known.matches !== true && rule.matches === true) ? rule : known;
    byPlace.set(rule.where, addresses.length === 0 ? better : { ...better, addresses: [...new Set(addresses)] });
  }
  return [...byPlace.values()];
}
