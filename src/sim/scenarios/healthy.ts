import type { Scenario } from './scenario.js';

/** Networks on which everything works. */
export const HEALTHY_SCENARIOS: readonly Scenario[] = [
  {
    id: 'healthy',
    title: 'Everything works, IPv4',
    faults: [],
    proxy: null,
    expect: { claim: 'will_work', link: 'will_work', cause: null },
  },
];
