/** One short line on what was just seen; shown on a terminal only. */
import type { Observation } from '../../model/observation.js';

export function progressText(observation: Observation): string {
  const seconds = (observation.tMs / 1000).toFixed(1);
  const what = observation.operation.replaceAll('_', ' ');
  const where = observation.targetId ?? observation.address ?? '';
  const outcome = observation.failure === null ? '' : ` (${observation.failure.kind})`;
  return `${seconds}s  ${what} ${where}${outcome}`.replaceAll(/[^\x20-\x7e]/g, '?');
}
