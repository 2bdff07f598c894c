/** From sightings to findings: join, fold consequences under causes, weigh by the predictions, order. */
import { InvariantError } from '../model/errors.js';
import type { Finding, FindingId, FoundFinding, NotCheckedFinding, Severity, Subject } from '../model/finding.js';
import type { ObservationId } from '../model/observation.js';
import type { Prediction } from '../model/prediction.js';
import { LEGS, type Leg } from '../model/route.js';
import type { Patience } from '../agent/patience.js';
import { asksForOwnRules, confidenceOf, type Judged as Confident } from './confidence.js';
import { withCommands } from './commands.js';
import { OWN_RULES_TAGS, ownRulesWords } from './own-rules-words.js';
import type { Evidence } from './evidence.js';
import { PATIENT, stillSilent, stillSilentWords } from './evidence/still-silent.js';
import { sentence } from './text.js';
import { isControl } from '../trace/attempts.js';
import type { Cause, Data, Draft, FindingRule } from './rule.js';

const SEVERITIES: readonly Severity[] = ['notes', 'risks', 'blocks'];

interface Joined {
  readonly rule: FindingRule;
  readonly drafts: readonly Draft[];
  readonly explains: ReadonlySet<ObservationId>;
}

export interface Causes {
  readonly findings: readonly Finding[];
  /** Legs that a cause condemns although no network step stops them. */
  readonly condemned: ReadonlyMap<Leg, FoundFinding>;
}

/** The order of the rules is the order of blame: what comes first is the root of what comes later. */
export function findCauses(rules: readonly FindingRule[], ev: Evidence): Causes {
  const rank = new Map<FindingId, number>(rules.map(({ id }, index) => [id, index]));
  const rankOf = (id: FindingId): number => rank.get(id) ?? rules.length;
  const first = rules.flatMap((rule) => join(rule, rule.evaluate(ev)));
  // What is capped to a note explains nothing that fails: a leg must not fail without a cause that blocks.
  const explained = new Set(first.filter(canBlock).flatMap(({ explains }) => [...explains]));
  const last = rules.flatMap((rule) => join(rule, rule.evaluateLast?.(ev, explained) ?? []));
  const joined = [...first, ...last].sort(
    (a, b) => rankOf(a.rule.id) - rankOf(b.rule.id) || keyOf(a).localeCompare(keyOf(b)),
  );
  const condemned = new Map<Leg, FoundFinding>();
  const found: FoundFinding[] = [];
  for (const { cause, hides } of fold(joined)) {
    const finding = { ...toFinding(cause, ev), hides };
    found.push(finding);
    for (const leg of cause.drafts.flatMap(({ condemns }) => condemns ?? []))
      if (!condemned.has(leg)) condemned.set(leg, finding);
  }
  found.sort((a, b) => byBlame(a, b, rankOf));
  return { findings: [...found, ...notChecked(rules, ev, found)], condemned };
}

function canBlock({ rule, drafts }: Joined): boolean {
  return [rule, ...drafts].every(({ cap }) => cap === undefined || cap === 'blocks');
}

function keyOf({ drafts }: Joined): string {
  return drafts[0]?.key ?? '';
}

/** Sightings of one rule with the same key are one cause with several subjects. */
function join(rule: FindingRule, drafts: readonly Draft[]): Joined[] {
  const byKey = new Map<string, Draft[]>();
  for (const draft of drafts) {
    const key = draft.key ?? '';
    byKey.set(key, [...(byKey.get(key) ?? []), draft]);
  }
  return [...byKey.values()].map((same) => ({
    rule,
    drafts: same,
    explains: new Set(same.flatMap(({ explains }) => explains)),
  }));
}

