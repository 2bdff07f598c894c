/**
 * Version numbers of the Agent, as its program, packages and status files spell them.
 */

export interface ParsedVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Commits after that release; null for the release itself. */
  readonly nightly: number | null;
}

/** Dates instead of numbers were used by builds without tags, all long before 1.32: older than every release. */
const DATED: ParsedVersion = { major: 0, minor: 0, patch: 0, nightly: null };

/**
 * Reads `v2.10.3`, `2.11.0-84-nightly`, `2.2.0.118.nightly` (as RPM spells it), `v2.11.0-84-gabcdef0`, and
 * `20200416-384-g1b96532`; package revisions (`1.47.5-1`, `1.37.1-2+deb12u1`, `1.43.2-r0`) say nothing of the
 * contents. Null if it is no version.
 */
export function parseVersion(text: string): ParsedVersion | null {
  const trimmed = text.trim();
  if (/^v?20\d{6}-\d{1,6}-g[0-9a-f]{4,40}$/.test(trimmed)) return DATED;
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?([-.+~][A-Za-z0-9.+~_-]*)?$/.exec(trimmed);
  if (match === null) return null;
  const commits = /^[-.~+](\d{1,6})[-.~+](?:nightly|g[0-9a-f]{4,40})(?:[-.+~]|$)/.exec(match[4] ?? '')?.[1];
  return {
    major: Number(match[1]),
    minor: Number(match[2]),
    patch: Number(match[3] ?? 0),
    nightly: commits === undefined || Number(commits) === 0 ? null : Number(commits),
  };
}

/** -1, 0 or 1; a nightly comes after the release it is numbered after. */
export function compareVersions(left: ParsedVersion, right: ParsedVersion): number {
  const numbers = ({ major, minor, patch, nightly }: ParsedVersion): number[] => [major, minor, patch, nightly ?? 0];
  const others = numbers(right);
  for (const [index, value] of numbers(left).entries()) {
    const difference = value - (others[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
