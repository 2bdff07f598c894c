/** Time that does not run while a busy machine lets others run. */

/** CPU time of this process that some work took, ms. */
export async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const EVERY_MS = 5;

/** Starts to measure how long this process was kept from running; the answer ends it, ms. */
export function watchStalls(): () => number {
  let last = performance.now();
  let stalledMs = 0;
  const look = (): void => {
    const now = performance.now();
    stalledMs += Math.max(0, now - last - 2 * EVERY_MS);
    last = now;
  };
  const timer = setInterval(look, EVERY_MS);
  return () => {
    look();
    clearInterval(timer);
    return stalledMs;
  };
}
