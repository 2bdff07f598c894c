/** Wanted against live: what is missing, extra, stale, not in force. Pure. */
import { retiredAddress } from '../../catalog/known-addresses.js';
import type { LiveEntry, LiveState } from './manager.js';
import { portGroups } from '../core/views.js';
import type { CheckedAllowList, RuleOptions } from '../core/target.js';

export type DriftKind =
  | 'missing'
  | 'extra'
  | 'stale'
  | 'not_in_force'
  /** The manager does not run: what it was told is stored, and nothing of it is loaded. */
  | 'stored_only'
  | 'shadowed'
  | 'overruled'
  | 'inconsistent'
  /** Nobody stops it as far as the rules of this host tell, and yet it was not reached. */
  | 'unproven'
  /** Something of ours is there although it was removed. */
  | 'left_over';

export interface Drift {
  readonly kind: DriftKind;
  /** The destination it is about, or null. */
  readonly entry: LiveEntry | null;
  /** Names behind the destination, sorted. */
  readonly names: readonly string[];
  /** One sentence; may hold text of the firewall program: escape when shown. */
  readonly text: string;
}

/** What the rules have to let through, as the readers of live rulesets report it. */
export function wantedEntries(
  list: CheckedAllowList,
  options: RuleOptions,
): readonly (LiveEntry & { names: readonly string[] })[] {
  const byKey = new Map<string, LiveEntry & { names: readonly string[] }>();
  for (const group of portGroups(list, options))
    for (const endpoint of [...group.v4, ...group.v6]) {
      const known = byKey.get(endpoint.cidr);
      // One address may stand in two groups of ports: live rulesets report it once, with all of them.
      const ports = [...new Set([...(known?.ports.split(',').map(Number) ?? []), ...group.ports])].sort(
        (a, b) => a - b,
      );
      byKey.set(endpoint.cidr, {
        family: endpoint.prefix.family,
        cidr: endpoint.cidr,
        ports: ports.join(','),
        names: [...new Set([...(known?.names ?? []), ...endpoint.names])].sort(),
      });
    }
  return [...byKey.values()];
}

/** Ports of one address that are reported in several rows come together. */
function byAddress(entries: readonly LiveEntry[]): Map<string, LiveEntry> {
  const all = new Map<string, LiveEntry>();
  for (const entry of entries) {
    const ports = [...(all.get(entry.cidr)?.ports.split(',') ?? []), ...entry.ports.split(',')].map(Number);
    all.set(entry.cidr, { ...entry, ports: [...new Set(ports)].sort((a, b) => a - b).join(',') });
  }
  return all;
}

/** An address that the cloud left long ago may belong to anybody by now. */
function retired({ cidr }: LiveEntry): string {
  const known = retiredAddress(cidr.replace(/\/32$/, ''));
  return known === null
    ? ''
    : ` (Netdata Cloud left this address by ${known.until ?? ''}; somebody else may have it now)`;
}

/** `now`: ISO 8601 UTC. Empty = the live rules say exactly what is wanted, and are in force. */
export function compareLive(
  list: CheckedAllowList,
  options: RuleOptions,
  live: LiveState,
  now: string,
): readonly Drift[] {
  const about = (kind: DriftKind, text: string): Drift => ({ kind, entry: null, names: [], text });
  const drifts: Drift[] = [];
  const wanted = wantedEntries(list, options);
  const have = byAddress(live.entries);
  for (const entry of wanted) {
    const found = have.get(entry.cidr);
    if (found?.ports === entry.ports) continue;
    const text =
      found === undefined
        ? `${entry.cidr} tcp/${entry.ports} (${entry.names.join(', ')}) is not let through`
        : `${entry.cidr} is let through to tcp/${found.ports} instead of tcp/${entry.ports}`;
    drifts.push({ kind: 'missing', entry, names: entry.names, text });
  }
  for (const entry of have.values())
    if (!wanted.some((row) => row.cidr === entry.cidr))
      drifts.push({
        kind: 'extra',
        entry,
        names: [],
        text: `${entry.cidr} tcp/${entry.ports} is let through, and nothing asks for it${retired(entry)}`,
      });
  for (const host of list.hosts)
    for (const address of host.addresses)
      if (address.expires !== null && address.expires < now && have.has(address.cidr))
        drifts.push({
          kind: 'stale',
          entry: have.get(address.cidr) ?? null,
          names: [host.fqdn],
          text: `${address.cidr} (${host.fqdn}) was last seen ${address.lastSeen} and went stale ${address.expires}`,
        });
  if (!live.running) {
    if (live.present)
      drifts.push(
        about('stored_only', `${live.target} is not running: its rules are stored, and none of them is loaded`),
      );
    return drifts;
  }
  for (const hook of live.hooks) {
    if (!hook.present && (wanted.length > 0 || live.present))
      drifts.push(about('not_in_force', `our rules are not entered from ${hook.where}`));
    if (hook.shadowedBy !== null)
      drifts.push(about('shadowed', `${hook.where}: a rule before ours ends every packet's way: ${hook.shadowedBy}`));
  }
  drifts.push(...live.problems.map((text) => about('inconsistent', text)));
  return drifts;
}
