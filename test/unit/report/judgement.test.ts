/** The one sentence, where the running Agent has a word in it. */
import { expect, it } from 'vitest';
import type { Report } from '../../../src/model/report.js';
import { judge } from '../../../src/report/judgement.js';
import { undecided } from '../../helpers/sample-kinds.js';
import {
  inputOf,
  tell,
  healthy,
  walkLegs,
  world,
  agentStatus,
  ADDRESS,
  SILENT,
  type World,
} from '../diagnose/world.js';

const reportOf = (run: World): Report => ({ ...inputOf(run), ...tell(run) });
const told = (status: string, claimed: boolean | null, run = healthy()) => {
  run.agent = { ...run.agent, claimed };
  run.seen.add(agentStatus({ status, reason: null }));
  return judge(reportOf(run));
};

it('says first that the Agent is not claimed', () => {
  expect(told('available', false).headline).toBe(
    'The Agent is not claimed. Claiming and the link to Netdata Cloud will work from this host.',
  );
  expect(told('online', true).headline).not.toContain('not claimed');
});

it('says of a child that it needs no way of its own, whatever a claim would meet', () => {
  const noClaim = walkLegs(world(), { claim: { steps: (steps) => void steps.connectTimeout(ADDRESS.claim, SILENT) } });
  const { headline, tone, cause } = told('indirect', false, noClaim);
  expect(headline).toBe('A Parent holds the link to Netdata Cloud for this Agent, which needs none of its own.');
  expect(tone).toBe('ok');
  expect(cause).toBeNull();
});

it('names the option where a run of one family could not decide', () => {
  const advice = (families: readonly string[]): string | null =>
    judge({ ...undecided(), options: { ...undecided().options, families } }).advice;
  expect(advice(['4'])).toContain('--ipv4');
  expect(advice(['6'])).toContain('--ipv6');
  for (const families of [['4', '6'], []]) expect(advice(families)).not.toMatch(/--ipv/);
});
