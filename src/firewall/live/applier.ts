/**
 * What a host firewall must be able to do around its artefact: read our part back, save it, put it back, apply,
 * remove. Everything goes by the marker; nothing that is not ours is touched.
 */
import type { RenderedFile } from '../../model/allow-list.js';
import type { CheckedAllowList, RuleOptions } from '../target.js';
import type { CommandRunner } from './runner.js';

/** One destination that the live rules let through. */
export interface LiveEntry {
  readonly family: 4 | 6;
  /** With length. */
  readonly cidr: string;
  /** `443`, `80,443`: sorted. */
  readonly ports: string;
}

/** Where our chain is entered, or an object is used. */
export interface LiveHook {
  /** `inet filter output`, `iptables OUTPUT`, … */
  readonly where: string;
  readonly present: boolean;
  /** The rule in front of ours that ends the packet's way, or null. */
  readonly shadowedBy: string | null;
}

export interface LiveState {
  /** Anything with our marker is there. */
  readonly present: boolean;
  /** Of the loaded rules; null = none or not told. */
  readonly revision: string | null;
  /** Sorted, unique. */
  readonly entries: readonly LiveEntry[];
  readonly hooks: readonly LiveHook[];
  /** What does not fit together: half an installation, runtime and permanent in disagreement, … */
  readonly problems: readonly string[];
}

export interface ApplyContext {
  readonly runner: CommandRunner;
  readonly options: RuleOptions;
  /** iptables only: `nft` or `legacy`; null = what `iptables` is on this host. */
  readonly backend: 'nft' | 'legacy' | null;
}

/** Our part of a live ruleset, as JSON: enough to put it back exactly. */
export type Captured = Readonly<Record<string, unknown>>;

export interface Applier {
  /** Id of the rule target. */
  readonly target: string;
  readonly needs: readonly string[];
  read(context: ApplyContext): Promise<LiveState>;
  capture(context: ApplyContext): Promise<Captured>;
  /** Afterwards our part is what it was at capture; throws LiveError when that fails. */
  restore(context: ApplyContext, captured: Captured): Promise<void>;
  apply(context: ApplyContext, files: readonly RenderedFile[], list: CheckedAllowList): Promise<void>;
  remove(context: ApplyContext, files: readonly RenderedFile[]): Promise<void>;
}

/** A program of the firewall failed: data for the user, exit 1; the state before is restored by the caller. */
export class LiveError extends Error {
  override readonly name = 'LiveError';
}

export function compareEntries(a: LiveEntry, b: LiveEntry): number {
  const key = (entry: LiveEntry): string => `${String(entry.family)} ${entry.cidr} ${entry.ports}`;
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}

/** Sorted and without duplicates. */
export function uniqueEntries(entries: readonly LiveEntry[]): LiveEntry[] {
  const byKey = new Map(entries.map((entry) => [`${entry.cidr} ${entry.ports}`, entry]));
  return [...byKey.values()].sort(compareEntries);
}
