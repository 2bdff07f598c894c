/** What may not happen by itself, however the answers look. Pure. Source: docs/reference/firewall.md#guards. */
import type { WantedHost } from '../../core/allow-list.js';
import type { RefreshState, SeenAddress } from './state.js';

interface GuardLimits {
  /** Per name and family. */
  readonly perName: number;
  readonly total: number;
  /** A change of more addresses than this, and of more than half, stops. */
  readonly minChange: number;
}

const LIMITS: GuardLimits = { perName: 64, total: 1024, minChange: 20 };

export interface GuardInput {
  readonly before: readonly SeenAddress[];
  readonly after: RefreshState;
  readonly hosts: readonly WantedHost[];
  /** Nothing was ever applied: everything is new, and that is fine. */
  readonly first: boolean;
  readonly acceptChange: boolean;
  /** The target matches addresses: a required name without any is a stop. */
  readonly needsAddresses: boolean;
  readonly limits?: GuardLimits;
}

/** Reasons to stop, our words; empty = go. */
export function guard(input: GuardInput): readonly string[] {
  const { perName, total, minChange } = input.limits ?? LIMITS;
  const stops: string[] = [];
  const key = (row: SeenAddress): string => `${row.fqdn} ${row.address}`;
  const after = input.after.seen;
  if (after.length === 0 && input.needsAddresses) stops.push('no address at all: the rules that are loaded stay');
  else if (input.needsAddresses)
    for (const host of input.hosts)
      if (host.required && !after.some((row) => row.fqdn === host.fqdn))
        stops.push(`no address for ${host.fqdn}, which is required`);
  const counts = new Map<string, number>();
  for (const row of after) {
    const place = `${row.fqdn} (IPv${row.address.includes(':') ? '6' : '4'})`;
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  for (const [place, count] of counts)
    if (count > perName) stops.push(`${place} has ${String(count)} addresses, more than ${String(perName)}`);
  if (after.length > total) stops.push(`${String(after.length)} addresses, more than ${String(total)}`);
  if (!input.first && !input.acceptChange) {
    const had = new Set(input.before.map(key));
    const has = new Set(after.map(key));
    const changes = [...has].filter((row) => !had.has(row)).length + [...had].filter((row) => !has.has(row)).length;
    const limit = Math.max(Math.ceil(had.size / 2), minChange);
    if (changes > limit)
      stops.push(
        `${String(changes)} changes at once (limit ${String(limit)}): look at --dry-run, then --accept-change`,
      );
  }
  return stops;
}
