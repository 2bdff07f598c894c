/** What produces a cause end to end: scenarios of the simulated cloud and cases of the root lab. */
import type { FindingId } from '../../../src/model/finding-id.js';
import { SCENARIOS } from '../../../src/sim/scenarios/registry.js';
import { GROUPS } from '../../netns/cases/registry.js';
import type { LabCase } from '../../netns/harness/case.js';

const CASES: readonly LabCase[] = Object.values(GROUPS).flat();

/** Lab cases in which an id is the cause, or must at least be said. */
export function labCases(id: FindingId): { readonly cause: readonly string[]; readonly said: readonly string[] } {
  const cause = CASES.filter(({ expect: truth }) => truth.cause === id).map((one) => one.id);
  const said = CASES.filter(({ expect: truth }) => truth.also?.includes(id) === true).map((one) => one.id);
  return { cause, said: said.filter((one) => !cause.includes(one)) };
}

export function scenarioIds(id: FindingId): readonly string[] {
  return SCENARIOS.filter(({ expect: truth }) => truth.cause === id).map((one) => one.id);
}
