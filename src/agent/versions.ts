/**
 * Every rule of the Agent that changed between versions, in one table (versions/): what a version does, and how far its
 * number can be trusted. A build between releases is numbered after the release before it (`2.10.0-745-nightly` is newer
 * than 2.10.4 in some things and older in others), so both are kept. Read at the tags: docs/reference/versions.md.
 */
import type { VersionStanding } from '../model/agent.js';
import { RULES, type RuleName } from './versions/table.js';
import { valueAt, type VersionRule } from './versions/rule.js';
import { compareVersions, parseVersion, type ParsedVersion } from './versions/version.js';

export { compareVersions, parseVersion, type ParsedVersion } from './versions/version.js';
export type { RuleName } from './versions/table.js';

/** Newest release these rules were checked against. */
export const NEWEST_RELEASE = { version: '2.11.0', date: '2026-08-12' } as const;
/** Newest build between releases that they were checked against. */
const NEWEST_BUILD = '2.11.0-90-nightly';
/** Nothing older was read, and Netdata Cloud asks for this one at least. */
export const OLDEST_READ = '1.32.0';
/** Before, the login asks for topics that today's cloud may not offer. */
const SAFE_FLOOR = '1.39.0';

/** What one version does. */
export type AgentRules = {
  readonly [K in RuleName]: (typeof RULES)[K] extends VersionRule<infer T> ? T : never;
};

const NEWEST: ParsedVersion = { major: 2, minor: 11, patch: 0, nightly: null };

/** One run asks for the rules of one version, hundreds of times. */
let last: { readonly version: string; readonly rules: AgentRules } | null = null;

/** The rules of a version (with or without leading v); those of the newest release for a text that is no version. */
export function rulesFor(version: string): AgentRules {
  if (last?.version !== version) {
    const parsed = parseVersion(version) ?? NEWEST;
    const values = Object.entries(RULES).map(([name, rule]) => [name, valueAt(rule as VersionRule, parsed)]);
    last = { version, rules: Object.fromEntries(values) as unknown as AgentRules };
  }
  return last.rules;
}

/** How far the rules reach for a version. */
export function standingOf(version: string): VersionStanding {
  const parsed = parseVersion(version);
  if (parsed === null) return 'known';
  const before = (other: string): boolean => {
    const at = parseVersion(other);
    return at !== null && compareVersions(parsed, at) < 0;
  };
  if (before(OLDEST_READ)) return 'too_old';
  if (before(SAFE_FLOOR)) return 'doubtful';
  return isNewerThanKnown(version) ? 'newer' : 'known';
}

/** True for versions newer than anything these rules were checked against. */
export function isNewerThanKnown(version: string): boolean {
  const parsed = parseVersion(version);
  const newest = parseVersion(NEWEST_BUILD);
  return parsed !== null && newest !== null && compareVersions(parsed, newest) > 0;
}
