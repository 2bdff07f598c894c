/** Makes a report fit a size cap without making it invalid: bodies first, then steps that nothing rests on. */
import type { Observation } from '../model/observation.js';
import type { Report } from '../model/report.js';

/** UTF-8 bytes of the document in its short form. */
function sizeOf(report: Report): number {
  return new TextEncoder().encode(JSON.stringify(report)).length + 1;
}

function cutBodies(o: Observation, keep: number): Observation {
  const cut = (text: string): string => text.slice(0, keep);
  switch (o.operation) {
    case 'http_round_trip':
      return { ...o, rawBody: cut(o.rawBody), rawHead: cut(o.rawHead) };
    case 'proxy_connect':
      return { ...o, rawReply: cut(o.rawReply), bodyExcerpt: cut(o.bodyExcerpt) };
    case 'websocket_upgrade':
      return { ...o, rawHead: cut(o.rawHead), bodyExcerpt: cut(o.bodyExcerpt) };
    default:
      return o;
  }
}

/** Ids that a finding, a prediction or the verdict cites. */
function citedIds(report: Report): ReadonlySet<string> {
  return new Set([
    ...report.findings.flatMap((finding) => (finding.outcome === 'found' ? finding.evidence : [])),
    ...report.predictions.flatMap((p) => [...p.evidence, p.stops ?? '']),
    ...Object.values(report.verdict.legs).flatMap((leg) => leg.evidence),
    ...report.verdict.claim.evidence,
    ...report.verdict.link.evidence,
  ]);
}

const BODY_STEPS = [8192, 1024, 0];

/** The report itself if it fits; else a shortened one that says so under `notChecked`. */
export function fitReport(report: Report, maxBytes: number): Report {
  if (sizeOf(report) <= maxBytes) return report;
  const keeping = (observations: readonly Observation[], note: string): Report => ({
    ...report,
    observations,
    notChecked: [...report.notChecked, note],
  });
  for (const keep of BODY_STEPS) {
    const shorter = keeping(
      report.observations.map((o) => cutBodies(o, keep)),
      `answers were shortened to ${keep} bytes each so that this file stays below ${maxBytes} bytes`,
    );
    if (sizeOf(shorter) <= maxBytes) return shorter;
  }
  const cited = citedIds(report);
  const kept = report.observations.filter((o) => cited.has(o.id)).map((o) => cutBodies(o, 0));
  const dropped = report.observations.length - kept.length;
  return keeping(kept, `${dropped} steps that nothing rests on were left out so that this file stays small`);
}
