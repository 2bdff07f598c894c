/** What the history of whoever watches here says of the days before a run. */
import type { RecentChange, Report } from '../../model/report.js';
import { recentChanges } from '../../watch/history.js';
import { changeText } from '../../watch/words.js';
import { latestHistory } from './state-dir.js';

const WITHIN_MS = 7 * 86_400_000;
const MOST = 8;

/** Null where nobody watches. Names and addresses stand in it: nothing of it belongs into a strictly redacted run. */
export function recentFor(report: Report): readonly RecentChange[] | null {
  const entries = latestHistory(report.agent.installation.libDir);
  if (entries === null) return null;
  return recentChanges(entries, Date.parse(report.startedAt), WITHIN_MS)
    .slice(-MOST)
    .map(({ at, change }) => ({ at, text: changeText(change) }));
}