/** In the order of blame, a cause takes what it explains; a later one that explains nothing else is its consequence. */
function fold(joined: readonly Joined[]): { cause: Joined; hides: FindingId[] }[] {
  const kept: { cause: Joined; hides: FindingId[] }[] = [];
  const owner = new Map<ObservationId, { cause: Joined; hides: FindingId[] }>();
  for (const cause of joined) {
    const ids = [...cause.explains];
    const free = ids.filter((id) => !owner.has(id));
    if (ids.length > 0 && free.length === 0) {
      for (const root of new Set(ids.map((id) => owner.get(id)))) {
        if (root !== undefined && root.cause.rule.id !== cause.rule.id && !root.hides.includes(cause.rule.id)) {
          root.hides.push(cause.rule.id);
        }
      }
      continue;
    }
    const entry = { cause, hides: [] };
    kept.push(entry);
    for (const id of free) owner.set(id, entry);
  }
  return kept;
}

function toFinding({ rule, drafts, explains }: Joined, ev: Evidence): Omit<FoundFinding, 'hides'> {
  const tags = new Set(drafts.flatMap((draft) => draft.tags));
  const own = asksForOwnRules(rule.confidence) ? ev.ownRules(explains) : null;
  if (own !== null) tags.add(OWN_RULES_TAGS[own.state]);
  const patience = stillSilent(explains, ev);
  const { confidence, wouldTell } = capped(confidenceOf(rule.confidence, tags), patience);
  const condemns = drafts.flatMap((draft) => draft.condemns ?? []);
  const subject = joinSubjects(drafts, [...legsStoppedBy(explains, ev.predictions), ...condemns]);
  const cause: Cause = {
    id: rule.id,
    subject,
    evidence: joinEvidence(drafts, ev),
    explains,
    tags,
    data: { ...joinData(drafts), ...(own === null ? {} : { ownRules: own.state }) },
    severity: severityOf(rule, drafts, explains, ev),
    confidence,
    stillSilent: patience !== null,
  };
  const { title, why, remedies, blames } = rule.describe(cause, ev);
  const typed = (text: string): string => withCommands(text, ev.commands);
  const proof = sentence(why, patience !== null && stillSilentWords(patience), own !== null && ownRulesWords(own)).map(
    typed,
  );
  return {
    outcome: 'found',
    id: rule.id,
    severity: cause.severity,
    confidence,
    title,
    why: proof.join(' '),
    proof,
    subject,
    evidence: cause.evidence,
    remedies,
    blames: blames ?? rule.blames,
    wouldTell: wouldTell === null ? null : typed(wouldTell),
    data: cause.data,
  };
}

/** What was not waited for as long as the Agent would is never certain. */
function capped({ confidence, wouldTell }: Confident, patience: Patience | null): Confident {
  if (patience === null) return { confidence, wouldTell };
  return {
    confidence: confidence === 'certain' ? 'likely' : confidence,
    wouldTell: wouldTell === null ? PATIENT : `${PATIENT} ${wouldTell}`,
  };
}

/** What it does to the Agent decides, not how bad it looks: blocks only what a prediction says will fail because of it. */
function severityOf(
  rule: FindingRule,
  drafts: readonly Draft[],
  explains: ReadonlySet<ObservationId>,
  ev: Evidence,
): Severity {
  let level = 0;
  for (const prediction of ev.predictions) {
    // Nobody claims a second time: what a new claim would meet is a note.
    if (prediction.leg === 'claim' && ev.agent.claimed === true) continue;
    level = Math.max(level, harm(prediction, explains));
  }
  for (const need of ev.needs) {
    // An optional destination was asked for by name: that it cannot be reached is worth a warning.
    if (need.leg !== null) continue;
    if (need.attempts.some(({ steps }) => steps.some(({ id }) => explains.has(id)))) level = Math.max(level, 1);
  }
  for (const { floor, condemns } of drafts) {
    if (condemns !== undefined && condemns.length > 0) level = 2;
    if (floor !== undefined) level = Math.max(level, SEVERITIES.indexOf(floor));
  }
  for (const { cap } of [rule, ...drafts]) if (cap !== undefined) level = Math.min(level, SEVERITIES.indexOf(cap));
  return SEVERITIES[level] ?? 'notes';
}

