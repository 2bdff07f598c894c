/** The common time axis of the waterfall. */
import type { Observation } from '../../model/observation.js';

/** Milliseconds → percent of the width, and the four marks at 0, 25, 50 and 75 %. */
export interface Axis {
  readonly at: (ms: number) => number;
  readonly marks: readonly number[];
  readonly end: number;
  /** True when the last quarter covers more time than the first three. */
  readonly compressed: boolean;
}

/** The next number at or above `ms` that divides well by three and by four. */
function roundUp(ms: number): number {
  const step = 10 ** Math.floor(Math.log10(Math.max(ms, 10)));
  return [1.2, 1.8, 2.4, 3, 3.6, 4.8, 6, 7.2, 9, 12].map((factor) => factor * step).find((end) => end >= ms) ?? ms;
}

/**
 * One axis for all. A step that waited in vain would squeeze everything else into a few pixels: then what was
 * answered gets three quarters of the width, and the last quarter is compressed (and says so).
 */
export function axisOf(steps: readonly Observation[]): Axis {
  const last = Math.max(1, ...steps.map((o) => o.tMs));
  const answered = Math.max(1, ...steps.filter((o) => o.failure === null).map((o) => o.tMs));
  const knee = roundUp(answered);
  if (last < knee * 5) {
    const end = roundUp(last);
    return { at: (ms) => (ms / end) * 100, marks: [0, end / 4, end / 2, (end * 3) / 4], end, compressed: false };
  }
  const at = (ms: number): number => (ms <= knee ? (ms / knee) * 75 : 75 + ((ms - knee) / (last - knee)) * 25);
  return { at, marks: [0, knee / 3, (knee * 2) / 3, knee], end: last, compressed: true };
}
