/** The evidence part of the terminal form: each leg's path, what the Agent would say, and every step with -v. */
import { tookMs } from '../trace/silence.js';
import type { AgentLogLine, Observation } from '../model/observation.js';
import type { Outcome } from '../model/prediction.js';
import type { Report } from '../model/report.js';
import { describe, isPlainNoData, routeText } from './describe.js';
import { type EvidenceRow, type LegEvidence, allEvidence } from './evidence.js';
import type { TextLayout } from './text-layout.js';
import { CONTROL_WORDS } from '../model/words.js';
import { LEG_WORDS, OPERATION_WORDS, OUTCOME_TONE, OUTCOME_WORDS, duration, STATE_WORDS } from './words.js';

const LABEL_WIDTH = 10;
const STATE_WIDTH = 12;

function where(row: EvidenceRow, verbose: number): string {
  if (row.addresses.length === 0) return '';
  const shown = verbose > 1 ? row.addresses : row.addresses.slice(0, 3);
  const more = row.addresses.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}: `;
}

/** `(24 ms)` behind what was seen, unless the words already say how long it took. */
function took(item: EvidenceRow): string {
  return item.tookMs === null || item.saysWait ? '' : ` (${duration(item.tookMs)})`;
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

/** The doctor looked further than the Agent gets: `• WebSocket, MQTT: answered the doctor, but …`. */
function furtherOn(out: TextLayout, items: readonly EvidenceRow[]): void {
  if (items.length === 0) return;
  const labels = [...new Set(items.map((item) => item.label))].join(', ');
  out.prose(`${labels}: answered the doctor, but the Agent stops before`, 4, `${out.glyph('none')} `, 2);
}

/** Where the Agent's way ends: the first rung of which nothing went well. -1 = nowhere. */
function endOf(evidence: LegEvidence): number {
  const order = [...new Set(evidence.rows.map((item) => item.rung))];
  const end = order.find((rung) =>
    evidence.rows.every((item) => item.rung !== rung || item.state === 'failed' || item.state === 'not_checked'),
  );
  return end === undefined ? -1 : evidence.rows.findLastIndex((item) => item.rung === end);
}

function rows(out: TextLayout, evidence: LegEvidence, outcome: Outcome): void {
  const ran = evidence.rows.filter((item) => item.observations.length > 0);
  const end = outcome === 'will_fail' && out.options.verbose <= 1 ? endOf(evidence) : -1;
  const beyond = ran.filter((item) => end >= 0 && evidence.rows.indexOf(item) > end && item.state === 'answered');
  for (const item of ran) if (!beyond.includes(item)) row(out, item);
  furtherOn(out, beyond);
  // The rungs that did not run are the last ones, or all.
  for (const state of ['not_checked', 'skipped'] as const) {
    notRun(
      out,
      evidence.rows.filter((item) => item.observations.length === 0 && item.state === state),
    );
  }
}

/** A leg that works is one line: every rung, and at how many addresses it went well. */
function collapsed(out: TextLayout, good: readonly EvidenceRow[]): void {
  const arrow = out.options.unicode ? '→' : '->';
  const parts = good.map((item) => `${item.label} ok${item.addresses.length > 1 ? ` (${item.addresses.length})` : ''}`);
  const steps = good.flatMap((item) => item.observations);
  const span = Math.max(...steps.map((o) => o.tMs)) - Math.min(...steps.map((o) => o.t0Ms));
  out.prose(`${parts.join(` ${arrow} `)}, in ${duration(span)}`, 4);
}

/** One good row for each rung and nothing bad: further addresses that answered as well are no news. null = not so. */
function allGood({ rows: all }: LegEvidence, outcome: Outcome): readonly EvidenceRow[] | null {
  const good = all.filter((item) => item.state === 'ok');
  const known = new Set(good.map((item) => item.rung));
  const clean = all.every((item) => item.state === 'ok' || (item.state === 'answered' && known.has(item.rung)));
  return outcome === 'will_work' && clean ? good : null;
}

/**
 * What is shown of a leg, but for how long each step took and which rungs lie beyond the end: legs alike in this need
 * telling once.
 */
function gist(report: Report, evidence: LegEvidence): string {
  const { routeId } = report.agent.legs[evidence.leg];
  const { outcome } = report.verdict.legs[evidence.leg];
  const end = outcome === 'will_fail' ? endOf(evidence) : -1;
  const told = end < 0 ? evidence.rows : evidence.rows.slice(0, end + 1);
  const seen = told.map(({ label, state, text, addresses }) => {
    return [label, state, text.replace(/ in \d[\d.]* m?s/, ''), ...addresses];
  });
  const beyond = new Set(evidence.rows.slice(told.length).map((item) => item.state));
  return JSON.stringify([outcome, routeId, seen, [...beyond].toSorted()]);
}

export function evidenceSection(out: TextLayout, report: Report): void {
  out.heading('EVIDENCE', out.options.paint.dim("what was seen at each step, along the Agent's own route"));
  const told = new Map<string, string>();
  for (const evidence of allEvidence(report)) {
    const { outcome } = report.verdict.legs[evidence.leg];
    const { name } = LEG_WORDS[evidence.leg];
    const settings = report.agent.legs[evidence.leg];
    const tone = OUTCOME_TONE[outcome];
    const lead = `${out.glyph(tone)} ${name.padEnd(6)}${out.colour(tone, OUTCOME_WORDS[outcome].padEnd(11))}  `;
    const at = `${settings.host}:${settings.port}`;
    const good = out.options.verbose > 1 ? null : allGood(evidence, outcome);
    const key = gist(report, evidence);
    const same = good === null && out.options.verbose <= 1 ? told.get(key) : undefined;
    told.set(key, told.get(key) ?? name);
    if (same !== undefined) {
      out.prose(`${at}: the same as ${same}`, 2, lead, 21);
      continue;
    }
    out.prose(`${at}, ${routeText(report, settings.routeId)}`, 2, lead, 21);
    if (good !== null) collapsed(out, good);
    else rows(out, evidence, outcome);
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

/** What it wrote itself, beside what is found now: the newest line that tells counts. */
export function agentWrote(out: TextLayout, report: Report): void {
  for (const log of report.observations) {
    if (log.operation !== 'read_agent_log' || log.lines.length === 0) continue;
    out.heading("THE AGENT'S OWN LOG", out.options.paint.dim(log.where));
    for (const { at, text } of log.lines) out.prose(`${at === null ? '' : `${at} `}${text}`);
    for (const about of ['claim', 'link'] as const) {
      const agreement = logAgreement(log.lines, about, report.verdict[about].outcome);
      if (agreement !== null) out.prose(`${about === 'claim' ? 'Claiming' : 'The link'}: ${LOG_AGREEMENT[agreement]}`);
    }
  }
}

const LOG_AGREEMENT = {
  agrees: 'the log agrees with what is found here.',
  contradicts: 'the log says otherwise: something changed since, or the Agent takes another way.',
} as const;

/** Whether the newest line that tells how it went says what the verdict says; null where either is silent. */
function logAgreement(
  lines: readonly AgentLogLine[],
  about: AgentLogLine['about'],
  outcome: Outcome,
): 'agrees' | 'contradicts' | null {
  const last = lines.findLast((line) => line.about === about && line.outcome !== null)?.outcome ?? null;
  if (last === null || (outcome !== 'will_work' && outcome !== 'will_fail')) return null;
  return (last === 'worked') === (outcome === 'will_work') ? 'agrees' : 'contradicts';
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
    const length = duration(tookMs(o)).padStart(7);
    const address = o.address === null ? '' : `${o.address}: `;
    const failed = o.failure !== null && !isPlainNoData(o);
    const tone = failed ? 'fail' : 'none';
    const word = failed ? 'FAILED: ' : '';
    const text = `${operationWord(o)}, ${purpose(o)}: ${word}${address}${describe(o)} [${o.id}]`;
    out.prose(text, 0, `${start} ${length}  ${out.glyph(tone)} `, 18);
    details(out, o);
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
