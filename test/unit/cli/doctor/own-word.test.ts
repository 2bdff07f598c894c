/** What the running Agent's own word decides: whether it is claimed, and whether its link is held unasked. */
import { expect, it } from 'vitest';
import { spareHold } from '../../../../src/cli/doctor/run-doctor.js';
import { withItsOwnWord } from '../../../../src/cli/doctor/settled-facts.js';
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

it.each([
  ['1.47.5', 'api_v3_info', null],
  ['1.47.5', 'netdatacli', false],
  ['2.0.0', 'api_v3_info', false],
] as const)('%s says available by %s: claimed %j', (value, source, expected) => {
  const facts = agentFacts({ over: { claimed: null, version: { value, source: 'running' } } });
  expect(withItsOwnWord(facts, [agentStatus({ status: 'available', source })]).claimed).toBe(expected);
});

const PING = 'disconnected, ping timed out';

it.each([
  ['offline', PING, 1, 15_000, 9000],
  ['offline', PING, 1, 8000, 2000],
  ['offline', PING, 1, 7999, 0],
  ['offline', PING, 1, 900_000, 300_000],
  ['online', '', 24, 15_000, 9000],
  ['online', '', 23, 15_000, 0],
  ['online', PING, 1, 15_000, 0],
  ['offline', 'timeout', 1, 15_000, 0],
  ['available', PING, 99, 15_000, 0],
] as const)('%s, %j, %d links, %d ms left: held for %d ms', (status, reason, reconnectCount, leftMs, held) => {
  const seen = [agentStatus({ status: null }), agentStatus({ status, reason, reconnectCount })];
  expect(spareHold(seen, leftMs, { stepMs: 5000 })).toBe(held);
  expect(spareHold([], leftMs, { stepMs: 5000 })).toBe(0);
});
