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
import { BLAME_WORDS } from '../model/words.js';
import { OUTCOME_TONE, OUTCOME_WORDS, count, duration, versionWords } from './words.js';

function verdictSection(out: TextLayout, report: Report, judgement: Judgement): void {
  const { paint } = out.options;
  out.prose(judgement.headline, 0, `${out.glyph(judgement.tone)} `, 2, paint.bold);
  for (const [name, verdict] of [
    ['claim', report.verdict.claim],
    ['link', report.verdict.link],
  ] as const) {
    const tone = OUTCOME_TONE[verdict.outcome];
    const word = OUTCOME_WORDS[verdict.outcome].padEnd(11);
    out.prose(
      noteOf(report, judgement, name),
      2,
      `${out.glyph(tone)} ${name.padEnd(6)}${out.colour(tone, word)}  `,
      21,
    );
  }
}

/** What stands beside a verdict; a reason that was just given is not told again. */
function noteOf({ verdict: { claim, link } }: Report, { cause }: Judgement, name: 'claim' | 'link'): string {
  if (name === 'link' && link.outcome !== 'will_work' && claim.note === link.note) return 'For the same reason.';
  const { note } = name === 'claim' ? claim : link;
  return cause !== null && note === `${cause.title}.` ? 'The reason is below.' : note;
}

/** More than this is shown with -v. */
const BRIEF = { remedies: 2, risks: 3, notes: 2, notChecked: 1 } as const;

function remedy(out: TextLayout, item: Remedy, index: number): void {
  // Whoever reads this is meant, unless it says otherwise.
  const who = item.who === 'host' || item.who === 'agent_config' ? '' : `[${BLAME_WORDS[item.who]}] `;
  out.prose(`${who}${item.text}`, 2, `${index + 1}. `, 3);
  for (const line of item.lines) {
    out.prose(`in ${line.file}:`, 5);
    out.verbatim(line.text, 7);
  }
  if (item.command !== null) out.verbatim(item.command, 7);
}

/** What convinces: the first two sentences and the last one; all of them with -v. */
function proofOf({ proof, why }: FoundFinding, verbose: number): string {
  if (proof === undefined || verbose > 0 || proof.length <= 3) return why;
  return [...proof.slice(0, 2), ...proof.slice(-1)].join(' ');
}

function causeSection(out: TextLayout, finding: FoundFinding, heading: string): void {
  const { paint, verbose } = out.options;
  out.heading(heading, paint.dim(`${out.clean(finding.id)}, ${finding.confidence}`));
  out.prose(finding.title, 2, '', 0, paint.bold);
  out.prose(proofOf(finding, verbose));
  if (finding.wouldTell !== null) out.prose(`What would tell: ${finding.wouldTell}`);
  if (finding.remedies.length === 0) {
    out.prose(`Who must act: ${BLAME_WORDS[finding.blames]}.`);
    return;
  }
  out.heading('WHAT TO DO', paint.dim(BLAME_WORDS[finding.blames]));
  const shown = finding.remedies.slice(0, verbose > 0 ? undefined : BRIEF.remedies);
  shown.forEach((item, index) => remedy(out, item, index));
  const rest = finding.remedies.length - shown.length;
  if (rest > 0) out.prose(`(-v: ${count(rest, 'more step')})`, 5, '', 0, paint.dim);
}

function foldedLine(out: TextLayout, judgement: Judgement): void {
  if (judgement.folded.length === 0) return;
  const ids = [...new Set(judgement.folded.map((finding) => finding.id))];
  out.prose(`Follows from it, no separate problem: ${ids.join(', ')}.`);
}

function otherFindings(out: TextLayout, judgement: Judgement): void {
  const { risks, notes } = judgement;
  if (risks.length + notes.length === 0) return;
  const { verbose, paint } = out.options;
  const shown = verbose > 0 ? [...risks, ...notes] : [...risks.slice(0, BRIEF.risks), ...notes.slice(0, BRIEF.notes)];
  // Beside a healthy verdict a remark needs no heading.
  if (judgement.tone !== 'ok' || verbose > 0) out.heading('ALSO FOUND');
  for (const finding of shown) {
    const tone = finding.severity === 'risks' ? 'warn' : 'none';
    const word = finding.severity === 'risks' ? 'risk' : 'note';
    out.prose(`${finding.title} (${finding.id})`, 2, `${out.glyph(tone)} ${out.colour(tone, word)}  `, 8);
    if (verbose <= 0) continue;
    out.prose(finding.why, 10, '', 0, paint.dim);
    for (const item of finding.remedies.slice(0, 3)) {
      out.prose(`To do: ${item.text}`, 10);
      if (item.command !== null) out.verbatim(item.command, 12);
    }
  }
  const rest = risks.length + notes.length - shown.length;
  if (rest > 0) out.prose(`and ${String(rest)} more (-v lists them)`, 10);
}

