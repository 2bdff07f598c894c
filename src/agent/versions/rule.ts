/** A rule of the Agent that changed between versions: what holds first, and what holds since which version. */
import { compareVersions, parseVersion, type ParsedVersion } from './version.js';

/** The first release that has a change, and the first build between releases; null = not known to the commit. */
export interface Since {
  readonly release: string;
  /** `2.10.0-151`: 151 commits after 2.10.0 on the main line, which patch releases are not part of. */
  readonly nightly: string | null;
}

export type RuleValue = string | number | boolean | null;

interface Change<T extends RuleValue> {
  readonly since: Since;
  readonly now: T;
}

export interface VersionRule<T extends RuleValue = RuleValue> {
  /** What the values are about. */
  readonly title: string;
  /** Where in the Agent's source it stands: file:function, at the tag of the change. */
  readonly source: string;
  /** In 1.32.0 and before any change. */
  readonly first: T;
  /** In order of age. */
  readonly changes: readonly Change<T>[];
}

/** `since('2.10.4', '2.10.0-139')`. */
export const since = (release: string, nightly: string | null = null): Since => ({ release, nightly });

export function rule<T extends RuleValue>(
  title: string,
  source: string,
  first: T,
  ...changes: readonly (readonly [Since, T])[]
): VersionRule<T> {
  return { title, source, first, changes: changes.map(([at, now]) => ({ since: at, now })) };
}

/** A rule that is a plain yes or no: no before, yes since. */
export const begins = (title: string, source: string, at: Since): VersionRule<boolean> =>
  rule<boolean>(title, source, false, [at, true]);

/** Yes before, no since. */
export const ends = (title: string, source: string, at: Since): VersionRule<boolean> =>
  rule<boolean>(title, source, true, [at, false]);

/** The tag 1.99.0 was set right behind 1.47.0, for the builds that became 2.0.0: it is no release. */
const isBeforeTwo = ({ major, minor }: ParsedVersion): boolean => major === 1 && minor === 99;
const FORKED_AFTER: ParsedVersion = { major: 1, minor: 47, patch: 0, nightly: null };

/** Patch releases and builds between releases are measured on their own scale each. */
function contains(version: ParsedVersion, { release, nightly }: Since): boolean {
  const first = parseVersion(release);
  const released = isBeforeTwo(version) ? FORKED_AFTER : { ...version, nightly: null };
  if (first !== null && compareVersions(released, first) >= 0) return true;
  if (nightly === null || (version.nightly === null && !isBeforeTwo(version))) return false;
  const build = parseVersion(`${nightly}-nightly`);
  return build !== null && compareVersions(version, build) >= 0;
}

export function valueAt<T extends RuleValue>({ first, changes }: VersionRule<T>, version: ParsedVersion): T {
  return changes.reduce((value, change) => (contains(version, change.since) ? change.now : value), first);
}
