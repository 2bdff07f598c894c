import type { Operation } from './failure.js';
import type { FindingId } from './finding-id.js';

export type { FindingId };

import type { ControlKind, ObservationId } from './observation.js';
import type { Leg } from './route.js';

/** `blocks`: a leg will fail. `risks`: works now or sometimes. `notes`: good to know. */
export type Severity = 'blocks' | 'risks' | 'notes';
/** `certain`: no other explanation fits the evidence. */
export type Confidence = 'certain' | 'likely' | 'possible';
export type Blame = 'host' | 'network' | 'proxy' | 'dns' | 'cloud' | 'agent_config';

/** What a finding is about; one id serves all hosts. */
export interface Subject {
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  readonly legs: readonly Leg[];
  readonly routeIds: readonly string[];
  readonly families: readonly (4 | 6)[];
  readonly resolvers: readonly string[];
  /** File and line of a configuration finding. */
  readonly file: { readonly path: string; readonly line: number | null } | null;
}

export interface Remedy {
  /** Who has to act. */
  readonly who: Blame;
  /** One or two sentences. */
  readonly text: string;
  /** Exact lines to put somewhere, e.g. `[global]` + `proxy = …` into cloud.conf. */
  readonly lines: readonly { readonly file: string; readonly text: string }[];
  /** A command to run; null if none. Never contains foreign text. */
  readonly command: string | null;
  /** The text or the command says so as well. */
  readonly needsRestart: boolean;
}

export interface FoundFinding {
  readonly outcome: 'found';
  readonly id: FindingId;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** One line, sentence case, what is wrong. */
  readonly title: string;
  /** How we know: what was seen and which control excludes the neighbours. */
  readonly why: string;
  /** The same, sentence by sentence: the first two and the last are what a short report shows. Missing in older runs. */
  readonly proof?: readonly string[];
  readonly subject: Subject;
  readonly evidence: readonly [ObservationId, ...ObservationId[]];
  readonly remedies: readonly Remedy[];
  readonly blames: Blame;
  /** Ids of findings folded under this one: its consequences. */
  readonly hides: readonly FindingId[];
  /** What would raise the confidence; null when certain. */
  readonly wouldTell: string | null;
  /** Rule-specific facts for machines (vendor, rcode, seconds lost, …). */
  readonly data: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

export interface NotCheckedFinding {
  readonly outcome: 'not_checked';
  readonly id: FindingId;
  /** What was missing. */
  readonly missing: readonly (Operation | ControlKind)[];
  /** Plain words: "not checked because …". */
  readonly because: string;
}

export type Finding = FoundFinding | NotCheckedFinding;
