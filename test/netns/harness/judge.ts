/** Compares what the doctor said with what the case says is true. */
import type { Finding, FoundFinding } from '../../../src/model/finding.js';
import type { Outcome } from '../../../src/model/prediction.js';
import type { Report } from '../../../src/model/report.js';
import { LEGS } from '../../../src/model/route.js';
import type { Expected, Expectation, LabCase } from './case.js';
import type { Diagnosis } from './doctor.js';
import { schemaFaults } from '../../helpers/published-schema.js';

/** `missed`: something is wrong and nothing was named. `false_alarm`: nothing is wrong and something was. */
export type Grade = 'right' | 'wrong' | 'missed' | 'false_alarm' | 'crashed';

export interface Judgement {
  readonly grade: Grade;
  /** Id of the diagnosed cause; null = none. */
  readonly diagnosed: string | null;
  /** Every deviation, in words; empty exactly when the grade is `right`. */
  readonly deviations: readonly string[];
  /** What the verdict says of each side; null when there is none. */
  readonly said: { readonly claim: Outcome; readonly link: Outcome } | null;
}

export const found = (findings: readonly Finding[]): FoundFinding[] =>
  findings.filter((finding): finding is FoundFinding => finding.outcome === 'found');

const allows = (expected: Expected, got: Outcome): boolean => expected === null || [expected].flat().includes(got);

export function judge({ expect, check }: LabCase, diagnosis: Diagnosis): Judgement {
  const { report, problem, ran } = diagnosis;
  if (report === null) return { grade: 'crashed', diagnosed: null, deviations: [problem ?? 'no report'], said: null };
  const deviations = [...outcomeDeviations(expect, report), ...(check?.(diagnosis) ?? [])];
  const faults = schemaFaults(report);
  if (faults !== '') deviations.push(`the document breaks its schema: ${faults}`);
  const codes = [expect.exit].flat();
  if (!codes.includes(report.exitCode)) deviations.push(`exit ${report.exitCode}, not ${codes.join(' or ')}`);
  if (ran.code !== report.exitCode)
    deviations.push(`the process ended with ${ran.code}, the report says ${report.exitCode}`);

  const all = found(report.findings);
  const first =
    all.find((finding) => finding.severity === 'blocks') ?? all.find((finding) => finding.severity === 'risks');
  const diagnosed = first?.id ?? null;
  const causes = expect.cause === null ? [] : [expect.cause, ...(expect.orCause ?? [])];
  const named = first !== undefined && causes.includes(first.id);
  if (expect.cause !== null && !named) deviations.push(`cause ${diagnosed ?? 'none'}, not ${causes.join(' or ')}`);
  for (const id of expect.also ?? []) {
    if (!all.some((finding) => finding.id === id)) deviations.push(`${id} is not among the findings`);
  }
  const alarms = expect.cause === null ? falseAlarms(expect, all) : [];
  deviations.push(...alarms);
  const said = { claim: report.verdict.claim.outcome, link: report.verdict.link.outcome };
  const judgement = { diagnosed, deviations, said };
  if (deviations.length === 0) return { grade: 'right', ...judgement };
  if (alarms.length > 0) return { grade: 'false_alarm', ...judgement };
  const silent = expect.cause !== null && first === undefined;
  return { grade: silent ? 'missed' : 'wrong', ...judgement };
}

function* outcomeDeviations(expect: Expectation, report: Report): Iterable<string> {
  for (const side of ['claim', 'link'] as const) {
    const got = report.verdict[side].outcome;
    if (!allows(expect[side], got)) yield `${side} ${got}, not ${String(expect[side])}`;
  }
  for (const leg of LEGS) {
    const got = report.verdict.legs[leg].outcome;
    if (!allows(expect.legs[leg], got)) yield `leg ${leg} ${got}, not ${String(expect.legs[leg])}`;
  }
}

function falseAlarms(expect: Expectation, all: readonly FoundFinding[]): string[] {
  return all
    .filter((finding) => finding.severity === 'blocks' || !isTrueRisk(expect, finding))
    .map((finding) => `false alarm ${finding.id} (${finding.severity})`);
}

const isTrueRisk = (expect: Expectation, finding: FoundFinding): boolean =>
  finding.severity === 'notes' || (expect.mayRisk ?? []).includes(finding.id);
