/** How hard it is to get the CPU here: what is planned for later must start earlier by as much. */
import { readCapped } from './capped-read.js';

/** More than this tells of a stopped clock, not of a busy machine. */
const MAX_SLOWDOWN = 100;
/** Of less CPU time than this nothing is concluded, ns. */
const LEAST_NS = 20_000_000;
const SCHEDSTAT = '/proc/self/schedstat';

/**
 * Wall time that a unit of CPU time costs our main thread, 1 = we always run at once. `/proc/self/schedstat`: time on
 * the CPU and time spent waiting for it, ns (kernel: Documentation/scheduler/sched-stats.rst); a cgroup's quota counts
 * as waiting. 1 where the kernel does not tell.
 */
export function slowdown(path = SCHEDSTAT): number {
  const { ran, waited } = scheduling(path);
  if (!(ran >= LEAST_NS) || !(waited >= 0)) return 1;
  return Math.min(MAX_SLOWDOWN, (ran + waited) / ran);
}

/** How long our main thread has waited for the CPU since it began, ms; 0 where the kernel does not tell. */
export function waitedForCpuMs(path = SCHEDSTAT): number {
  const { waited } = scheduling(path);
  return waited >= 0 ? waited / 1_000_000 : 0;
}

/** ns; NaN where the kernel does not tell. */
function scheduling(path: string): { readonly ran: number; readonly waited: number } {
  const file = readCapped(path, 200);
  const [ran = NaN, waited = NaN] =
    file.state === 'read' ? file.bytes.toString('latin1').trim().split(/\s+/).map(Number) : [];
  return { ran, waited };
}