function harm(prediction: Prediction, explains: ReadonlySet<ObservationId>): number {
  if (prediction.stops !== null && explains.has(prediction.stops)) {
    return prediction.outcome === 'will_fail' ? 2 : prediction.outcome === 'unknown' ? 1 : isHurt(prediction) ? 1 : 0;
  }
  return isHurt(prediction) && prediction.evidence.some((id) => explains.has(id)) ? 1 : 0;
}

/** Works, but late or not surely. */
function isHurt({ outcome, worksAtAttempt }: Prediction): boolean {
  return outcome === 'at_risk' || (outcome === 'will_work' && worksAtAttempt !== null && worksAtAttempt > 1);
}

function legsStoppedBy(explains: ReadonlySet<ObservationId>, predictions: readonly Prediction[]): readonly Leg[] {
  return predictions.filter(({ stops }) => stops !== null && explains.has(stops)).map(({ leg }) => leg);
}

function joinSubjects(drafts: readonly Draft[], stopped: readonly Leg[]): Subject {
  const all = <T>(pick: (subject: Partial<Subject>) => readonly T[] | undefined): T[] =>
    [...new Set(drafts.flatMap(({ subject }) => pick(subject) ?? []))].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const legs = new Set([...all(({ legs: own }) => own), ...stopped]);
  return {
    hosts: all(({ hosts }) => hosts),
    addresses: all(({ addresses }) => addresses),
    legs: LEGS.filter((leg) => legs.has(leg)),
    routeIds: all(({ routeIds }) => routeIds),
    families: all(({ families }) => families),
    resolvers: all(({ resolvers }) => resolvers),
    file: drafts.map(({ subject }) => subject.file).find((file) => file != null) ?? null,
  };
}

function joinEvidence(drafts: readonly Draft[], ev: Evidence): [ObservationId, ...ObservationId[]] {
  const cited = new Set(drafts.flatMap(({ evidence }) => evidence));
  const [first, ...rest] = ev.observations.filter(({ id }) => cited.has(id)).map(({ id }) => id);
  if (first === undefined) throw new InvariantError('a finding must cite an observation of this run');
  return [first, ...rest];
}

/** The first sighting's word counts; lists are joined. */
function joinData(drafts: readonly Draft[]): Data {
  const data: Data = {};
  for (const draft of drafts) {
    for (const [key, value] of Object.entries(draft.data ?? {})) {
      const had = data[key];
      if (had === undefined || had === null) data[key] = value;
      else if (Array.isArray(had) && Array.isArray(value)) {
        data[key] = [...new Set([...(had as string[]), ...(value as string[])])];
      }
    }
  }
  return data;
}

function byBlame(a: FoundFinding, b: FoundFinding, rankOf: (id: FindingId) => number): number {
  return (
    SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
    rankOf(a.id) - rankOf(b.id) ||
    a.evidence.join().localeCompare(b.evidence.join())
  );
}

/** Questions that arose and could not be answered for want of a control; not those that are settled anyway. */
function notChecked(rules: readonly FindingRule[], ev: Evidence, found: readonly FoundFinding[]): NotCheckedFinding[] {
  const present = new Set<string>(ev.observations.map(({ operation }) => operation));
  const controls = (kind: string): boolean => ev.observations.some(({ role }) => isControl(role, kind));
  const settled = new Set(
    found.filter(({ confidence }) => confidence === 'certain').flatMap(({ evidence }) => evidence),
  );
  const answered = new Set(found.flatMap(({ id, hides }) => [id, ...hides]));
  const open: NotCheckedFinding[] = [];
  for (const rule of rules) {
    if (answered.has(rule.id)) continue;
    for (const { missing, because } of rule.undecided?.(ev) ?? [])
      open.push({ outcome: 'not_checked', id: rule.id, missing, because });
    if (rule.asks === undefined) continue;
    if (rule.asks(ev).every((id) => settled.has(id))) continue;
    const missing = rule.requires.filter((need) => !present.has(need) && !controls(need));
    if (missing.length === 0) continue;
    open.push({
      outcome: 'not_checked',
      id: rule.id,
      missing,
      because: `"${rule.title}" was not checked because this run has no ${missing.map((need) => need.replaceAll('_', ' ')).join(', no ')}.`,
    });
  }
  return open;
}
