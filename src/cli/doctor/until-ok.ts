/** Repeats a run until claim and link work, saying what changed in between; ends on Ctrl-C. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, type Report } from '../../model/report.js';

export interface UntilOk {
  /** ms. */
  readonly every: number | undefined;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export async function untilOk(
  attempt: () => Promise<Report>,
  { every: pauseMs = 30_000, signal, say }: UntilOk,
): Promise<Report> {
  let before: string | null = null;
  for (;;) {
    const report = await attempt();
    const now = summary(report);
    const at = new Date().toISOString().slice(11, 19);
    if (before === null) say(`${at}Z  ${now}\n`);
    else if (now !== before) say(`${at}Z  changed: ${now}\n           before:  ${before}\n`);
    before = now;
    if (report.exitCode === EXIT.OK || report.exitCode === EXIT.STRICT_WARNINGS) {
      if (isAtRisk(report)) say(`${at}Z  ends here: nothing stops the Agent any more; at risk stays what is named\n`);
      return report;
    }
    if (signal.aborted) return report;
    try {
      await sleep(pauseMs, undefined, { signal });
    } catch {
      return { ...report, exitCode: EXIT.INTERRUPTED, interrupted: true };
    }
  }
}

const isAtRisk = ({ verdict: { claim, link } }: Report): boolean =>
  claim.outcome === 'at_risk' || link.outcome === 'at_risk';

/** What stops the Agent; where nothing does, what puts it at risk. */
function summary({ verdict, findings }: Report): string {
  const causesOf = (severity: 'blocks' | 'risks'): readonly string[] =>
    findings.flatMap((finding) =>
      finding.outcome === 'found' && finding.severity === severity
        ? [
            [finding.id, ...(finding.subject.hosts.length > 0 ? [`(${finding.subject.hosts.join(', ')})`] : [])].join(
              ' ',
            ),
          ]
        : [],
    );
  const stops = causesOf('blocks');
  const causes = stops.length > 0 ? stops : causesOf('risks');
  const text = `claim ${verdict.claim.outcome}, link ${verdict.link.outcome}${causes.length > 0 ? `: ${causes.join('; ')}` : ''}`;
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}
