/** A light run takes the Agent's own way and nothing else. */
import { expect, it } from 'vitest';
import { doctorOptions } from '../../src/cli/doctor/options.js';
import { runScenario } from '../../src/cli/lab/run-scenario.js';
import { SCENARIOS } from '../../src/sim/scenarios/registry.js';
import { factsOf } from '../../src/watch/facts.js';
import { useOwnTime } from '../helpers/own-time.js';

useOwnTime();

const MOST = 12;

/** One of six, and the healthy one: they wait for deadlines. */
const SOME = SCENARIOS.filter(({ id }, index) => index % 6 === 0 || id === 'healthy');

it.each(SOME.map((scenario) => [scenario.id, scenario] as const))('%s', async (_, scenario) => {
  const options = doctorOptions({ stepTimeout: 700, timeout: 4000 });
  const interrupt = new AbortController().signal;
  const { report } = await runScenario(scenario, { options, interrupt, light: true });
  const facts = factsOf(report);
  expect(facts.connections).toBeLessThanOrEqual(MOST);
  expect(report.observations.filter(({ role }) => role.kind !== 'path')).toEqual([]);
  expect(report.observations.filter(({ operation }) => operation === 'dns_query')).toEqual([]);
  if (scenario.id === 'healthy')
    expect([facts.claim, facts.link, facts.connections]).toEqual(['will_work', 'will_work', 4]);
});
