/**
 * One guarded change, whatever changes: apply, read back, and keep it or put everything back. Loading rules, taking
 * them out and refreshing them differ in what they do, not in how they are undone.
 */
import type { Drift, DriftKind } from '../compare.js';
import { LiveError } from '../manager.js';

/** What became of a change. */
export type Verdict = 'confirmed' | 'rolled_back';

export interface GuardedWork<T> {
  /** What the state is before; enough to put it back exactly. */
  capture(): Promise<T>;
  restore(captured: T): Promise<void>;
  apply(): Promise<void>;
  /** What is not as it should be afterwards. */
  prove(): Promise<readonly Drift[]>;
}

/** Who has the last word about a change. */
export interface Guard<T> {
  /** Before anything changes: from here on the way back does not depend on this process. */
  arm(captured: T): Promise<void>;
  /** Settles the fate of the change, once; says what was settled, perhaps by the other side. */
  settle(verdict: Verdict): Promise<Verdict>;
  /** The state before is back. */
  restored(): Promise<void>;
  /** Keeps the change, or waits for the operator's word; `drifts`: what is still not as it should be. */
  confirm(drifts: readonly Drift[]): Promise<Verdict>;
}

/** Nobody else decides: what is proven stays. */
export const UNATTENDED: Guard<unknown> = {
  arm: () => Promise.resolve(),
  settle: (verdict) => Promise.resolve(verdict),
  restored: () => Promise.resolve(),
  confirm: () => Promise.resolve('confirmed'),
};

/** The change did not do what it was made for. Everything else is told, and stays. */
const FATAL: ReadonlySet<DriftKind> = new Set(['missing', 'extra', 'not_in_force', 'left_over']);

export interface Changed {
  readonly verdict: Verdict;
  /** What is still not as it should be, none of it fatal. */
  readonly drifts: readonly Drift[];
}

/** Throws LiveError when it had to be undone; then the state before is back. `step` is called between any two steps. */
export async function guardedChange<T>(
  work: GuardedWork<T>,
  guard: Guard<T>,
  step: (name: 'captured' | 'applied' | 'verified') => void = () => undefined,
): Promise<Changed> {
  const captured = await work.capture();
  step('captured');
  await guard.arm(captured);
  const undo = async (why: string): Promise<never> => {
    if ((await guard.settle('rolled_back')) === 'confirmed')
      throw new LiveError(`${why}; it was confirmed meanwhile, and stays`);
    await work.restore(captured);
    await guard.restored();
    throw new LiveError(`${why}; the state before was put back`);
  };
  const words = (error: unknown, otherwise: string): string => (error instanceof LiveError ? error.message : otherwise);
  try {
    await work.apply();
  } catch (error) {
    return undo(words(error, 'applying failed'));
  }
  step('applied');
  let drifts: readonly Drift[] = [];
  try {
    drifts = await work.prove();
  } catch (error) {
    return undo(`the rules cannot be read back: ${words(error, 'reading failed')}`);
  }
  const fatal = drifts.filter((drift) => FATAL.has(drift.kind));
  const [first] = fatal;
  if (first !== undefined) {
    const count = fatal.length === 1 ? '' : ` (${String(fatal.length)} differences)`;
    return undo(`after the change, ${first.text}${count}`);
  }
  step('verified');
  return { verdict: await guard.confirm(drifts), drifts };
}
