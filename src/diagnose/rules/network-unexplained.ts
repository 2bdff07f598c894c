import { remedy } from '../remedies.js';
import { hostList, sentence } from '../text.js';
import type { Draft, Rule } from '../types.js';

/** The last resort: a leg fails at a step that no rule has a name for. Better said than left out. */
export const networkUnexplained: Rule = {
  id: 'network.unexplained',
  requires: [],
  evaluate: () => [],
  evaluateLast(ev, explained) {
    return ev.predictions.flatMap((prediction): Draft[] => {
      const { leg, stops, outcome, rule, why } = prediction;
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
          data: { operation: seen.operation, rule, words: why, code: seen.failure?.rawCode ?? null },
        },
      ];
    });
  },
  describe(cause) {
    return {
      title: `The step ${String(cause.data['operation']).replaceAll('_', ' ')} fails for ${hostList(cause)}, and no rule explains it`,
      why: sentence(
        String(cause.data['words']),
        cause.data['code'] === null ? null : `The platform's own code: ${String(cause.data['code'])}.`,
        'None of the known causes fits what was seen.',
      ),
      remedies: [
        remedy('network', 'Look at the observations of this step, and report the run so that the cause gets a name.', {
          command: 'netdata-egress doctor --json --output run.json',
        }),
      ],
    };
  },
};
