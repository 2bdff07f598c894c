/** What is guarded on a host's firewall: rules that are loaded, and rules that are taken out. */
import type { RenderedFile } from '../../../model/allow-list.js';
import type { CheckedAllowList } from '../../core/target.js';
import { compareLive, type Drift } from '../compare.js';
import type { ApplyContext, Captured, FirewallManager } from '../manager.js';
import { overruling } from '../overruled.js';
import type { GuardedWork } from './change.js';

export interface Loading {
  readonly manager: FirewallManager;
  readonly context: ApplyContext;
  readonly files: readonly RenderedFile[];
  readonly list: CheckedAllowList;
  /** ISO 8601 UTC. */
  readonly now: () => string;
  /** Which hosts cannot be reached although the rules let them through. */
  readonly reach: () => Promise<readonly Drift[]>;
}

/** Our rules, and whatever else on this host stops what they let through. */
export function loading({ manager, context, files, list, now, reach }: Loading): GuardedWork<Captured> {
  return {
    capture: () => manager.capture(context),
    restore: (captured) => manager.restore(context, captured),
    apply: () => manager.apply(context, files, list),
    async prove() {
      const drifts = compareLive(list, context.options, await manager.read(context), now());
      const read = [...drifts, ...(await overruling(list, context))];
      // What is not loaded, or known to be stopped, needs no further proof.
      return read.some(({ kind }) => kind === 'stored_only' || kind === 'not_in_force' || kind === 'missing')
        ? read
        : [...read, ...(await reach())];
    },
  };
}

export function removing(
  manager: FirewallManager,
  context: ApplyContext,
  files: readonly RenderedFile[],
): GuardedWork<Captured> {
  return {
    capture: () => manager.capture(context),
    restore: (captured) => manager.restore(context, captured),
    apply: () => manager.remove(context, files),
    async prove(): Promise<readonly Drift[]> {
      const { present } = await manager.read(context);
      const text = 'something of ours is still there';
      return present ? [{ kind: 'left_over', entry: null, names: [], text }] : [];
    },
  };
}
