import { expect, it } from 'vitest';
import { unheard } from '../../../../src/cli/doctor/run-doctor.js';
import type { AgentFacts } from '../../../../src/model/agent.js';
import { agentStatus } from '../../../helpers/observations.js';

const facts = (source: string, kind: string | null = 'native') =>
  ({ installation: { kind }, version: { value: '2.11.0', source } }) as AgentFacts;
const failed = (kind: 'malformed_response' | 'generic_timeout_error' | 'connection_refused') =>
  agentStatus({ failure: { kind, operation: 'read_agent_status', rawCode: null, detail: '' } });

it('tells in one line what the Agent answered in a way that cannot be read, or not at all', () => {
  expect(unheard(facts('running'), [failed('malformed_response')])).toEqual([
    "the Agent's own status from its API: its answer is damaged or not what it should be",
  ]);
  expect(unheard(facts('running'), [failed('generic_timeout_error')])).toHaveLength(1);
  expect(unheard(facts('running'), [failed('connection_refused'), agentStatus()])).toEqual([]);
});

it('tells that an installed Agent did not say its version, and nothing where none is installed', () => {
  expect(unheard(facts('assumed_newest'), [])).toHaveLength(1);
  expect(unheard(facts('assumed_newest', null), [])).toEqual([]);
  expect(unheard(facts('option'), [])).toEqual([]);
});
