/** Plays scenarios in this process, several at once, and keeps what the doctor said. */
import { runScenario } from '../../../src/cli/lab/run-scenario.js';
import { doctorOptions } from '../../../src/cli/doctor/options.js';
import type { Report } from '../../../src/model/report.js';
import type { Expectation, Scenario } from '../../../src/sim/scenarios/scenario.js';

/** Scenarios in which somebody says nothing: they cost a deadline each, and hardly any work. */
export function waitsForSilence(scenario: Scenario): boolean {
  const faults = [...scenario.faults, scenario.proxy?.behaviour ?? ''];
  const published = Object.values(scenario.addresses ?? {}).flat();
  return (
    faults.some((fault) => /silent|dropped|stalled|dead|no_connack/.test(fault)) ||
    (scenario.proxy === null && published.some(({ leads }) => leads === 'dropped'))
  );
}

const DEADLINES = doctorOptions({ stepTimeout: 4000, timeout: 15_000 });

export async function playAll(scenarios: readonly Scenario[], atOnce: number): Promise<ReadonlyMap<string, Report>> {
  const reports = new Map<string, Report>();
  const queue = [...scenarios];
  const player = async (): Promise<void> => {
    for (let scenario = queue.shift(); scenario !== undefined; scenario = queue.shift()) {
      const { report } = await runScenario(scenario, { options: DEADLINES, interrupt: new AbortController().signal });
      reports.set(scenario.id, report);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, player));
  return reports;
}

/** What the doctor said, in the terms of an expectation: the cause is the first finding that blocks. */
export function said(report: Report | undefined): Expectation | null {
  if (report === undefined) return null;
  const { claim, link } = report.verdict;
  const blocking = report.findings.find((finding) => finding.outcome === 'found' && finding.severity === 'blocks');
  const atRisk = [claim.outcome, link.outcome].some((outcome) => outcome === 'at_risk' || outcome === 'unknown');
  return {
    claim: claim.outcome,
    link: link.outcome,
    cause: blocking?.id ?? (atRisk ? (claim.cause ?? link.cause) : null),
  };
}
