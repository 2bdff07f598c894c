/** A NetContext for tests: short deadlines, saved rows at hand, and an abort switch. */
import type { NetworkOperation } from '../../../src/model/failure.js';
import type { Observation } from '../../../src/model/observation.js';
import type { NetContext, StepLabel } from '../../../src/net/context.js';
import { watchStalls } from '../cpu.js';

export interface TestContext extends NetContext {
  readonly saved: Observation[];
  readonly abort: () => void;
  /** Sockets whose place was not given back yet. */
  readonly openSockets: () => number;
}

export const LABEL: StepLabel = {
  transactionId: 't1',
  targetId: 'link:example.test:443',
  leg: 'link',
  routeId: 'direct',
  role: { kind: 'path' },
};

export function testContext(timeoutMs = 400): TestContext {
  const zero = performance.now();
  const controller = new AbortController();
  const saved: Observation[] = [];
  let ids = 0;
  let open = 0;
  return {
    now: () => performance.now() - zero,
    wallClock: () => new Date(),
    signal: controller.signal,
    stepTimeoutMs: () => timeoutMs,
    nextId: (operation: NetworkOperation) => `${operation}-${String((ids += 1))}`,
    save: (observation) => {
      saved.push(observation);
    },
    acquireSocket: () => {
      open += 1;
      return Promise.resolve(() => {
        open -= 1;
      });
    },
    saved,
    abort: () => controller.abort(),
    openSockets: () => open,
  };
}

/** A step that ignores its deadline misses it by far more, times in which this process did not run aside. */
const SLACK_MS = 250;

/** How long this process was kept from running during the last step, ms: what a limit of time has to allow for. */
export const lastStep = { stalledMs: 0 };

/** Awaits a step and asserts the contract of all steps: in time, saved exactly once. */
export async function observed<T>(ctx: TestContext, deadlineMs: number, run: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const before = ctx.saved.length;
  const stalledMs = watchStalls();
  const result = await run().finally(() => (lastStep.stalledMs = stalledMs()));
  const took = performance.now() - began;
  if (took > deadlineMs + SLACK_MS + lastStep.stalledMs)
    throw new Error(`took ${String(Math.round(took))} ms, deadline ${String(deadlineMs)}`);
  if (ctx.saved.length !== before + 1) throw new Error(`saved ${String(ctx.saved.length - before)} observations`);
  return result;
}
