import type { AgentFacts } from './agent.js';
import type { Finding } from './finding.js';
import type { Observation } from './observation.js';
import type { Prediction } from './prediction.js';
import type { RouteEntry } from './route.js';
import type { Target } from './target.js';
import type { Verdict } from './verdict.js';

export const REPORT_SCHEMA = 'netdata-egress/report';
export const REPORT_VERSION = 1;

/** Process exit status; the same number stands in `Report.exitCode`. */
export const EXIT = {
  OK: 0,
  BLOCKED: 1,
  USAGE: 2,
  UNDECIDED: 3,
  STRICT_WARNINGS: 4,
  INTERRUPTED: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface HostEnvironment {
  readonly hostname: string;
  readonly platform: string;
  readonly kernel: string;
  readonly node: string;
  /** Effective user the probes ran as. */
  readonly uid: number | null;
  readonly user: string | null;
  /** Network namespace the probes ran in, if not our own: `pid 1234`, `/run/netns/x`; null = our own. */
  readonly networkNamespace: string | null;
}

/** How the verdict on an address came about (issue: known addresses). */
export type AddressClass = 'known' | 'new_proven' | 'private' | 'sinkhole' | 'unproven';

export interface AddressFacts {
  readonly host: string;
  readonly address: string;
  readonly class: AddressClass;
  /** Date (YYYY-MM-DD) and source of the known list entry, or null. */
  readonly knownSince: string | null;
  readonly knownSource: string | null;
  /** IPv4 address that a NAT64 of this network reaches under this IPv6 address; missing = none. */
  readonly translated?: string;
}

/** What whoever watches this host saw change before this run; for people. */
export interface RecentChange {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** One line, foreign text made harmless. */
  readonly text: string;
}

/** One run: facts and judgement in one document; every renderer and every later diagnosis needs only this. */
export interface Report {
  readonly schema: typeof REPORT_SCHEMA;
  readonly version: typeof REPORT_VERSION;
  readonly tool: { readonly name: 'netdata-egress'; readonly version: string };
  /** ISO 8601 UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** True when the run was cut short (Ctrl-C or the budget): what is missing is unknown, not fine. */
  readonly interrupted: boolean;
  /** What the run was asked for, secrets masked. */
  readonly options: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
  readonly budgets: { readonly runMs: number; readonly stepMs: number };
  readonly environment: HostEnvironment;
  /** What whoever runs this host calls its place (`site`, `rack`, …), to group many hosts by; absent = none given. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly agent: AgentFacts;
  readonly targets: readonly Target[];
  readonly routes: readonly RouteEntry[];
  readonly observations: readonly Observation[];
  readonly addresses: readonly AddressFacts[];
  readonly predictions: readonly Prediction[];
  readonly findings: readonly Finding[];
  readonly verdict: Verdict;
  /** Oldest first; absent where nobody watches, and in runs saved before this was kept. */
  readonly recent?: readonly RecentChange[];
  /** Things that were not done, in plain words: "not checked because …". */
  readonly notChecked: readonly string[];
  /** What redaction removed: counts by kind; empty = nothing found to remove. */
  readonly redaction: {
    readonly mode: 'standard' | 'strict' | 'off';
    readonly removed: Readonly<Record<string, number>>;
  };
  readonly exitCode: number;
}
