/** What a rule is, what it gives, and how one is declared. */
import type { Operation } from '../model/failure.js';
import type { Blame, Confidence, FindingId, Remedy, Severity, Subject } from '../model/finding.js';
import type { ControlKind, ObservationId } from '../model/observation.js';
import type { Leg } from '../model/route.js';
import type { ConfidenceRow, Tag } from './confidence.js';
import type { Sentences } from './text.js';
import type { Evidence } from './evidence.js';

export type Data = Record<string, string | number | boolean | null | readonly string[]>;

/** One sighting of a cause, before sightings of the same cause are joined and put into words. */
export interface Draft {
  readonly subject: Partial<Subject>;
  /** At least one. */
  readonly evidence: readonly ObservationId[];
  /** Observations that went wrong because of this cause: what it can be blamed for, and what it hides. */
  readonly explains: readonly ObservationId[];
  /** What supports it, in the vocabulary of the confidence table. */
  readonly tags: readonly Tag[];
  /** This sighting is never more severe than this. */
  readonly cap?: Severity;
  /** Nor less severe than this. */
  readonly floor?: Severity;
  /** Legs that fail of this cause although no observation of a network stops them (a missing key, a local user rule). */
  readonly condemns?: readonly Leg[];
  /** Sightings with different keys stay separate findings. */
  readonly key?: string;
  readonly data?: Data;
}

/** Sightings of one cause, joined; what a rule words its finding from. */
export interface Cause {
  readonly id: FindingId;
  readonly subject: Subject;
  readonly evidence: readonly [ObservationId, ...ObservationId[]];
  readonly explains: ReadonlySet<ObservationId>;
  readonly tags: ReadonlySet<Tag>;
  readonly data: Data;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Some of it is a silence that the Agent would have waited out. */
  readonly stillSilent: boolean;
}

export interface Wording {
  /** One line, sentence case, what is wrong. */
  readonly title: string;
  /** How we know, and what excludes the neighbours; sentence by sentence where there are several. */
  readonly why: string | Sentences;
  readonly remedies: readonly Remedy[];
  /** Where it is not the rule's own. */
  readonly blames?: Blame;
}

/** Something that a rule would have needed. */
interface Missing {
  readonly missing: readonly (Operation | ControlKind)[];
  readonly because: string;
}

/**
 * One cause that the doctor can name: everything about it but its page in docs/findings. Pure: what it knows comes
 * from the evidence.
 */
export interface FindingRule<Id extends string = FindingId> {
  readonly id: Id;
  /** What is wrong, in general: heading of the page. */
  readonly title: string;
  /** Who usually has to act; a wording may say otherwise. */
  readonly blames: Blame;
  /** The first row whose evidence is all there decides. */
  readonly confidence: readonly [ConfidenceRow, ...ConfidenceRow[]];
  /** No sighting of this cause is more severe than this, whatever the predictions say. */
  readonly cap?: Severity;
  /** Operations and controls without which the rule cannot tell its cause from the neighbours. */
  readonly requires: readonly (Operation | ControlKind)[];
  /** Observations that raise the question this rule answers; if its needs are missing then, it is `not_checked`. */
  readonly asks?: (ev: Evidence) => readonly ObservationId[];
  readonly evaluate: (ev: Evidence) => readonly Draft[];
  /** The question was put and its answer means nothing: what would have told, and why it did not. */
  readonly undecided?: (ev: Evidence) => readonly Missing[];
  /** Asked after all others, with everything that they explain. */
  readonly evaluateLast?: (ev: Evidence, explained: ReadonlySet<ObservationId>) => readonly Draft[];
  readonly describe: (cause: Cause, ev: Evidence) => Wording;
}

/** Declares a rule and keeps its id as a literal: the registry is checked against `FindingId` both ways. */
export function defineRule<const Id extends string>(rule: FindingRule<Id>): FindingRule<Id> {
  return rule;
}

/** What a family of rules leaves to each of its members. */
export type RuleHead<Id extends string> = Pick<FindingRule<Id>, 'id' | 'title' | 'blames' | 'confidence'>;
