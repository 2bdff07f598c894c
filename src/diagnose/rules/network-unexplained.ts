import { possible } from '../confidence.js';
import type { Observation } from '../../model/observation.js';
import type { Evidence } from '../evidence.js';
import { remedy } from '../remedies.js';
import { hostList, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { agentRule } from './http-cases.js';

/** The last resort: a leg fails at a step that no rule has a name for. Better said than left out. */
export const networkUnexplained = defineRule({
  id: 'network.unexplained',
  title: 'Something fails that no rule explains',
  blames: 'network',
  confidence: [
    possible(
      'The observations of this run: run again with --output run.json and attach the file to a support request.',
    ),
  ],
  requires: [],
  evaluate: () => [],
  evaluateLast(ev, explained) {
    return ev.predictions.flatMap((prediction): Draft[] => {
      const { leg, stops, outcome, why } = prediction;
      if (stops === null || outcome !== 'will_fail' || explained.has(stops)) return [];
      const seen = ev.byId.get(stops);
      if (seen === undefined) return [];
      return [
        {
          subject: {
            hosts: [ev.agent.legs[leg].host],
            legs: [leg],
            addresses: seen.address === null ? [] : [seen.address],
          },
          evidence: [stops],
          explains: [stops],
          tags: [],
          key: seen.operation,
          data: {
            operation: seen.operation,
            rule: agentRule(prediction),
            words: why,
            code: seen.failure?.rawCode ?? null,
            sometimes: worksElse(seen, ev),
          },
        },
      ];
    });
  },
  describe(cause, ev) {
    return {
      title:
        cause.data['sometimes'] === true
          ? `Connections to ${hostList(cause)} fail now and then`
          : `The step ${String(cause.data['operation']).replaceAll('_', ' ')} fails for ${hostList(cause)}, and no rule explains it`,
      why: sentence(
        String(cause.data['words']),
        cause.data['code'] === null ? null : `The platform's own code: ${String(cause.data['code'])}.`,
        cause.data['sometimes'] === true
          ? 'Another attempt at the same address got through at the same time: packets are lost, or a device limits connections.'
          : 'No known cause fits what was seen.',
      ),
      remedies: [
        remedy('host', 'Save the run and attach it to a support request, so that the cause gets a name.', {
          command: ev.commands.doctor('--output run.json'),
        }),
      ],
    };
  },
});

/** The very same step to the same address worked in another connection of this run. */
function worksElse(seen: Observation, ev: Evidence): boolean {
  return (
    seen.operation === 'connect' &&
    ev.path.some(
      ({ connect }) =>
        connect !== null && connect.failure === null && connect.address === seen.address && connect.port === seen.port,
    )
  );
}
