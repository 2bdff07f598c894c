/** What a diagnosis takes and gives. */
import type { Finding } from '../model/finding.js';
import type { ExitCode, Report } from '../model/report.js';
import type { Verdict } from '../model/verdict.js';

/** The facts of a report; what is judged here is left out. */
export interface DiagnoseInput extends Omit<Report, 'findings' | 'verdict' | 'exitCode'> {
  /** `--strict`: warnings alone make the exit code 4. */
  readonly strict: boolean;
}

export interface Diagnosis {
  /** Root cause first; `not_checked` ones last. */
  readonly findings: readonly Finding[];
  readonly verdict: Verdict;
  readonly exitCode: ExitCode;
}
