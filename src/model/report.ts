import type { Described } from './schema/build.js';
import type { addressFacts, environment, recentChange, reportSchema } from './schema/report.js';

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

export type HostEnvironment = Described<typeof environment>;

/** How the verdict on an address came about (issue: known addresses). */
export type AddressClass = 'known' | 'new_proven' | 'private' | 'sinkhole' | 'unproven';

export type AddressFacts = Described<typeof addressFacts>;

/** What whoever watches this host saw change before this run; for people. */
export type RecentChange = Described<typeof recentChange>;

/** One run: facts and judgement in one document; every renderer and every later diagnosis needs only this. */
export type Report = Described<typeof reportSchema>;
