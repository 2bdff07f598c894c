/** The evidence part of the terminal form: each leg's path, what the Agent would say, and every step with -v. */
import type { Observation } from '../model/observation.js';
import type { Report } from '../model/report.js';
import { describe, isPlainNoData, routeText } from './describe.js';
import { type EvidenceRow, type LegEvidence, allEvidence } from './evidence.js';
import type { TextLayout } from './text-layout.js';
import {
  CONTROL_WORDS,
  LEG_WORDS,
  OPERATION_WORDS,
  OUTCOME_TONE,
  OUTCOME_WORDS,
  duration,
  STATE_WORDS,
} from './words.js';

const LABEL_WIDTH = 10;
const STATE_WIDTH = 12;

function where(row: EvidenceRow, verbose: number): string {
  if (row.addresses.length === 0) return '';
  const shown = verbose > 0 ? row.addresses : row.addresses.slice(0, 3);
  const more = row.addresses.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}: `;
}

/** `(24 ms)` behind what was seen, unless the words already say how long it took. */
function took(item: EvidenceRow): string {
  return item.tookMs === null || / in \d[\d.]* m?s/.test(item.text) ? '' : ` (${duration(item.tookMs)})`;
}

function row(out: TextLayout, item: EvidenceRow): void {
  const lead = `${out.stateGlyph(item.state)} ${item.label.padEnd(LABEL_WIDTH)}${out.stateWord(item.state, STATE_WIDTH)}`;
  out.prose(`${where(item, out.options.verbose)}${item.text}${took(item)}`, 4, lead, 2 + LABEL_WIDTH + STATE_WIDTH);
}

/** Rungs that did not run share one line: `? TLS, WebSocket, MQTT  skipped: connect failed`. */
function notRun(out: TextLayout, items: readonly EvidenceRow[]): void {
  const [first] = items;
  if (first === undefined) return;
  const labels = items.map((item) => item.label).join(', ');
  out.prose(`${labels}: ${STATE_WORDS[first.state]}, ${first.text}`, 4, `${out.stateGlyph(first.state)} `, 2);
}

function rows(out: TextLayout, evidence: LegEvidence): void {
  const ran = evidence.rows.filter((item) => item.observations.length > 0);
  for (const item of ran) row(out, item);
  // The rungs that did not run are the last ones, or all.
  for (const state of ['not_checked', 'skipped'] as const) {
    notRun(
      out,
      evidence.rows.filter((item) => item.observations.length === 0 && item.state === state),
    );
  }
}

/** A leg that works is one line: every rung that ran, none that did not. */
function collapsed(out: TextLayout, evidence: LegEvidence): void {
  const arrow = out.options.unicode ? '→' : '->';
  const parts = evidence.rows.map(
    (item) => `${item.label} ok${item.addresses.length > 1 ? ` (${item.addresses.length})` : ''}`,
  );
  const steps = evidence.rows.flatMap((item) => item.observations);
  const span = Math.max(...steps.map((o) => o.tMs)) - Math.min(...steps.map((o) => o.t0Ms));
  out.prose(`${parts.join(` ${arrow} `)}, in ${duration(span)}`, 4);
}

export function evidenceSection(out: TextLayout, report: Report): void {
  out.heading(
    'EVIDENCE',
    out.options.paint.dim('what was seen on each leg, along the route that the Agent would take'),
  );
  for (const evidence of allEvidence(report)) {
    const verdict = report.verdict.legs[evidence.leg];
    const settings = report.agent.legs[evidence.leg];
    const tone = OUTCOME_TONE[verdict.outcome];
    const lead = `${out.glyph(tone)} ${LEG_WORDS[evidence.leg].name.padEnd(6)}${out.colour(tone, OUTCOME_WORDS[verdict.outcome].padEnd(11))}  `;
    out.prose(`${settings.host}:${settings.port}, ${routeText(report, settings.routeId)}`, 2, lead, 21);
    const clean = verdict.outcome === 'will_work' && evidence.rows.every((item) => item.state === 'ok');
    if (clean && out.options.verbose <= 0) collapsed(out, evidence);
    else rows(out, evidence);
  }
}

export function agentSays(out: TextLayout, report: Report): void {
  const said = report.predictions.filter(
    (p) => p.outcome !== 'will_work' && (p.agentWouldSay.status !== null || p.agentWouldSay.log !== null),
  );
  if (said.length === 0) return;
  out.heading('THE AGENT WOULD SAY');
  const legsByWords = new Map<string, string[]>();
  for (const prediction of said) {
    const { status, log } = prediction.agentWouldSay;
    const seconds = prediction.agentSeconds === null ? null : Math.round(prediction.agentSeconds);
    const wait = seconds === null ? '' : seconds < 1 ? ' (at once)' : ` (after about ${seconds} s)`;
    const words = [status === null ? null : `status "${status}"`, log === null ? null : `log "${log}"`];
    const key = words.filter((part) => part !== null).join('; ') + wait;
    legsByWords.set(key, [...(legsByWords.get(key) ?? []), LEG_WORDS[prediction.leg].name]);
  }
  for (const [words, legs] of legsByWords) out.prose(`${legs.join(', ')}: ${words}`);
}

function purpose(o: Observation): string {
  if (o.role.kind === 'control') return `control: ${CONTROL_WORDS[o.role.control]}`;
  return o.role.kind === 'alternative' ? 'alternative' : (o.leg ?? 'shared');
}

function operationWord(o: Observation): string {
  return o.operation in OPERATION_WORDS
    ? OPERATION_WORDS[o.operation as keyof typeof OPERATION_WORDS]
    : o.operation.replaceAll('_', ' ');
}

/** Every step in the order of time. */
export function stepsSection(out: TextLayout, report: Report): void {
  out.heading('EVERY STEP', out.options.paint.dim('start in ms, duration, what was seen'));
  for (const o of report.observations.toSorted((a, b) => a.t0Ms - b.t0Ms)) {
    const start = `${Math.round(o.t0Ms)}`.padStart(6);
    const length = duration(o.tMs - o.t0Ms).padStart(7);
    const address = o.address === null ? '' : `${o.address}: `;
    const failed = o.failure !== null && !isPlainNoData(o);
    const tone = failed ? 'fail' : 'none';
    const word = failed ? 'FAILED: ' : '';
    const text = `${operationWord(o)}, ${purpose(o)}: ${word}${address}${describe(o)} [${o.id}]`;
    out.prose(text, 0, `${start} ${length}  ${out.glyph(tone)} `, 18);
    if (out.options.verbose > 1) details(out, o);
  }
}

function details(out: TextLayout, o: Observation): void {
  const lines: string[] = [];
  if (o.failure !== null && o.failure.detail !== '') lines.push(`detail: ${o.failure.detail}`);
  if (o.operation === 'tls_handshake') {
    for (const [depth, c] of o.chain.entries()) {
      lines.push(
        `certificate ${depth}: ${c.subject}; issuer ${c.issuer}; ${c.notBefore} to ${c.notAfter}; sha256 ${c.fingerprint256}`,
      );
    }
    for (const j of o.judgements) lines.push(`store ${j.storeId}: ${j.trusted ? 'trusted' : j.errors.join(', ')}`);
  }
  if ('headers' in o) for (const [name, value] of o.headers) lines.push(`${name}: ${value}`);
  if ('bodyExcerpt' in o && o.bodyExcerpt !== '') lines.push(`body: ${o.bodyExcerpt}`);
  for (const line of lines) out.prose(line, 18, '', 0, out.options.paint.dim);
}
