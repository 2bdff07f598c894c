/** The run for a GitHub or Jira ticket: plain Markdown, no HTML, nothing that a peer wrote is live. */
import type { FoundFinding, Remedy } from '../model/finding.js';
import type { Report } from '../model/report.js';
import { routeText } from './describe.js';
import { markdownFence, safeMarkdown, safeText } from './escape.js';
import { type EvidenceRow, allEvidence } from './evidence.js';
import { type Judgement, judge } from './judgement.js';
import type { Renderer, RenderOptions } from './renderer.js';
import { BLAME_WORDS, CONFIDENCE_WORDS } from '../model/words.js';
import {
  LEG_WORDS,
  OUTCOME_TONE,
  OUTCOME_WORDS,
  STATE_TONE,
  STATE_WORDS,
  type Tone,
  count,
  duration,
} from './words.js';

const MARK: Readonly<Record<Tone, string>> = { ok: '✅', warn: '⚠️', fail: '❌', unknown: '❔', none: 'ℹ️' };
const ASCII_MARK: Readonly<Record<Tone, string>> = {
  ok: '[ok]',
  warn: '[!]',
  fail: '[FAIL]',
  unknown: '[?]',
  none: '[i]',
};

const md = (text: string, max = 600): string => safeMarkdown(text, max);

/** Literal text inside a table or a line. */
function code(text: string, max = 200): string {
  const safe = safeText(text, max);
  const fence = markdownFence(safe);
  const pad = safe.startsWith('`') || safe.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${safe}${pad}${fence}`.replaceAll('|', '\\|');
}

function block(text: string, indent: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => safeText(line, 400));
  const fence = markdownFence(lines.join('\n')).padEnd(3, '`');
  return [`${indent}${fence}`, ...lines.map((line) => `${indent}${line}`), `${indent}${fence}`];
}

function remedy(item: Remedy, index: number): string[] {
  const out = [`${index + 1}. **${BLAME_WORDS[item.who]}**: ${md(item.text)}`];
  for (const line of item.lines) out.push('', `   In ${code(line.file)}:`, '', ...block(line.text, '   '), '');
  if (item.command !== null) out.push('', ...block(item.command, '   '), '');
  return out;
}

function cause(finding: FoundFinding, heading: string): string[] {
  const out = [
    `## ${heading}: ${md(finding.title, 300)}`,
    '',
    `- How we know: ${md(finding.why)}`,
    `- Confidence: ${CONFIDENCE_WORDS[finding.confidence]}`,
    ...(finding.wouldTell === null ? [] : [`- What would tell: ${md(finding.wouldTell)}`]),
    `- Who must act: ${BLAME_WORDS[finding.blames]}`,
    `- Finding: ${code(finding.id)}`,
    '',
  ];
  if (finding.remedies.length > 0) out.push('### What to do', '', ...finding.remedies.flatMap(remedy), '');
  return out;
}

function others(judgement: Judgement, mark: Readonly<Record<Tone, string>>): string[] {
  const list = [...judgement.risks, ...judgement.notes];
  if (list.length === 0) return [];
  const line = (f: FoundFinding): string =>
    `- ${mark[f.severity === 'risks' ? 'warn' : 'none']} ${f.severity === 'risks' ? 'risk' : 'note'} ${code(f.id)}: ${md(f.title, 300)}. ${md(f.why)}`;
  return ['## Also found', '', ...list.map(line), ''];
}

function addresses(row: EvidenceRow): string {
  const shown = row.addresses.slice(0, 4).map((address) => code(address));
  const more = row.addresses.length - shown.length;
  return shown.length === 0 ? '' : `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}: `;
}

function evidence(report: Report, mark: Readonly<Record<Tone, string>>): string[] {
  const out = ['## Evidence', '', '| For | Step | | What was seen | Took |', '|---|---|---|---|---|'];
  for (const leg of allEvidence(report)) {
    const settings = report.agent.legs[leg.leg];
    const verdict = report.verdict.legs[leg.leg];
    out.push(
      `| **${LEG_WORDS[leg.leg].name}** | ${code(`${settings.host}:${settings.port}`)} | ${mark[OUTCOME_TONE[verdict.outcome]]} ${OUTCOME_WORDS[verdict.outcome]} | ${md(routeText(report, settings.routeId))} | |`,
    );
    for (const row of leg.rows) {
      const took = row.tookMs === null ? '' : duration(row.tookMs);
      out.push(
        `| | ${row.label} | ${mark[STATE_TONE[row.state]]} ${STATE_WORDS[row.state]} | ${addresses(row)}${md(row.text, 300)} | ${took} |`,
      );
    }
  }
  return [...out, ''];
}

function unknowns(report: Report, judgement: Judgement): string[] {
  const reasons = [...report.notChecked, ...judgement.notChecked.map((item) => `${item.id}: ${item.because}`)];
  return reasons.length === 0 ? [] : ['## Not checked', '', ...reasons.map((reason) => `- ${md(reason)}`), ''];
}

function render(report: Report, options: RenderOptions): string {
  const judgement = judge(report);
  const { told } = judgement;
  const mark = options.unicode ? MARK : ASCII_MARK;
  const rows = (['claim', 'link'] as const).map((name) => {
    const verdict = report.verdict[name];
    return `| **${name}** | ${mark[OUTCOME_TONE[verdict.outcome]]} ${OUTCOME_WORDS[verdict.outcome]} | ${md(verdict.note, 300)} |`;
  });
  const removed = Object.entries(report.redaction.removed).map(
    ([kind, n]) => `${n} × ${md(kind.replaceAll('_', ' '), 60)}`,
  );
  const lines = [
    `# ${mark[judgement.tone]} ${judgement.headline}`,
    '',
    '| | Verdict | Why |',
    '|---|---|---|',
    ...rows,
    '',
    ...(judgement.advice === null ? [] : ['## What to do', '', md(judgement.advice), '']),
    ...(told === null ? [] : cause(told, judgement.tone === 'fail' ? 'Cause' : 'What is wrong')),
    ...(judgement.tries === null ? [] : [md(judgement.tries), '']),
    ...(judgement.folded.length === 0
      ? []
      : [
          `Follows from it, no separate problem: ${[...new Set(judgement.folded.map((f) => code(f.id)))].join(', ')}.`,
          '',
        ]),
    ...judgement.alsoBlocks.flatMap((finding) => cause(finding, 'A second problem')),
    ...others(judgement, mark),
    ...evidence(report, mark),
    ...unknowns(report, judgement),
    '---',
    `netdata-egress ${md(report.tool.version, 40)} on ${code(report.environment.hostname, 80)}, Agent ${code(report.agent.version.value, 40)}, ${md(report.startedAt, 40)}, ${count(report.observations.length, 'observation')} in ${duration(report.durationMs)}, exit ${report.exitCode}. Redaction: ${report.redaction.mode}${removed.length > 0 ? `, removed ${removed.join(', ')}` : ''}.`,
  ];
  return `${lines.join('\n').replace(/\n{3,}/g, '\n\n')}\n`;
}

export const markdownFormat: Renderer = {
  id: 'markdown',
  title: 'for a GitHub or Jira ticket',
  extension: 'md',
  render,
};
