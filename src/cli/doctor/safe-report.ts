/**
 * What may leave this process. Secrets are hidden in what was observed; then predictions and findings are made once
 * more, of the hidden observations, and theirs are the words that are shown: our sentences quote nothing secret and
 * have no holes. What is judged stays with what was really seen.
 */
import { predict } from '../../agent/predict.js';
import { diagnose } from '../../diagnose/diagnose.js';
import type { Finding } from '../../model/finding.js';
import type { Prediction } from '../../model/prediction.js';
import type { Report } from '../../model/report.js';
import type { LegVerdict, Verdict } from '../../model/verdict.js';
import { hideSecrets, redactReport, type RedactOptions } from '../../report/redact.js';
import type { DoctorResult } from './run-doctor.js';

type SafeReport = ReturnType<typeof redactReport>;

/** `earlier` and the map that is given back: as in `redactReport`. */
export function safeReport({ report, secrets }: DoctorResult, options: Omit<RedactOptions, 'secrets'>): SafeReport {
  if (options.mode === 'off' || secrets.length === 0) return redactReport(report, { ...options, secrets });
  const told = hideSecrets(report, { secrets, sentences: 'ours' });
  // Nothing observed holds a secret: neither do the words about it.
  const hidSome = Object.entries(told.redaction.removed).some(
    ([kind, count]) => report.redaction.removed[kind] !== count,
  );
  return redactReport(hidSome ? retold(report, told, secrets) : told, { ...options, secrets });
}

/** The facts of `told`, the judgement of `report`, and words that were made of the facts of `told`. */
function retold(report: Report, told: Report, secrets: RedactOptions['secrets']): Report {
  /** For what turns out otherwise without the secrets: its own words, searched as if they were foreign. */
  const searched = hideSecrets(report, { secrets, sentences: 'as data' });
  const { agent, routes, targets, observations } = told;
  const again = predict({ facts: agent, routes, targets, observations });
  const predictions = paired(searched.predictions, again, predictionKey);
  const diagnosis = diagnose({ ...told, predictions, strict: report.options['strict'] === true });
  return {
    ...told,
    predictions,
    findings: paired(searched.findings, diagnosis.findings, findingKey).map((found) =>
      searched.findings.includes(found) ? withWordsOf(found, diagnosis.findings) : found,
    ),
    verdict: verdictOf(searched.verdict, diagnosis.verdict),
  };
}

/** Each of `own`, or in its place the one of `others` that says the same. */
function paired<T>(own: readonly T[], others: readonly T[], keyOf: (one: T) => string): readonly T[] {
  const left = new Map<string, T[]>();
  for (const one of others) left.set(keyOf(one), [...(left.get(keyOf(one)) ?? []), one]);
  return own.map((one) => left.get(keyOf(one))?.shift() ?? one);
}

const predictionKey = ({ leg, outcome, rule, stops, evidence, agentSeconds, worksAtAttempt }: Prediction): string =>
  JSON.stringify([leg, outcome, rule, stops, evidence, agentSeconds, worksAtAttempt]);

function findingKey(finding: Finding): string {
  if (finding.outcome === 'not_checked') return JSON.stringify([finding.outcome, finding.id, finding.missing]);
  const { outcome, id, severity, confidence, blames, evidence, hides, subject } = finding;
  return JSON.stringify([outcome, id, severity, confidence, blames, evidence, hides, subject.legs]);
}

/** What is not the same in every respect: the same cause is told in the same words. */
function withWordsOf(own: Finding, others: readonly Finding[]): Finding {
  const other = others.find((one) => one.id === own.id && one.outcome === own.outcome);
  if (other?.outcome !== 'found' || own.outcome !== 'found') return other ?? own;
  const { title, why, proof, remedies, wouldTell, data } = other;
  return {
    ...own,
    title,
    why,
    ...(proof === undefined ? {} : { proof }),
    remedies,
    wouldTell: own.wouldTell === null ? null : wouldTell,
    data,
  };
}

function verdictOf(own: Verdict, other: Verdict): Verdict {
  const one = (a: LegVerdict, b: LegVerdict): LegVerdict =>
    a.outcome === b.outcome && a.cause === b.cause && a.evidence.join() === b.evidence.join() ? b : a;
  const { legs } = own;
  return {
    ...own,
    claim: one(own.claim, other.claim),
    link: one(own.link, other.link),
    legs: {
      claim: one(legs.claim, other.legs.claim),
      env: one(legs.env, other.legs.env),
      auth: one(legs.auth, other.legs.auth),
      link: one(legs.link, other.legs.link),
    },
  };
}
