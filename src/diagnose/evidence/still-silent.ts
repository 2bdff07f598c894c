/** Findings whose evidence is a silence that the Agent itself would have waited out: nothing is certain of them. */
import { cutShort, lookupCutShort, patienceWords, type Patience } from '../../agent/patience.js';
import type { Observation, ObservationId } from '../../model/observation.js';
import type { Leg } from '../../model/route.js';
import { silenceOf } from '../../trace/silence.js';
import type { Evidence } from '../evidence.js';

/** What of the steps that a finding explains was not waited for as long as the Agent would; null = nothing. */
export function stillSilent(explains: ReadonlySet<ObservationId>, ev: Evidence): Patience | null {
  const version = ev.agent.version.value;
  const silent = [...explains].flatMap((id) => {
    const seen = ev.byId.get(id);
    return seen === undefined || silenceOf(seen) === null ? [] : [seen];
  });
  const stopped = ev.predictions.filter(({ stops }) => silent.some(({ id }) => id === stops));
  const patienceOf = (seen: Observation, leg: Leg): Patience | null =>
    cutShort(seen, leg, version, ev.timing.tellingMs(seen));
  for (const { leg, rule, stops } of stopped) {
    const seen = rule === 'agent:unknown.still_silent' && stops !== null ? ev.byId.get(stops) : undefined;
    const patience = seen === undefined ? null : patienceOf(seen, leg);
    if (patience !== null) return patience;
  }
  // What decides a leg was weighed there; what decides none is weighed by itself.
  for (const seen of stopped.length > 0 ? [] : silent) {
    const patience = patienceOf(seen, seen.leg ?? 'env');
    if (patience !== null) return patience;
  }
  // The C library waited longer than we did on the wire, and in vain.
  const gaveUp = [...explains].some((id) => {
    const seen = ev.byId.get(id);
    return seen?.operation === 'resolve' && seen.failure !== null && silenceOf(seen) === null;
  });
  if (gaveUp) return null;
  const waited = silent.map(lookupCutShort).filter((patience) => patience !== null);
  return waited.reduce<Patience | null>(
    (least, one) => (least === null || one.waitedSeconds < least.waitedSeconds ? one : least),
    null,
  );
}

/** `Silent for 5 s; the Agent waits 30 s.` */
export function stillSilentWords(patience: Patience): string {
  const words = patienceWords(patience);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** What would raise the confidence. */
export const PATIENT = 'A run that waits as long as the Agent: {doctor --patient}.';