/** What changed here lately, by the history of whoever watches. */
function recentSection(out: TextLayout, { recent = [] }: Report): void {
  if (recent.length === 0) return;
  out.heading('LATELY', out.options.paint.dim('netdata-egress watch history'));
  for (const { at, text } of recent) out.prose(`Since ${at.slice(0, 10)} ${at.slice(11, 16)} UTC: ${text}`);
}

function notCheckedSection(out: TextLayout, report: Report, judgement: Judgement): void {
  const reasons = [...report.notChecked, ...judgement.notChecked.map((item) => `${item.id}: ${item.because}`)];
  if (reasons.length === 0) return;
  const { verbose, paint } = out.options;
  // Where nothing was found, what was not looked at is what there is to tell.
  if (verbose <= 0 && (judgement.tone === 'ok' || judgement.cause !== null)) {
    out.prose(`Not checked: ${count(reasons.length, 'thing')} (-v lists ${reasons.length === 1 ? 'it' : 'them'}).`, 0);
    return;
  }
  out.heading('NOT CHECKED', paint.dim('unknown, not fine'));
  const shown = reasons.slice(0, verbose > 0 ? undefined : BRIEF.notChecked);
  for (const reason of shown) out.prose(reason, 2, `${out.glyph('unknown')} `, 2);
  if (reasons.length > shown.length) out.prose(`and ${reasons.length - shown.length} more (-v lists them)`, 4);
}

function closing(out: TextLayout, report: Report): void {
  const { paint } = out.options;
  out.prose(
    `${report.environment.hostname}: ${agentWords(report)}; ${duration(report.durationMs)}, exit ${report.exitCode}.`,
    0,
  );
  const removed = Object.entries(report.redaction.removed).map(([kind, n]) => count(n, kind.replaceAll('_', ' ')));
  const hidden =
    report.redaction.mode === 'off'
      ? 'Nothing is hidden: do not share. '
      : removed.length > 0
        ? `Removed for sharing: ${removed.join(', ')}. `
        : '';
  out.prose(`${hidden}Evidence: -v. For a ticket: --output run.json`, 0, '', 0, paint.dim);
}

/** Which Agent was judged, whether it is claimed, and whose files and environment were used. */
function agentWords({ agent }: Report): string {
  const { installation, process, claimed, environmentSource } = agent;
  if (!installation.found) return versionWords(agent);
  const state = claimed === null ? 'claimed or not: unknown' : claimed ? 'claimed' : 'not claimed';
  const where = process?.ownNamespaces === true ? ` of process ${String(process.pid)}` : '';
  const whose = { daemon: `process ${String(process?.pid ?? '')}`, unit: 'its service unit', self: 'this shell' };
  return `${versionWords(agent)}, ${state}; files${where} in ${installation.configDir}, environment of ${whose[environmentSource]}`;
}

function adviceSection(out: TextLayout, judgement: Judgement): void {
  if (judgement.advice === null) return;
  out.heading('WHAT TO DO');
  out.prose(judgement.advice);
}

export function renderText(report: Report, options: RenderOptions): string {
  const out = new TextLayout(options);
  const judgement = judge(report);
  const { told } = judgement;
  verdictSection(out, report, judgement);
  if (options.verbose < 0) {
    if (told !== null) out.prose(`${told.id}: ${told.title}`);
    out.prose(`For ${versionWords(report.agent)}.`, 2, '', 0, options.paint.dim);
    return out.toString();
  }
  if (told !== null) causeSection(out, told, judgement.tone === 'fail' ? 'CAUSE' : 'WHAT IS WRONG');
  if (judgement.tries !== null) out.prose(judgement.tries);
  adviceSection(out, judgement);
  foldedLine(out, judgement);
  judgement.alsoBlocks.forEach((finding, index) => {
    causeSection(out, finding, index === 0 ? 'A SECOND PROBLEM' : 'ANOTHER PROBLEM');
  });
  otherFindings(out, judgement);
  if (options.verbose > 0) {
    evidenceSection(out, report);
    agentSays(out, report);
    agentWrote(out, report);
    if (options.verbose > 1) stepsSection(out, report);
  }
  recentSection(out, report);
  notCheckedSection(out, report, judgement);
  if (judgement.tone !== 'ok' || options.verbose > 0 || judgement.risks.length + judgement.notes.length === 0)
    out.blank();
  closing(out, report);
  return out.toString();
}

export const textFormat: Renderer = {
  id: 'text',
  title: 'for people, on a terminal',
  extension: 'txt',
  render: renderText,
};
