/** Where a refresh puts its result: a live firewall, or files that something else polls. */
import { dirname, join } from 'node:path';
import { readCapped } from '../../../host/capped-read.js';
import { makeOutputDirectory } from '../../../host/output.js';
import type { RenderedFile } from '../../../model/allow-list.js';
import { compareLive, type Drift } from '../compare.js';
import { comparable, revisionOf } from '../../core/header.js';
import { completeOptions, renderRules, type RuleRequest } from '../../render.js';
import type { CheckedAllowList, RuleTarget } from '../../core/target.js';
import type { FirewallManager, ApplyContext } from '../manager.js';
import { writeDurably } from '../store.js';

export interface Sink {
  readonly target: string;
  /** False for lists of names: nobody is asked. */
  readonly asks: boolean;
  /** A required name without any address is a reason to stop. */
  readonly needsAddresses: boolean;
  /** Entries time out by themselves and have to be set anew at every refresh. */
  readonly rearm: boolean;
  revision(list: CheckedAllowList): string;
  /** What is not as it should be; empty = nothing to do. */
  drift(list: CheckedAllowList, now: string): Promise<readonly Drift[]>;
  capture(): Promise<unknown>;
  restore(captured: unknown): Promise<void>;
  /** Atomic, as far as the target can be. */
  apply(list: CheckedAllowList): Promise<void>;
}

export function liveSink(
  target: RuleTarget,
  manager: FirewallManager,
  context: ApplyContext,
  request: RuleRequest,
): Sink {
  const render = (list: CheckedAllowList): readonly RenderedFile[] => renderRules(target, list, request);
  return {
    target: target.id,
    asks: true,
    needsAddresses: true,
    rearm: context.options.onStale === 'expire',
    revision: (list) => revisionOf(list, context.options),
    drift: async (list, now) => {
      // Stale entries are wanted until the merge lets them go, and applying again does not start a manager.
      const drifts = compareLive(list, context.options, await manager.read(context), now);
      return drifts.filter((drift) => drift.kind !== 'stale');
    },
    capture: () => manager.capture(context),
    restore: (captured) => manager.restore(context, captured as Readonly<Record<string, unknown>>),
    apply: async (list) => manager.apply(context, render(list), list),
  };
}

/** Larger than any file of ours: what is longer is another one. */
const MAX_BYTES = 64 * 1024 * 1024;

function readBack(path: string): string | null {
  const file = readCapped(path, MAX_BYTES);
  return file.state === 'read' ? file.bytes.toString('utf8') : null;
}

/** Files for pollers (external dynamic lists, aliases, proxies): written beside their place and renamed. */
export function fileSink(target: RuleTarget, directory: string, request: RuleRequest): Sink {
  const options = completeOptions(target, request);
  const render = (list: CheckedAllowList): readonly RenderedFile[] => renderRules(target, list, request);
  return {
    target: target.id,
    asks: target.capabilities.matches !== 'names',
    needsAddresses: target.capabilities.matches === 'addresses',
    rearm: false,
    revision: (list) => revisionOf(list, options),
    async drift(list) {
      const drifts: Drift[] = [];
      for (const file of render(list)) {
        const have = readBack(join(directory, file.name));
        if (have === null || comparable(have) !== comparable(file.content))
          drifts.push({
            kind: 'missing',
            entry: null,
            names: [],
            text: `${file.name} is ${have === null ? 'not there' : 'not up to date'}`,
          });
      }
      return drifts;
    },
    async capture() {
      return null;
    },
    // Each file was complete at every moment; an old one is as good as a new one.
    restore: () => Promise.resolve(),
    async apply(list) {
      for (const file of render(list)) {
        const path = join(directory, file.name);
        makeOutputDirectory(dirname(path));
        await writeDurably(path, file.content, file.mode);
      }
    },
  };
}
