import type { ConnectObservation } from '../../model/observation.js';
import { tookMs } from '../../trace/silence.js';
import { familyOf, leavesWaiting, type Chain, type LegView } from './view.js';

/** libcurl as the claim sets it up (docs/reference/agent.md#claim-request). */
export const CONNECT_BUDGET_MS = 5000;
/** The other family starts this much later. */
const HEAD_START_MS = 200;
/** Two connections this close together may finish in either order. */
const PHOTO_FINISH_MS = 50;

export interface Finisher {
  readonly chain: Chain;
  /** ms from the start of connecting. */
  readonly atMs: number;
}

export interface Eyeballs {
  /** The connection that libcurl keeps, and others that could be first as well. Empty = none works in time. */
  readonly finishers: readonly Finisher[];
  readonly failed: readonly ConnectObservation[];
  readonly anySilent: boolean;
  readonly anyUnseen: boolean;
}

/**
 * Connects as libcurl does: both families side by side, within a family one address after the other; an address that
 * is not the last one gets half of what is left of 5 s.
 */
export function raceAsLibcurl(view: LegView, order: readonly string[], budgetMs: number): Eyeballs {
  const failed: ConnectObservation[] = [];
  let anySilent = false;
  let anyUnseen = false;

  const run = (addresses: readonly string[], startMs: number): { finisher: Finisher | null; endMs: number } => {
    let now = startMs;
    for (const [index, address] of addresses.entries()) {
      const left = budgetMs - now;
      const slot = index === addresses.length - 1 ? left : left / 2;
      const chain = view.chain(address);
      if (chain === null) {
        anyUnseen = true;
        continue;
      }
      const took = tookMs(chain.connect);
      if (chain.connect.failure === null && took <= slot) return { finisher: { chain, atMs: now + took }, endMs: now };
      failed.push(chain.connect);
      if (chain.connect.failure === null || leavesWaiting(chain.connect)) {
        anySilent = true;
        now += slot;
      } else now += Math.min(took, slot);
    }
    return { finisher: null, endMs: now };
  };

  const lead = familyOf(order[0] ?? '');
  const first = run(
    order.filter((address) => familyOf(address) === lead),
    0,
  );
  const second = run(
    order.filter((address) => familyOf(address) !== lead),
    first.finisher === null ? Math.min(first.endMs, HEAD_START_MS) : HEAD_START_MS,
  );
  const all = [first.finisher, second.finisher].filter((finisher) => finisher !== null).sort((a, b) => a.atMs - b.atMs);
  const best = all[0]?.atMs ?? 0;
  return { finishers: all.filter(({ atMs }) => atMs - best <= PHOTO_FINISH_MS), failed, anySilent, anyUnseen };
}
