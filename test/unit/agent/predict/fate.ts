/** Networks with the fate of every leg, for table tests. */
import { expect } from 'vitest';
import { predict } from '../../../../src/agent/predict.js';
import type { Prediction } from '../../../../src/model/prediction.js';
import { LEGS, type Leg, type RouteEntry } from '../../../../src/model/route.js';
import { agentFacts, HTTP_PROXY, ROUTES, TARGETS, type FactsOptions, type LegPlay } from '../../../helpers/facts.js';
import {
  answer,
  certificate,
  ENV_DOCUMENT,
  untrusted,
  type Scene,
  type Steps,
  type Way,
} from '../../../helpers/observations.js';

export type Fate = 'works' | 'fails' | 'risk' | 'unknown';
const FATE = { will_work: 'works', will_fail: 'fails', at_risk: 'risk', unknown: 'unknown' } as const;

export interface Case {
  readonly name: string;
  readonly seen: Scene;
  readonly facts?: FactsOptions;
  readonly routes?: readonly RouteEntry[];
  readonly fate: readonly [claim: Fate, env: Fate, auth: Fate, link: Fate];
  /** More about single legs. */
  readonly and?: Partial<Record<Leg, Partial<Prediction>>>;
}

export const LINK_LEGS = ['env', 'auth', 'link'] as const;
export const same = (play: LegPlay, legs: readonly Leg[] = LEGS) => Object.fromEntries(legs.map((leg) => [leg, play]));
export const V6 = '2001:db8::1';
export const V6_OTHER = '2001:db8::2';
export const V4 = '203.0.113.1';
export const V4_OTHER = '203.0.113.2';

export const onRoute = (entry: RouteEntry, legs: readonly Leg[] = LEGS): NonNullable<FactsOptions['legs']> =>
  Object.fromEntries(legs.map((leg) => [leg, { routeId: entry.id }]));
export const through = (entry: RouteEntry, proxy: (steps: Steps, way: Way) => void): LegPlay => ({
  label: { routeId: entry.id },
  proxy,
});
export const viaHttp = (reply: string, over = {}): LegPlay =>
  through(HTTP_PROXY, (steps, way) => void steps.proxyReply(way, reply, over));
export const head = (first: string, ...headers: string[]) => `${[first, ...headers].join('\r\n')}\r\n\r\n`;
export const PROXIED: FactsOptions = { legs: onRoute(HTTP_PROXY) };

export const envWith = (headers: readonly string[]) =>
  answer('200 OK', ENV_DOCUMENT, ['Content-Type: application/json', ...headers]);
export const SELF_SIGNED = { judgements: untrusted('DEPTH_ZERO_SELF_SIGNED_CERT') };
export const INSPECTED = {
  chain: [certificate({ issuer: 'CN=Corporate Inspection CA' })],
  judgements: untrusted('SELF_SIGNED_CERT_IN_CHAIN'),
};

/** Holds the predictions against the case, and every prediction against what holds for all of them. */
export function check({ seen, facts, routes, fate, and }: Case): void {
  const predictions = predict({
    facts: agentFacts(facts),
    routes: routes ?? ROUTES,
    targets: TARGETS,
    observations: seen.observations,
  });
  const found = predictions.map((prediction) => FATE[prediction.outcome]);
  const rules = predictions.map(({ leg, rule }) => `${leg}: ${rule}`).join(', ');
  expect(found, rules).toEqual(fate);
  for (const prediction of predictions) {
    expect(prediction).toMatchObject(and?.[prediction.leg] ?? {});
    const ids = new Set(seen.observations.map(({ id }) => id));
    for (const id of prediction.evidence) expect(ids).toContain(id);
    if (prediction.outcome !== 'unknown') expect(prediction.evidence.length).toBeGreaterThan(0);
    if (prediction.outcome === 'will_fail') {
      expect(ids).toContain(prediction.stops);
      expect(prediction.worksAtAttempt).toBeNull();
    }
    expect(prediction.why).not.toMatch(/[{}]/);
  }
}
