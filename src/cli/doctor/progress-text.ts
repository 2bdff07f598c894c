/** One short line on what was just seen; shown on a terminal only. */
import type { Observation } from '../../model/observation.js';
import type { Waiting } from '../../probe/run-context.js';

export function progressText(observation: Observation): string {
  const seconds = (observation.tMs / 1000).toFixed(1);
  const what = observation.operation.replaceAll('_', ' ');
  const where = observation.targetId ?? observation.address ?? '';
  const outcome = observation.failure === null ? '' : ` (${observation.failure.kind})`;
  return `${seconds}s  ${what} ${where}${outcome}`.replaceAll(/[^\x20-\x7e]/g, '?');
}

/** What a run that seems to stand still is doing. */
export function waitingText({ leg, operation, sinceMs, untilMs }: Waiting): string {
  const until = `until ${(untilMs / 1000).toFixed(0)}s at most`;
  const what = `${operation.replaceAll('_', ' ')} (${leg}) since ${(sinceMs / 1000).toFixed(1)}s`;
  return `waiting for ${what}, ${until}; Ctrl-C prints what is known`;
}
