/** The clocks of this machine, and a sleep that a signal ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../watch/loop.js';

export interface Waker extends Clock {
  /** A round now. */
  wake(): void;
}

export function machineClock(end: AbortSignal): Waker {
  let waking = new AbortController();
  let wanted = false;
  return {
    wallMs: () => Date.now(),
    steadyMs: () => performance.now(),
    wake: () => {
      wanted = true;
      waking.abort();
    },
    async sleep(ms) {
      if (end.aborted) return 'ended';
      try {
        if (!wanted) await sleep(ms, undefined, { signal: AbortSignal.any([end, waking.signal]) });
      } catch {
        // The two controllers tell which it was.
      }
      if (end.aborted) return 'ended';
      if (!wanted) return 'slept';
      wanted = false;
      waking = new AbortController();
      return 'woken';
    },
  };
}
