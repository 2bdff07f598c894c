/** Every scenario, in the order `lab list` prints them. One file per theme, one line here. */
import { HEALTHY_SCENARIOS } from './healthy.js';
import type { Scenario } from './scenario.js';

export const SCENARIOS: readonly Scenario[] = [...HEALTHY_SCENARIOS];

export function findScenario(id: string): Scenario | null {
  return SCENARIOS.find((scenario) => scenario.id === id) ?? null;
}
