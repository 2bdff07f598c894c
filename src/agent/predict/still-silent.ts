/** What was not waited for is no failure (docs/reference/agent.md#limits-of-each-step). */
import { cutShort } from '../patience.js';
import type { Judged } from './judged.js';
import type { PredictRule } from './rule-ids.js';
import type { LegView } from './view.js';

/** Rules that say nothing but that something has not come. */
const NOT_COME = new Set<PredictRule>([
  'dns.unresolvable',
  'dns.slow_resolver',
  'socks.target_unresolvable',
  'tcp.timeout',
  'tcp.all_silent',
  'tcp.timeout_ends_loop',
  'proxy.no_reply',
  'proxy.reply_incomplete',
  'socks.no_reply',
  'tls.stalled',
  'http.no_answer',
  'http.incomplete',
  'http.chunk_incomplete',
  'ws.no_answer',
  'ws.incomplete',
  'mqtt.no_connack',
  'mqtt.connack_incomplete',
]);

/** A leg that fails by a silence shorter than the Agent's patience is not decided. */
export function unlessStillSilent(judged: Judged, view: LegView, version: string): Judged {
  const { stop } = judged;
  if (stop?.outcome !== 'will_fail' || stop.at === null || !NOT_COME.has(stop.rule)) return judged;
  const patience = cutShort(stop.at, view.leg, version, view.tellingMs(stop.at));
  if (patience === null || (stop.at.operation !== 'resolve' && view.losesFullSize)) return judged;
  const { at } = stop;
  return {
    ...judged,
    seconds: null,
    stop: { outcome: 'unknown', rule: 'unknown.still_silent', at, seconds: null, patience },
  };
}
