/**
 * Plays scenarios, several at once, and keeps what the doctor said: in this process, or by the program that EGRESS_BIN
 * names.
 */
import { execFile } from 'node:child_process';
import { runScenario } from '../../../src/cli/lab/run-scenario.js';
import { doctorOptions } from '../../../src/cli/doctor/options.js';
import type { Report } from '../../../src/model/report.js';
import { IS_NAMED, PROGRAM, PROGRAM_ARGS } from '../program.js';
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

const STEP_MS = 4000;
const RUN_MS = 15_000;
const DEADLINES = doctorOptions({ stepTimeout: STEP_MS, timeout: RUN_MS });

async function play(scenario: Scenario): Promise<Report> {
  const { report } = await runScenario(scenario, { options: DEADLINES, interrupt: new AbortController().signal });
  return report;
}

/** The same by the built program, whose process is its own. */
function playByProgram({ id }: Scenario): Promise<Report> {
  const how = ['--json', '--step-timeout', `${String(STEP_MS)}ms`, '--timeout', `${String(RUN_MS)}ms`];
  return new Promise((resolve, reject) => {
    const options = { timeout: 60_000, maxBuffer: 1 << 26 };
    execFile(PROGRAM, [...PROGRAM_ARGS, 'lab', 'run', id, ...how], options, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as Report);
      } catch {
        reject(new Error(`${id}: no document: ${stderr.slice(0, 500)}`, { cause: error }));
      }
    });
  });
}

export async function playAll(scenarios: readonly Scenario[], atOnce: number): Promise<ReadonlyMap<string, Report>> {
  const reports = new Map<string, Report>();
  const queue = [...scenarios];
  const player = async (): Promise<void> => {
    for (let scenario = queue.shift(); scenario !== undefined; scenario = queue.shift()) {
      reports.set(scenario.id, await (IS_NAMED ? playByProgram(scenario) : play(scenario)));
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
