/** What probes and the running Agent make of the facts that files gave. */
import { rulesFor } from '../../agent/versions.js';
import type { AgentFacts, LegSettings } from '../../model/agent.js';
import type { Observation } from '../../model/observation.js';
import type { Target } from '../../model/target.js';
import type { EnvEndpoints } from '../../model/planned.js';

/** Where /env sent the Agent replaces what was only documented. */
export function withEndpoints(facts: AgentFacts, endpoints: EnvEndpoints | null): AgentFacts {
  if (endpoints === null) return facts;
  const moved = (leg: 'auth' | 'link'): LegSettings => {
    const endpoint = endpoints[leg];
    const settings = facts.legs[leg];
    if (endpoint === null) return settings;
    return { ...settings, ...endpoint, hostSource: { kind: 'process', name: '/env', line: null } };
  };
  return { ...facts, legs: { ...facts.legs, auth: moved('auth'), link: moved('link') } };
}

/** Whether it is claimed, the running Agent knows best; files that say so may still be read by it. */
export function withItsOwnWord(facts: AgentFacts, observations: readonly Observation[]): AgentFacts {
  if (facts.claimed === true) return facts;
  const { availableIsUnclaimed } = rulesFor(facts.version.value);
  const said = observations.flatMap((seen) => {
    if (seen.operation !== 'read_agent_status' || seen.status === null) return [];
    const doubtful = seen.status === 'available' && seen.source === 'api_v3_info' && !availableIsUnclaimed;
    return doubtful ? [] : [CLAIMED[seen.status] ?? null];
  });
  return { ...facts, claimed: said.find((claimed) => claimed !== null) ?? facts.claimed };
}

/** What the status of a running Agent says of its claim. */
const CLAIMED: Readonly<Record<string, boolean>> = { available: false, offline: true, online: true, banned: true };

/** Documented targets that /env replaced are no longer the Agent's. */
export function currentTargets(targets: readonly Target[], facts: AgentFacts): readonly Target[] {
  return targets.filter((target) => {
    if (target.leg === null) return true;
    const { host, port } = facts.legs[target.leg];
    return target.host === host && target.port === port;
  });
}
