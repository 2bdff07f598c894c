/**
 * What a host firewall can do, and must be able to do around its artefact: read our part back, save it, put it back,
 * apply, remove. Everything goes by the marker; nothing that is not ours is touched.
 */
import type { RenderedFile } from '../../model/allow-list.js';
import type { CheckedAllowList, RuleMode, RuleOptions } from '../core/target.js';
import type { Detection } from './detect.js';
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
  /** Id of the target whose rules these are: several share their chains. */
  readonly target: string;
  /** False: the manager does not run, so its rules are stored and none of them is loaded. */
  readonly running: boolean;
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
  /** Managers with two backends: which one; null = what `iptables` is on this host. */
  readonly backend: 'nft' | 'legacy' | null;
}

/** Our part of a live ruleset, as JSON: enough to put it back exactly. */
export type Captured = Readonly<Record<string, unknown>>;

/** The part of a request that says where rules go. */
export interface Placement {
  readonly mode: RuleMode;
  readonly settings: Readonly<Record<string, string>>;
}

export interface FirewallManager {
  /** Id of the rule target. */
  readonly target: string;
  /** Programs that must be installed. */
  readonly needs: readonly string[];
  /** Keeps what it was told over a boot by itself; the others need a unit that loads their rules. */
  readonly keepsRules: boolean;
  /** Has an nft and a legacy backend (iptables(8)): which one is meant may have to be told. */
  readonly hasBackends: boolean;
  /** Targets whose rules take the place of each other's, this one included. */
  readonly replaces: readonly string[];
  /** For a unit that refreshes it, beside the state directory: systemd.exec(5) ReadWritePaths, CapabilityBoundingSet. */
  readonly unit: { readonly writes: readonly string[]; readonly capabilities: string };
  /** Settings that say where on this host the rules belong. Throws UsageError where only the operator can know. */
  place?(asked: Placement, detection: Detection): Readonly<Record<string, string>>;
  /** Why such rules would change nothing on this host, our words; null = they do. */
  pointless?(asked: Placement, detection: Detection): string | null;
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

function compareEntries(a: LiveEntry, b: LiveEntry): number {
  const key = (entry: LiveEntry): string => `${String(entry.family)} ${entry.cidr} ${entry.ports}`;
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}

/** Sorted and without duplicates. */
export function uniqueEntries(entries: readonly LiveEntry[]): LiveEntry[] {
  const byKey = new Map(entries.map((entry) => [`${entry.cidr} ${entry.ports}`, entry]));
  return [...byKey.values()].sort(compareEntries);
}

/** Ports of one address that are spread over several rules come together. */
export function joinPorts(entries: readonly LiveEntry[]): LiveEntry[] {
  const byCidr = new Map<string, LiveEntry>();
  for (const entry of entries) {
    const ports = [...(byCidr.get(entry.cidr)?.ports.split(',') ?? []), ...entry.ports.split(',')].map(Number);
    byCidr.set(entry.cidr, { ...entry, ports: [...new Set(ports)].sort((a, b) => a - b).join(',') });
  }
  return uniqueEntries([...byCidr.values()]);
}
