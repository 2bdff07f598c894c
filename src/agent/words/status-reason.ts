/** Reading a reason, and saying one as a version would. Pure. */
import { compareVersions, parseVersion, type ParsedVersion } from '../versions.js';
import type { ReasonKind } from './status-kinds.js';
import { STATUS_WORDS, type StatusRow, type StatusText } from './status-words.js';

/** What stands in front of the same text in the log. */
const LOG_PREFIX = /^\s*(?:CLAIM: |(?:Netdata Cloud, )?ACLK connection status: )/;

/**
 * What a reason means; null for a text that no version in the table gives. The rows do not share a text, so the version
 * that gave it need not be known.
 */
export function readReason(reason: string): StatusRow | null {
  const [line = ''] = reason.split('\n');
  const said = line.replace(LOG_PREFIX, '').trim();
  return (
    STATUS_WORDS.find(({ texts }) => texts.some(({ text }) => text.toLowerCase() === said.toLowerCase())) ??
    STATUS_WORDS.find(({ pattern }) => pattern?.test(said) === true) ??
    null
  );
}

/** The text by which a version says this; null where it has none of its own. */
export function reasonText(kind: ReasonKind, version: string): string | null {
  const parsed = parseVersion(version);
  if (parsed === null) return null;
  const row = STATUS_WORDS.find((candidate) => candidate.kind === kind);
  const isGiven = ({ since, nightly, before }: StatusText): boolean =>
    isAtLeast(parsed, since, nightly) && (before === null || !isAtLeast(parsed, before));
  return row?.texts.find(isGiven)?.text ?? null;
}

/**
 * Whether a version leaves its reason as it was when the last step fails (the MQTT host: its name, its addresses, the
 * proxy, TLS, the upgrade): the reason is then about something earlier.
 */
export function leavesReasonStale(version: string): boolean {
  const parsed = parseVersion(version);
  return parsed === null || !isAtLeast(parsed, '2.12.0', '2.11.0-48-nightly');
}

/** Nightlies are numbered after the release before them: they have a threshold of their own. */
function isAtLeast(version: ParsedVersion, release: string, nightly?: string): boolean {
  const threshold = parseVersion(version.nightly === null ? release : (nightly ?? release));
  return threshold !== null && compareVersions(version, threshold) >= 0;
}
