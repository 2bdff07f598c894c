import { describe, expect, it } from 'vitest';
import { doctorOptions } from '../../src/cli/doctor/options.js';
import { runScenario } from '../../src/cli/lab/run-scenario.js';
import type { FoundFinding } from '../../src/model/finding.js';
import { findScenario } from '../../src/sim/scenarios/registry.js';

/** The healthy network with a middlebox that forgets idle links; the link is held for 2 s. */
async function held(fault: string | null): Promise<FoundFinding | null> {
  const healthy = findScenario('healthy');
  if (healthy === null) throw new Error('the healthy scenario is gone');
  const { report } = await runScenario(
    { ...healthy, faults: fault === null ? [] : [fault] },
    { options: doctorOptions({ hold: '2s', stepTimeout: '1s' }), interrupt: new AbortController().signal },
  );
  const finding = report.findings.find(({ id }) => id === 'mqtt.idle_cut');
  return finding?.outcome === 'found' ? finding : null;
}

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
    expect(finding?.data).toMatchObject({ endedBy });
    expect(Number(finding?.data['heldMs'])).toBeLessThan(1500);
  });

  it('its neighbour: a timer longer than the hold is nothing', async () => {
    expect(await held('idle_silence=30')).toBeNull();
    expect(await held(null)).toBeNull();
  });
});
