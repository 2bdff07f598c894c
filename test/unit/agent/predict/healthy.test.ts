import { describe, expect, it } from 'vitest';
import { predict } from '../../../../src/agent/predict.js';
import { LEGS } from '../../../../src/model/route.js';
import { agentFacts, healthyExcept, ROUTES, TARGETS } from '../../../helpers/facts.js';

const run = (observations: ReturnType<typeof healthyExcept>['observations'], version = '2.10.3') =>
  predict({ facts: agentFacts({ version }), routes: ROUTES, targets: TARGETS, observations });

describe('predict', () => {
  it('says that every leg works on a healthy network, at once, and on what it rests', () => {
    const predictions = run(healthyExcept().observations);
    expect(predictions.map(({ leg, outcome, rule }) => [leg, outcome, rule])).toEqual(
      LEGS.map((leg) => [leg, 'will_work', 'agent:works']),
    );
    for (const prediction of predictions) {
      expect(prediction.stops).toBeNull();
      expect(prediction.worksAtAttempt).toBe(1);
      expect(prediction.agentWouldSay).toEqual({ status: null, log: null });
      expect(prediction.evidence.length).toBeGreaterThanOrEqual(4);
      expect(prediction.agentSeconds).toBeLessThan(1);
    }
  });

  it.each(LEGS)('does not know about leg %s when nothing was seen of it', (leg) => {
    const seen = healthyExcept(leg);
    // What another leg saw of the same host is another connection: only names are shared.
    const predictions = run(seen.observations);
    for (const prediction of predictions) {
      expect([prediction.leg, prediction.outcome]).toEqual([
        prediction.leg,
        prediction.leg === leg ? 'unknown' : 'will_work',
      ]);
    }
  });

  it('never says will_work when any step of a healthy leg is missing or was interrupted', () => {
    const { observations } = healthyExcept();
    for (const leg of LEGS) {
      for (const missing of observations.filter((seen) => seen.leg === leg && seen.operation !== 'resolve')) {
        const without = run(observations.filter((seen) => seen !== missing));
        expect(without.find((prediction) => prediction.leg === leg)?.outcome, missing.id).toBe('unknown');
        const failure = { kind: 'interrupted', operation: missing.operation, rawCode: null, detail: '' } as const;
        const interrupted = run(observations.map((seen) => (seen === missing ? { ...seen, failure } : seen)));
        expect(interrupted.find((prediction) => prediction.leg === leg)?.outcome, missing.id).toBe('unknown');
      }
    }
  });

  it('ignores controls and alternatives', () => {
    const { observations } = healthyExcept();
    const controls = observations.map((seen) => ({ ...seen, role: { kind: 'alternative' } as const }));
    expect(run(controls).every(({ outcome }) => outcome === 'unknown')).toBe(true);
  });
});
