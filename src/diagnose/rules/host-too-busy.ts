import type { Observation } from '../../model/observation.js';
import type { Leg } from '../../model/route.js';
import { certain } from '../confidence.js';
import { silenceOf } from '../../trace/silence.js';
import { remedy } from '../remedies.js';
import { defineRule, type Draft } from '../rule.js';
import { sentence } from '../text.js';

/** A step that the budget left no time for is this machine's fault only where the machine took that much of it, ms. */
const LEAST_TAKEN_MS = 1000;
/** As many steps as anybody reads. */
const CITED = 8;

/** Our own process was late: what did not come in time says nothing about the network, and nobody else may be blamed. */
export const hostTooBusy = defineRule({
  id: 'host.too_busy',
  title: 'Not decided: this machine was too busy',
  blames: 'host',
  confidence: [certain('read')],
  cap: 'risks',
  requires: [],
  evaluate(ev) {
    return ev.predictions.flatMap(({ leg, outcome, stops, rule }): Draft[] => {
      if (outcome !== 'unknown') return [];
      // An answer is a fact however busy we were, and so is a silence that was waited for.
      const stop = stops === null ? undefined : ev.byId.get(stops);
      if (stop !== undefined && !wasKept(stop)) return [];
      const { host } = ev.agent.legs[leg];
      const kept = ev.observations.filter((seen) =>
        rule === 'agent:unknown.host_not_read' ? wasReadLate(seen) : isOfLeg(seen, leg, host) && wasKept(seen),
      );
      if (kept.length === 0) return [];
      return [
        {
          subject: { hosts: [ev.agent.legs[leg].host], legs: [leg] },
          evidence: kept.slice(0, CITED).map(({ id }) => id),
          explains: [...kept.map(({ id }) => id), ...(stops === null ? [] : [stops])],
          tags: ['read'],
          floor: 'risks',
          data: { heldUpMs: Math.round(Math.max(...kept.map(({ stalledMs }) => stalledMs ?? 0))) },
        },
      ];
    });
  },
  describe(cause, ev) {
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
    return {
      title: 'Not decided: this machine was too busy',
      why: sentence(
        `The doctor got no processor time for ${seconds(Number(cause.data['heldUpMs']))} of a run of ${seconds(ev.input.durationMs)}, so it may have missed answers.`,
        'It draws no conclusion from that silence: the Agent may or may not work.',
      ),
      remedies: [
        remedy('host', 'Run the doctor again when the machine is quieter, and give it more time.', {
          command: `uptime; ${ev.commands.doctor('--timeout 60s --step-timeout 15s')}`,
        }),
        remedy('host', 'In a container or service with a CPU limit, raise the limit while it runs.'),
      ],
    };
  },
});

/** A step of the leg itself, or a look-up that it shares with others. */
function isOfLeg(seen: Observation, leg: Leg, host: string): boolean {
  if (seen.leg !== null) return seen.leg === leg;
  if (seen.operation === 'resolve') return seen.hostname === host;
  return seen.operation === 'dns_query' ? seen.name === host : true;
}

/** Kept from being seen by ourselves, not by a network. */
function wasKept(seen: Observation): boolean {
  const { failure, stalledMs, role } = seen;
  if (failure === null || stalledMs === undefined || role.kind !== 'path') return false;
  if (failure.kind === 'interrupted') return stalledMs >= LEAST_TAKEN_MS;
  return silenceOf(seen)?.cutShort === true;
}

/** This host's own files, of which not all were read in time, while we waited for the CPU. */
function wasReadLate({ operation, stalledMs }: Observation): boolean {
  const isFile = operation === 'read_config' || operation === 'read_environment' || operation === 'read_trust_store';
  return isFile && stalledMs !== undefined && stalledMs >= LEAST_TAKEN_MS;
}
