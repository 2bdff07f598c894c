import type { HttpRoundTripObservation, WebSocketUpgradeObservation } from '../../model/observation.js';
import { REQUEST_SECONDS } from '../patience.js';
import { parseEnvDocument, type EnvDocument } from '../parse/env-document.js';
import { parseHttpsResponse, type HttpsResponse } from '../parse/https-response.js';
import { readServiceAnswer, type ServiceAnswer } from '../parse/service-answer.js';
import { endpointsOf } from './endpoints.js';
import { fails, unseen, type Stop, type Trail } from './judged.js';
import type { PredictRule } from './rule-ids.js';
import type { PredictRules } from './rules.js';
import { leavesWaiting } from './view.js';

type ParsedAnswer = Extract<HttpsResponse, { ok: true }>;
type AnswerReading = { readonly ok: true; readonly answer: ParsedAnswer } | { readonly ok: false; readonly stop: Stop };

/** What the Agent's HTTPS client makes of the bytes that came. */
function readAnswer(seen: HttpRoundTripObservation, rules: PredictRules): AnswerReading {
  const raw = seen.rawHead + seen.rawBody;
  if (raw === '') return { ok: false, stop: withoutAnswer(seen) };
  if (tricklesIn(seen, rules))
    return { ok: false, stop: fails('http.line_end_split', seen, 0, seen.status ?? undefined) };
  const answer = parseHttpsResponse(raw, { ...rules, closedAfterMs: seen.closedAfterMs });
  if (answer.ok) return { ok: true, answer };
  const incomplete = answer.rule === 'http.incomplete' || answer.rule === 'http.line_ends';
  if (incomplete && seen.bodyBytes > seen.rawBody.length)
    return { ok: false, stop: unseen(seen, 'unknown.capture_cut') };
  const status = seen.status ?? undefined;
  if (!incomplete) {
    const seconds = answer.rule === 'http.separator_elsewhere' ? REQUEST_SECONDS : 0;
    return { ok: false, stop: fails(answer.rule, seen, seconds, status) };
  }
  const cut = seen.failure !== null && !leavesWaiting(seen) && answer.rule === 'http.incomplete';
  const stop = cut ? fails('http.cut_short', seen, 0, status) : fails(answer.rule, seen, REQUEST_SECONDS, status);
  return { ok: false, stop };
}

/**
 * A CR without its LF ends the line for an older Agent, and what follows is read wrongly. A single one may have been
 * whole by the time it looked.
 */
export function tricklesIn(
  { lineEndSplits = 0 }: HttpRoundTripObservation | WebSocketUpgradeObservation,
  { putsLineEndsTogether }: PredictRules,
): boolean {
  return !putsLineEndsTogether && lineEndSplits > 1;
}

function withoutAnswer(seen: HttpRoundTripObservation): Stop {
  if (seen.failure === null) return unseen(seen);
  if (leavesWaiting(seen)) return fails('http.no_answer', seen, REQUEST_SECONDS);
  return fails(seen.failure.kind === 'connection_reset' ? 'http.reset' : 'http.closed', seen);
}

/** GET /api/v1/env (docs/reference/agent.md#env-document): 200 with a document that the Agent can use. */
export function judgeEnv(seen: HttpRoundTripObservation, rules: PredictRules, trail: Trail): Stop | null {
  const read = readAnswer(seen, rules);
  if (!read.ok) return read.stop;
  const { answer } = read;
  if (answer.closeRace) trail.risk({ rule: 'http.closed_with_answer', at: seen, status: answer.status });
  if (answer.status !== 200) {
    const kind = readServiceAnswer(answer.status, contentType(seen), answer.body ?? seen.rawBody);
    return fails(ANSWER_RULE[kind] ?? 'answer.not_the_service', seen, 0, answer.status);
  }
  if (answer.body === null) return fails(seen.rawBody === '' ? 'env.empty' : 'http.no_length', seen, 0, 200);
  const document = parseEnvDocument(answer.body, rules);
  if (document.ok) return judgeEndpoints(document, seen);
  const kind = readServiceAnswer(200, contentType(seen), answer.body);
  return fails(kind === 'page' ? 'answer.page' : document.rule, seen, 0, 200);
}

function judgeEndpoints(document: Extract<EnvDocument, { ok: true }>, seen: HttpRoundTripObservation): Stop | null {
  const { auth, link } = endpointsOf(document);
  if (auth === null) return fails('env.auth_url_invalid', seen);
  return link === null ? fails('env.link_url_invalid', seen) : null;
}

/**
 * GET of the challenge of an unknown node (docs/reference/agent.md#challenge-and-password): any answer of the service
 * that the Agent can parse proves the path; pages, portals and gateway errors do not.
 */
export function judgeAuth(seen: HttpRoundTripObservation, rules: PredictRules, trail: Trail): Stop | null {
  const read = readAnswer(seen, rules);
  if (!read.ok) return read.stop;
  const { answer } = read;
  if (answer.closeRace) trail.risk({ rule: 'http.closed_with_answer', at: seen, status: answer.status });
  const kind = readServiceAnswer(answer.status, contentType(seen), answer.body ?? seen.rawBody);
  if (kind === 'error_document' && answer.status >= 500) return fails('answer.server_error', seen, 0, answer.status);
  if (!PROVES.has(kind)) return refusedAnswer(kind, seen, answer.status);
  // The same way of framing would hide the body of the real challenge.
  if (answer.framing === 'none' && seen.rawBody !== '') return fails('http.no_length', seen, 0, answer.status);
  return null;
}

const PROVES = new Set<ServiceAnswer>(['error_document', 'env_document', 'api']);

export const ANSWER_RULE: Readonly<Partial<Record<ServiceAnswer, PredictRule>>> = {
  error_document: 'answer.error_document',
  page: 'answer.page',
  page_not_found: 'answer.page_not_found',
  redirect: 'answer.redirect',
  proxy: 'answer.proxy',
  server_error: 'answer.server_error',
  refused: 'answer.refused',
};

/** A "not found" page may be the service's own front; everything else is not the service. */
export function refusedAnswer(kind: ServiceAnswer, seen: HttpRoundTripObservation, status: number): Stop {
  const stop = fails(ANSWER_RULE[kind] ?? 'answer.not_the_service', seen, 0, status);
  return kind === 'page_not_found' ? { ...stop, outcome: 'at_risk' } : stop;
}

export function contentType(seen: HttpRoundTripObservation): string | null {
  return seen.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? null;
}
