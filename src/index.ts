/** Public library API: the types of a report. */
export type { Report } from './model/report.js';
export type { Observation, ObservationOf } from './model/observation.js';
export type { Finding, FoundFinding, NotCheckedFinding } from './model/finding.js';
export type { Prediction, Outcome } from './model/prediction.js';
export type { Verdict, LegVerdict } from './model/verdict.js';
export type { Failure, FailureKind, Operation } from './model/failure.js';
