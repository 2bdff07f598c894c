import { expect, it } from 'vitest';
import { unheard } from '../../../../src/cli/doctor/not-checked.js';
import { agentStatus } from '../../../helpers/observations.js';

const failed = (kind: 'malformed_response' | 'generic_timeout_error' | 'connection_refused') =>
  agentStatus({ failure: { kind, operation: 'read_agent_status', rawCode: null, detail: '' } });

it('tells in one line what the Agent answered in a way that cannot be read, or not at all', () => {
  expect(unheard([failed('malformed_response')])).toEqual([
    "the Agent's own status from its API: its answer is damaged or not what it should be",
  ]);
  expect(unheard([failed('generic_timeout_error')])).toHaveLength(1);
  expect(unheard([failed('connection_refused'), agentStatus()])).toEqual([]);
});
