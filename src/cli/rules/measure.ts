/** The network as `rules` uses it: the same steps as every probe, without a report. */
import type { NetContext, StepLabel } from '../../net/context.js';
import { Run } from '../../probe/run-context.js';

/** Whole budget, ms: a few rounds of the slowest step. */
const RUN_MS = 30_000;
const STEP_MS = 5000;

/** `label` gives each step a transaction of its own. */
export async function measured<T>(
  maxSockets: number,
  work: (ctx: NetContext, label: () => StepLabel) => Promise<T>,
): Promise<T> {
  const run = new Run({ runMs: RUN_MS, stepMs: STEP_MS, maxSockets, interrupt: new AbortController().signal });
  try {
    return await work(run.context(), () => ({
      transactionId: run.nextTransaction(),
      targetId: null,
      leg: null,
      routeId: 'direct',
      role: { kind: 'path' },
    }));
  } finally {
    run.close();
  }
}
