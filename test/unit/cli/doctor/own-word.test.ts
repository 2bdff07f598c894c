/** Whether an Agent is claimed: what it says itself, where its files do not say that it is. */
import { expect, it } from 'vitest';
import { withItsOwnWord } from '../../../../src/cli/doctor/run-doctor.js';
import { agentFacts } from '../../../helpers/facts.js';
import { agentStatus } from '../../../helpers/observations.js';

it.each([
  [null, 'available', false],
  [null, 'offline', true],
  [null, 'online', true],
  [null, 'banned', true],
  [null, 'indirect', null],
  [null, null, null],
  [false, 'online', true],
  [false, 'disabled', false],
  // It reads them at its next start, or when it is told to.
  [true, 'available', true],
] as const)('files say %j, the Agent says %j: %j', (claimed, status, expected) => {
  const facts = agentFacts({ over: { claimed } });
  expect(withItsOwnWord(facts, [agentStatus({ status: null }), agentStatus({ status })]).claimed).toBe(expected);
  expect(withItsOwnWord(facts, []).claimed).toBe(claimed);
});
