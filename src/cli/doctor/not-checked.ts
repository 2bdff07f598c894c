/** What a run did not check, and why: for people. */
import { isOwnLack } from '../../model/failure.js';
import type { Observation } from '../../model/observation.js';
import type { Discovery } from '../../model/planned.js';

/** What of this host's files was left out because of its size or its slowness. */
export function unreadHere({ facts, observations }: Discovery, cutOff: number): readonly string[] {
  const cut = new Set(observations.flatMap(({ id, failure }) => (failure?.rawCode === 'EFBIG' ? [id] : [])));
  return [
    ...facts.trustStores.flatMap(({ title, problem, observation }) =>
      observation !== null && cut.has(observation) ? [`${title}: not read whole (${problem ?? ''})`] : [],
    ),
    ...(cutOff === 0 ? [] : [`${String(cutOff)} questions about this host's files: not answered within their time`]),
  ];
}

const STATUS_SOURCES = {
  api_v3_info: 'its API',
  api_v1_aclk: 'its API',
  netdatacli: 'netdatacli',
} as const;

/** What the Agent was asked and did not say, or said in a way that nobody can read. */
export function unheard(observations: readonly Observation[]): readonly string[] {
  return observations.flatMap((seen) => {
    if (seen.operation !== 'read_agent_status') return [];
    const whose = `the Agent's own status from ${STATUS_SOURCES[seen.source]}`;
    if (seen.failure?.kind === 'malformed_response')
      return [`${whose}: its answer is damaged or not what it should be`];
    return seen.failure?.kind === 'generic_timeout_error' ? [`${whose}: no answer in time`] : [];
  });
}

/** Steps that this process could not take for want of files or memory. */
export function lacking(observations: readonly Observation[]): readonly string[] {
  const steps = observations.filter(({ failure }) => failure !== null && isOwnLack(failure));
  if (steps.length === 0) return [];
  const codes = [...new Set(steps.map(({ failure }) => failure?.rawCode))].join(', ');
  return [
    `${String(steps.length)} steps: not taken because this process may open no more files or has no memory left (${codes}); raise the limit, for example with ulimit -n 1024`,
  ];
}
