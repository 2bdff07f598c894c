import { describe, expect, it } from 'vitest';
import { untilOk } from '../../../../src/cli/doctor/until-ok.js';
import type { ExitCode, Report } from '../../../../src/model/report.js';
import { healthy, mqttDropped } from '../../../helpers/sample-kinds.js';

const report = (base: Report, exitCode: ExitCode): Report => ({ ...base, exitCode });

function play(reports: readonly Report[]) {
  const said: string[] = [];
  const queue = [...reports];
  const stop = new AbortController();
  let attempts = 0;
  const attempt = (): Promise<Report> => {
    attempts += 1;
    const next = queue.shift();
    if (next === undefined) throw new Error('asked once too often');
    if (queue.length === 0) setTimeout(() => stop.abort(), 50);
    return Promise.resolve(next);
  };
  const done = untilOk(attempt, { every: 1, signal: stop.signal, say: (line) => said.push(line) });
  return { done, said, attempts: () => attempts };
}

const broken = report(mqttDropped(), 1);
const fine = report(healthy(), 0);

describe('doctor --until-ok', () => {
  it('repeats while something stops the Agent, says each change once, and ends with the first run that works', async () => {
    const { done, said, attempts } = play([broken, broken, report(mqttDropped(), 3), fine]);
    expect((await done).exitCode).toBe(0);
    expect(attempts()).toBe(4);
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(/^\d\d:\d\d:\d\dZ {2}claim .*link will_fail: tcp\.dropped/);
    expect(said[1]).toContain('changed: claim will_work, link will_work');
  });

  it('does not repeat what works, warnings included', async () => {
    const { done, attempts } = play([report(healthy(), 4)]);
    expect((await done).exitCode).toBe(4);
    expect(attempts()).toBe(1);
  });

  it('says why it ends where the Agent is only at risk, and what the risk is', async () => {
    const base = healthy();
    const verdict = { ...base.verdict, link: { ...base.verdict.link, outcome: 'at_risk' } as typeof base.verdict.link };
    const [finding] = mqttDropped().findings;
    const risk = { ...finding!, severity: 'risks' as const } as Report['findings'][number];
    const { done, said } = play([report({ ...base, verdict, findings: [risk] }, 0)]);
    expect((await done).exitCode).toBe(0);
    expect(said.join('')).toMatch(/link at_risk: tcp\.dropped .*\n.*ends here: nothing stops the Agent any more/);
  });

  it('ends on an interrupt with the last run, marked as interrupted', async () => {
    const stop = new AbortController();
    const done = untilOk(
      () => {
        setTimeout(() => stop.abort(), 5);
        return Promise.resolve(broken);
      },
      { every: 10_000, signal: stop.signal, say: () => undefined },
    );
    expect(await done).toMatchObject({ exitCode: 130, interrupted: true });
  });
});
