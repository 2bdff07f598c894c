/** What becomes of each leg, and of the two things a user cares about. */
import type { Finding, FoundFinding } from '../model/finding.js';
import type { ObservationId } from '../model/observation.js';
import type { Outcome, Prediction } from '../model/prediction.js';
import { EXIT, type ExitCode } from '../model/report.js';
import type { Leg } from '../model/route.js';
import type { LegVerdict, Verdict } from '../model/verdict.js';
import type { Evidence } from './evidence.js';

/** Best to worst; what could not be decided is worse than a risk and better than a failure. */
const ORDER: readonly Outcome[] = ['will_work', 'at_risk', 'unknown', 'will_fail'];
const LINK_LEGS: readonly Leg[] = ['env', 'auth', 'link'];

/** Legs that a configuration finding condemns although the network is fine. */
export type Condemned = ReadonlyMap<Leg, FoundFinding>;

/**
 * @param heldByParent what says that a Parent holds the link for this host: then no leg of its own decides
 */
export function judge(
  ev: Evidence,
  findings: readonly Finding[],
  condemned: Condemned,
  heldByParent: FoundFinding | null = null,
): Verdict {
  const found = findings.filter((finding) => finding.outcome === 'found');
  const verdictOf = (leg: Leg): LegVerdict => legVerdict(ev.prediction(leg), leg, found, condemned.get(leg) ?? null);
  const legs = {
    claim: verdictOf('claim'),
    env: verdictOf('env'),
    auth: verdictOf('auth'),
    link: verdictOf('link'),
  } satisfies Record<Leg, LegVerdict>;
  if (heldByParent !== null) {
    const { title, evidence } = heldByParent;
    return { claim: legs.claim, link: { outcome: 'will_work', cause: null, note: `${title}.`, evidence }, legs };
  }
  return { claim: legs.claim, link: linkVerdict(legs), legs };
}

function legVerdict(
  prediction: Prediction | null,
  leg: Leg,
  found: readonly FoundFinding[],
  condemned: FoundFinding | null,
): LegVerdict {
  if (condemned !== null && prediction?.outcome !== 'will_fail') {
    return { outcome: 'will_fail', cause: condemned.id, note: `${condemned.title}.`, evidence: condemned.evidence };
  }
  if (prediction === null) {
    return { outcome: 'unknown', cause: null, note: 'Not checked.', evidence: [] };
  }
  const cause = causeOf(prediction, leg, found);
  const evidence = citeAll(prediction);
  const busy = prediction.outcome === 'unknown' && cause?.id === 'host.too_busy';
  const note = busy ? `${cause.title}.` : prediction.why;
  if (prediction.outcome === 'unknown' || !isSome(evidence)) {
    return { outcome: 'unknown', cause: cause?.id ?? null, note, evidence };
  }
  return { outcome: prediction.outcome, cause: cause?.id ?? null, note, evidence };
}

/** The first finding that is to blame for this leg; notes are to blame for nothing. */
function causeOf(prediction: Prediction, leg: Leg, found: readonly FoundFinding[]): FoundFinding | null {
  if (prediction.outcome === 'will_work') return null;
  const wanted = prediction.outcome === 'will_fail' ? ['blocks'] : ['blocks', 'risks'];
  return found.find((finding) => wanted.includes(finding.severity) && finding.subject.legs.includes(leg)) ?? null;
}

function citeAll({ evidence, stops }: Prediction): readonly ObservationId[] {
  return stops === null || evidence.includes(stops) ? evidence : [...evidence, stops];
}

/** The worst of env, auth and link; of equals the first. */
function linkVerdict(legs: Readonly<Record<Leg, LegVerdict>>): LegVerdict {
  let worst = legs.env;
  for (const leg of LINK_LEGS) {
    if (ORDER.indexOf(legs[leg].outcome) > ORDER.indexOf(worst.outcome)) worst = legs[leg];
  }
  if (worst.outcome !== 'will_work') return worst;
  const [first, ...rest] = [...new Set(LINK_LEGS.flatMap((leg) => legs[leg].evidence))];
  if (first === undefined) return worst;
  return { outcome: 'will_work', cause: null, note: legs.link.note, evidence: [first, ...rest] };
}

/** An Agent that is claimed has its link to lose, and nothing to claim. */
export function exitCodeOf(
  verdict: Verdict,
  findings: readonly Finding[],
  strict: boolean,
  claimed: boolean | null,
): ExitCode {
  const outcomes = claimed === true ? [verdict.link.outcome] : [verdict.claim.outcome, verdict.link.outcome];
  if (outcomes.includes('will_fail')) return EXIT.BLOCKED;
  if (outcomes.includes('unknown')) return EXIT.UNDECIDED;
  const warned =
    outcomes.includes('at_risk') ||
    findings.some((finding) => finding.outcome === 'found' && finding.severity !== 'notes');
  return strict && warned ? EXIT.STRICT_WARNINGS : EXIT.OK;
}

function isSome<T>(list: readonly T[]): list is readonly [T, ...T[]] {
  return list.length > 0;
}
