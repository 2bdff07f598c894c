/**
 * The run as a good colleague would tell it, on a terminal: verdict, the one cause, what to do, what follows from
 * it, then the evidence. Legible without colour and without Unicode, at 80 columns.
 */
import type { FoundFinding, Remedy } from '../model/finding.js';
import type { Report } from '../model/report.js';
import { type Judgement, judge } from './judgement.js';
import type { Renderer, RenderOptions } from './renderer.js';
import { agentSays, agentWrote, evidenceSection, stepsSection } from './text-evidence.js';
import { TextLayout } from './text-layout.js';
import { BLAME_WORDS, CONFIDENCE_WORDS, OUTCOME_TONE, OUTCOME_WORDS, count, duration, versionWords } from './words.js';

function verdictSection(out: TextLayout, report: Report, judgement: Judgement): void {
  const { paint } = out.options;
  out.prose(judgement.headline, 0, `${out.glyph(judgement.tone)} `, 2, paint.bold);
  out.blank();
  for (const [name, verdict] of [
    ['claim', report.verdict.claim],
    ['link', report.verdict.link],
  ] as const) {
    const tone = OUTCOME_TONE[verdict.outcome];
    const word = OUTCOME_WORDS[verdict.outcome].padEnd(11);
    out.prose(verdict.note, 2, `${out.glyph(tone)} ${name.padEnd(6)}${out.colour(tone, word)}  `, 21);
  }
}

function remedy(out: TextLayout, item: Remedy, index: number): void {
  out.prose(`[${BLAME_WORDS[item.who]}] ${item.text}`, 2, `${index + 1}. `, 3);
  for (const line of item.lines) {
    out.prose(`in ${line.file}:`, 7);
    out.verbatim(line.text, 9);
  }
  if (item.command !== null) {
    out.prose('run:', 7);
    out.verbatim(item.command, 9);
  }
}

function causeSection(out: TextLayout, finding: FoundFinding, heading: string): void {
  const { paint } = out.options;
  out.heading(heading, paint.dim(out.clean(finding.id)));
  out.prose(finding.title, 2, '', 0, paint.bold);
  out.prose(`How we know: ${finding.why}`);
  out.prose(`Confidence: ${CONFIDENCE_WORDS[finding.confidence]}.`);
  if (finding.wouldTell !== null) out.prose(`What would tell: ${finding.wouldTell}`);
  out.prose(`Who must act: ${BLAME_WORDS[finding.blames]}.`);
  if (finding.remedies.length === 0) return;
  out.heading('WHAT TO DO');
  finding.remedies.forEach((item, index) => remedy(out, item, index));
}

function foldedLine(out: TextLayout, judgement: Judgement): void {
  if (judgement.folded.length === 0) return;
  const ids = [...new Set(judgement.folded.map((finding) => finding.id))];
  out.blank();
  out.prose(`Follows from it, no separate problem: ${ids.join(', ')}.`);
}

function otherFindings(out: TextLayout, judgement: Judgement): void {
  const others = [...judgement.risks, ...judgement.notes];
  if (others.length === 0) return;
  out.heading('ALSO FOUND');
  for (const finding of others) {
    const tone = finding.severity === 'risks' ? 'warn' : 'none';
    const word = finding.severity === 'risks' ? 'risk' : 'note';
    out.prose(finding.title, 2, `${out.glyph(tone)} ${out.colour(tone, word)}  `, 8);
    out.prose(`${finding.id}: ${finding.why}`, 10, '', 0, out.options.paint.dim);
    for (const item of finding.remedies.slice(0, finding.severity === 'risks' || out.options.verbose > 0 ? 3 : 0)) {
      out.prose(`To do: ${item.text}`, 10);
      if (item.command !== null) out.verbatim(item.command, 12);
    }
  }
}

function notCheckedSection(out: TextLayout, report: Report, judgement: Judgement): void {
  const reasons = [...report.notChecked, ...judgement.notChecked.map((item) => `${item.id}: ${item.because}`)];
  if (reasons.length === 0) return;
  out.heading('NOT CHECKED', out.options.paint.dim('unknown, not fine'));
  const limit = out.options.verbose > 0 ? reasons.length : 5;
  for (const reason of reasons.slice(0, limit)) out.prose(reason, 2, `${out.glyph('unknown')} `, 2);
  if (reasons.length > limit) out.prose(`and ${reasons.length - limit} more (-v lists them).`, 4);
}

