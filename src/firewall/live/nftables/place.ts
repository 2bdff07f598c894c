/** Where on this host rules of mode allow belong, and whether there is anything for them to do. Pure. */
import { UsageError } from '../../../model/errors.js';
import type { Detection } from '../detect.js';
import type { Placement } from '../manager.js';

/**
 * The one chain that denies what leaves, unless told: one that stops whatever it does not accept goes before those that
 * stop some packets only (a balancer's, for services without endpoints). Two chains of one family each judge the packet
 * again, so an accept in one would not do: that is said, not guessed.
 */
export function placeInNftables(
  { mode, settings }: Placement,
  { egressChains }: Detection,
): Readonly<Record<string, string>> {
  const told = Object.hasOwn(settings, 'table') || Object.hasOwn(settings, 'chain');
  if (mode !== 'allow' || told) return settings;
  const pool = (['rest', 'some', null] as const)
    .map((denies) => egressChains.filter((chain) => chain.denies === denies))
    .find((chains) => chains.length > 0);
  const [first, second] = pool ?? [];
  if (pool === undefined || first === undefined) return settings;
  const inTable = (table: string): Readonly<Record<string, string>> => ({
    ...settings,
    table,
    chain: first.chain,
    'input-chain': first.input ?? 'input',
  });
  if (second === undefined) return inTable(first.table);
  const pair = [first, second].toSorted((a, b) => (a.table < b.table ? -1 : 1));
  const split = pair[0]?.table.startsWith('ip ') === true && pair[1]?.table.startsWith('ip6 ') === true;
  if (pool.length === 2 && split && first.chain === second.chain && first.input === second.input)
    return inTable(pair.map((row) => row.table).join('+'));
  const names = pool.map((row) => `${row.table} ${row.chain}`).join(', ');
  throw new UsageError(
    `several chains judge what leaves this host (${names}): say where the rules go with --set table=… --set chain=…, and look at rules status afterwards`,
  );
}

export function pointlessInNftables({ mode }: Placement, { egressChains }: Detection): string | null {
  return mode === 'allow' && egressChains.length === 0
    ? 'no chain of nftables judges what leaves this host: there is nothing to allow (--mode enforce denies everything else)'
    : null;
}
