import { describe, expect, it } from 'vitest';
import { doctorOptions } from '../../src/cli/doctor/options.js';
import { runScenario } from '../../src/cli/lab/run-scenario.js';
import type { FoundFinding } from '../../src/model/finding.js';
import type { Report } from '../../src/model/report.js';
import { findScenario } from '../../src/sim/scenarios/registry.js';
import { agentStatus } from '../helpers/observations.js';
import { useOwnTime } from '../helpers/own-time.js';

useOwnTime();

/** The healthy network with something that does not like long links; the link is held for 2 s. */
async function run(faults: readonly string[], hold = 2000): Promise<Report> {
  const healthy = findScenario('healthy');
  if (healthy === null) throw new Error('the healthy scenario is gone');
  const { report } = await runScenario(
    { ...healthy, faults: [...faults] },
    { options: doctorOptions({ hold, stepTimeout: 1000 }), interrupt: new AbortController().signal },
  );
  return report;
}

async function held(...faults: readonly string[]): Promise<FoundFinding | null> {
  const finding = (await run(faults)).findings.find(({ id }) => id === 'mqtt.idle_cut');
  return finding?.outcome === 'found' ? finding : null;
}

describe('a running Agent that loses its link', () => {
  const losing = async (reason: string, faults: readonly string[], timeout = 6000): Promise<Report> => {
    const healthy = findScenario('healthy');
    if (healthy === null) throw new Error('the healthy scenario is gone');
    const { report } = await runScenario(
      { ...healthy, faults: [...faults] },
      {
        options: doctorOptions({ timeout, stepTimeout: 300 }),
        interrupt: new AbortController().signal,
        askAgentStatus: () =>
          Promise.resolve({
            answers: Promise.resolve([agentStatus({ status: 'offline', reason, reconnectCount: 2 })]),
          }),
      },
    );
    return report;
  };
  const holds = ({ observations }: Report): number =>
    observations.filter(({ operation }) => operation === 'hold').length;

  it('has its link held unasked, and the cut is found', async () => {
    const report = await losing('disconnected, ping timed out', ['idle_cut=1']);
    expect(report.findings.map(({ id }) => id)).toContain('mqtt.idle_cut');
    expect(report.durationMs).toBeLessThan(6000);
  });

  it.each([
    ['timeout', 6000],
    ['disconnected, ping timed out', 3000],
  ])('not after %j with a budget of %d ms', async (reason, timeout) => {
    expect(holds(await losing(reason, ['idle_cut=1'], timeout))).toBe(0);
  });
});

describe('a link that is held', () => {
  it('is found forgotten without a word, between two times', async () => {
    const finding = await held('idle_silence=1.2');
    expect(finding).toMatchObject({ severity: 'risks', data: { endedBy: 'silence' } });
    expect(Number(finding?.data['survivedMs'])).toBeGreaterThan(900);
    expect(Number(finding?.data['heldMs'])).toBeLessThan(1900);
    expect(finding?.title).toContain('between 1.0 s and 1.5 s');
  });

  it.each([
    ['idle_cut=1', 'fin'],
    ['idle_reset=1', 'reset'],
  ])('%s is found with its time and kind', async (fault, endedBy) => {
    const finding = await held(fault);
    expect(finding).toMatchObject({ confidence: 'certain', data: { endedBy } });
    expect(finding?.why).toContain('so only idle links are cut');
    expect(Number(finding?.data['heldMs'])).toBeLessThan(1500);
  });

  it('its neighbour: a timer longer than the hold is nothing', async () => {
    expect(await held('idle_silence=30')).toBeNull();
    expect(await held()).toBeNull();
  });

  it.each([
    ['login_timeout=1', 'ends connections without a login'],
    ['link_lifetime=1', 'limits the life of every connection'],
    ['ws_no_pongs', 'answers no pings, so silence proves nothing'],
  ])('%s is no idle cut: nothing is decided, and why is said', async (fault, words) => {
    const report = await run([fault]);
    expect(report.verdict.link.outcome).toBe('will_work');
    const told = report.findings.filter(({ id }) => id === 'mqtt.idle_cut');
    expect(told).toMatchObject([{ outcome: 'not_checked' }]);
    expect(told[0]?.outcome === 'not_checked' && told[0].because).toContain(words);
  });

  it('an idle timer is found before a broker that is impatient a little later', async () => {
    expect(await held('idle_reset=0.4', 'login_timeout=1.9')).toMatchObject({ data: { endedBy: 'reset' } });
  });

  it('an idle timer is found although the peer answers no pings', async () => {
    expect(await held('idle_cut=1', 'ws_no_pongs')).toMatchObject({ confidence: 'certain', data: { endedBy: 'fin' } });
  });
});