function closing(out: TextLayout, report: Report, judgement: Judgement): void {
  const blocks = (judgement.cause?.severity === 'blocks' ? 1 : 0) + judgement.alsoBlocks.length;
  const risks = (judgement.cause?.severity === 'risks' ? 1 : 0) + judgement.risks.length;
  const missing = report.notChecked.length + judgement.notChecked.length;
  const parts = [
    blocks > 0 ? count(blocks, 'blocking problem') : null,
    risks > 0 ? count(risks, 'risk') : null,
    judgement.notes.length > 0 ? count(judgement.notes.length, 'note') : null,
    missing > 0 ? `${missing} not checked` : null,
  ].filter((part) => part !== null);
  const found = parts.length === 0 ? 'No problem found' : parts.join(', ');
  const steps = count(report.observations.length, 'observation');
  const agent = agentWords(report);
  out.blank();
  out.prose(`${found}; ${steps} in ${duration(report.durationMs)}. Exit ${report.exitCode}.`, 0);
  out.prose(
    `netdata-egress ${report.tool.version} on ${report.environment.hostname}, ${agent}, ${report.startedAt}.`,
    0,
    '',
    0,
    out.options.paint.dim,
  );
  const removed = Object.entries(report.redaction.removed).map(([kind, n]) => `${n} × ${kind.replaceAll('_', ' ')}`);
  if (report.redaction.mode === 'off') out.prose('Nothing was hidden (--redact off): do not share this.', 0);
  else if (removed.length > 0)
    out.prose(`Hidden before this was shown (${report.redaction.mode}): ${removed.join(', ')}.`, 0);
  out.prose(
    'More: -v. For a ticket: `--output run.json`; `netdata-egress report show run.json` reads it.',
    0,
    '',
    0,
    out.options.paint.dim,
  );
}

/** Which Agent was judged, whether it is claimed, and whose files and environment were used. */
function agentWords({ agent }: Report): string {
  const { installation, process, claimed, environmentSource } = agent;
  if (!installation.found) return versionWords(agent);
  const state = claimed === null ? 'claimed or not: unknown' : claimed ? 'claimed' : 'not claimed';
  const where = process?.ownNamespaces === true ? ` of process ${String(process.pid)}` : '';
  const whose = { daemon: `process ${String(process?.pid ?? '')}`, unit: 'its service unit', self: 'this shell' };
  return `${versionWords(agent)} (${state}), files${where} in ${installation.configDir}, environment of ${whose[environmentSource]}`;
}

function adviceSection(out: TextLayout, judgement: Judgement): void {
  if (judgement.advice === null) return;
  out.heading('WHAT TO DO');
  out.prose(judgement.advice);
}

export function renderText(report: Report, options: RenderOptions): string {
  const out = new TextLayout(options);
  const judgement = judge(report);
  verdictSection(out, report, judgement);
  if (options.verbose < 0) {
    if (judgement.cause !== null) out.prose(`${judgement.cause.id}: ${judgement.cause.title}`);
    return out.toString();
  }
  if (judgement.cause !== null)
    causeSection(out, judgement.cause, judgement.tone === 'fail' ? 'CAUSE' : 'WHAT IS WRONG');
  adviceSection(out, judgement);
  foldedLine(out, judgement);
  judgement.alsoBlocks.forEach((finding, index) => {
    causeSection(out, finding, index === 0 ? 'A SECOND PROBLEM' : 'ANOTHER PROBLEM');
  });
  otherFindings(out, judgement);
  evidenceSection(out, report);
  agentSays(out, report);
  if (options.verbose > 0) agentWrote(out, report);
  if (options.verbose > 0) stepsSection(out, report);
  notCheckedSection(out, report, judgement);
  closing(out, report, judgement);
  return out.toString();
}

export const textFormat: Renderer = {
  id: 'text',
  title: 'for people, on a terminal',
  extension: 'txt',
  render: renderText,
};
