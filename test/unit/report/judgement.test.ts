/** The one sentence, where the running Agent has a word in it. */
import { expect, it } from 'vitest';
import type { Report } from '../../../src/model/report.js';
import { plainPaint } from '../../../src/report/paint.js';
import type { RenderOptions } from '../../../src/report/renderer.js';
import { renderText } from '../../../src/report/text.js';
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
const reportFor = (status: string, claimed: boolean | null, run: World, reason: string | null = null): Report => {
  run.agent = { ...run.agent, claimed };
  run.seen.add(agentStatus({ status, reason }));
  return reportOf(run);
};
const told = (status: string, claimed: boolean | null, run = healthy()) => judge(reportFor(status, claimed, run));

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

const plain: RenderOptions = { paint: plainPaint, width: 80, unicode: true, verbose: 0 };

it.each([
  ['available', "Couldn't resolve host name", 'agent.claim_not_retried', 'netdatacli reload-claiming-state'],
  ['available', 'Failed: token is expired, not found, or invalid', 'agent.claim_refused', 'Copy a new token'],
  ['offline', 'disconnected, ping timed out', 'agent.link_flapping', '--hold 5m'],
  ['offline', 'timeout', 'agent.running_offline', 'restart netdata'],
])('%s, %j: told like a cause, with what to do, beside a good verdict', (status, reason, id, words) => {
  const report = reportFor(status, status === 'offline', healthy(), reason);
  const { ownWord, cause, tone, risks, notes } = judge(report);
  expect([cause, tone, ownWord?.id]).toEqual([null, 'ok', id]);
  expect([...risks, ...notes].map((finding) => finding.id)).not.toContain(id);
  const text = renderText(report, plain);
  expect(text).toContain('WHAT IS WRONG');
  expect(text).toContain(words);
  expect(report.exitCode).toBe(0);
});

it('steps back behind a cause', () => {
  const noLink = walkLegs(world(), { link: { steps: (steps) => void steps.connectTimeout(ADDRESS.link, SILENT) } });
  const { ownWord, cause, risks } = judge(reportFor('offline', true, noLink, 'disconnected, ping timed out'));
  expect([ownWord, cause?.id]).toEqual([null, 'tcp.dropped']);
  expect(risks.map(({ id }) => id)).toContain('agent.link_flapping');
});
