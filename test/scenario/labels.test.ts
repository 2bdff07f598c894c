import { expect, it } from 'vitest';
import { doctorOptions } from '../../src/cli/doctor/options.js';
import { runScenario } from '../../src/cli/lab/run-scenario.js';
import { findScenario } from '../../src/sim/scenarios/registry.js';
import { schemaFaults } from '../helpers/published-schema.js';
import { useOwnTime } from '../helpers/own-time.js';

useOwnTime();

it('keeps the labels of a host in its run, and in no other place', async () => {
  const scenario = findScenario('healthy');
  if (scenario === null) throw new Error('no such scenario');
  const options = doctorOptions({ stepTimeout: 4000, timeout: 12_000, label: ['site=ams1'] });
  const { report } = await runScenario(scenario, { options, interrupt: new AbortController().signal });
  expect(report.labels).toEqual({ site: 'ams1' });
  expect(report.options).not.toHaveProperty('labels');
  expect(schemaFaults(report)).toBe('');
});
