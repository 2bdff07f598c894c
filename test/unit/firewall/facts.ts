/** A host about which nothing is known, to be filled in. */
import type { Detection } from '../../../src/firewall/live/detect.js';
import type { HostFacts } from '../../../src/firewall/live/surroundings.js';

export const NOTHING_FILTERS: Detection = {
  managers: [],
  mixedBackends: false,
  suggestion: null,
  backend: null,
  egressChains: [],
  retired: [],
  notChecked: [],
};

export function factsOf(more: Partial<HostFacts> = {}): HostFacts {
  return { system: 'linux', detection: NOTHING_FILTERS, bsd: [], inside: null, docker: null, cloud: null, ...more };
}
