/** HTTP and WebSocket answers on the Agent's own path; shared by the http and ws rules. */
import type { HttpRoundTripObservation } from '../../model/observation.js';
import { lenientBody } from '../../agent/parse/chunked.js';
import { readServiceAnswer, type ServiceAnswer } from '../../agent/parse/service-answer.js';
import type { Prediction } from '../../model/prediction.js';
import { fromStepOn, type Attempt, type HttpAnswer } from '../../trace/attempts.js';
import { bodyOf, header, looksLikeBlockPage, redirectHost, sameSite, titleOf, vendorOf } from '../evidence/pages.js';
import { hasChain, isGenuine, storesTrusting } from '../../trace/trust.js';
import type { Evidence } from '../evidence.js';
import { upgradeAnswers } from './ws-cases.js';
import type { Tag } from '../confidence.js';
import type { Data, Draft } from '../rule.js';

export interface AnswerCase {
  readonly attempt: Attempt;
  readonly answer: HttpAnswer;
}

/** Every answer head that came on the Agent's own path. */
export function answers(ev: Evidence): readonly AnswerCase[] {
  return ev.path.flatMap((attempt) => {
    const answer = attempt.http ?? attempt.ws;
    return answer === null || answer.status === null ? [] : [{ attempt, answer }];
  });
}

/** Legs' own HTTP answers, WebSocket excluded; optional destinations may answer what they like. */
export function httpAnswers(ev: Evidence): readonly (AnswerCase & { readonly answer: HttpRoundTripObservation })[] {
  return ev.path.flatMap((attempt) =>
    attempt.http === null || attempt.http.status === null || ev.legsOf(attempt).length === 0
      ? []
      : [{ attempt, answer: attempt.http }],
  );
}

/** Whose answer it is, by its form: the same reading that predictions use. */
export function kindOf(answer: HttpAnswer): ServiceAnswer {
  const whole = answer.operation === 'http_round_trip' ? answer.rawBody : answer.bodyExcerpt;
  const body = lenientBody(whole, answer.headers);
  return readServiceAnswer(answer.status ?? 0, header(answer.headers, 'content-type'), body);
}

/** The harmless request of the leg got what the service gives for it. */
export function isServiceAnswer({ attempt, answer }: AnswerCase, ev: Evidence): boolean {
  if (answer.operation === 'websocket_upgrade') return answer.acceptedByRfc;
  const kind = kindOf(answer);
  // Any answer of the API proves the claim's path: its PUT would get there as well.
  if (ev.legsOf(attempt).includes('claim') && (kind === 'api' || isRefusalOfService(answer))) return true;
  // The auth host is asked for a node that does not exist: its own error document is what proves it.
  if (ev.legsOf(attempt).includes('auth'))
    return kind === 'api' || kind === 'env_document' || isRefusalOfService(answer);
  return kind === 'env_document';
}

function isRefusalOfService(answer: HttpAnswer): boolean {
  return kindOf(answer) === 'error_document' && (answer.status ?? 0) < 500;
}

export function answerSubject({ attempt }: AnswerCase, ev: Evidence): Draft['subject'] {
  return {
    hosts: [attempt.host],
    addresses: attempt.address === null ? [] : [attempt.address],
    legs: ev.legsOf(attempt),
    routeIds: [attempt.routeId],
  };
}

export function answerDraft(
  one: AnswerCase,
  ev: Evidence,
  more: { tags?: readonly Tag[]; data?: Data; evidence?: readonly string[] } = {},
): Draft {
  const genuine = isGenuine(one.attempt.tls);
  return {
    subject: answerSubject(one, ev),
    evidence: [one.answer.id, ...(more.evidence ?? [])],
    explains: fromStepOn(one.attempt, one.answer),
    tags: [...(genuine ? (['genuine_peer'] as const) : []), ...(more.tags ?? [])],
    data: { ...pageData(one.answer), ...more.data },
  };
}

export function pageData(answer: HttpAnswer): Data {
  return {
    status: answer.status,
    pageTitle: titleOf(bodyOf(answer)),
    vendor: vendorOf(answer)?.name ?? null,
    vendorId: vendorOf(answer)?.id ?? null,
    server: answer.headers.find(([key]) => key.toLowerCase() === 'server')?.[1]?.slice(0, 100) ?? null,
  };
}

/** Browser-like control for the same host along the same route. */
export function browserControl(
  attempt: Attempt,
  ev: Evidence,
): { readonly works: boolean; readonly ids: readonly string[] } | null {
  const controls = ev.controlsAt(attempt, 'browser_like');
  const seen = controls.flatMap(({ http, ws }) => [...(http === null ? [] : [http]), ...(ws === null ? [] : [ws])]);
  if (seen.length === 0) return null;
  // The service's own error to both is no matter of shape.
  const works = seen.some(
    (answer) => answer.failure === null && answer.status !== null && isServiceAnswer({ attempt, answer }, ev),
  );
  return { works, ids: seen.map(({ id }) => id) };
}

export function browserTags(attempt: Attempt, ev: Evidence): Tag[] {
  const control = browserControl(attempt, ev);
  return control === null ? [] : [control.works ? 'browser_like_works' : 'browser_like_fails'];
}

/** Redirected to somebody else's site. */
export function isForeignRedirect({ attempt, answer }: AnswerCase): boolean {
  const to = redirectHost(answer);
  return to !== null && !sameSite(to, attempt.host);
}

/** The prediction that ends, or is endangered, at this very step. */
export function stoppedHere(attempt: Attempt, id: string, ev: Evidence): Prediction | null {
  return (
    ev
      .legsOf(attempt)
      .map((leg) => ev.prediction(leg))
      .find((prediction) => prediction?.stops === id) ?? null
  );
}

/** The upgrade was answered with the very page or error that these requests got: one cause, not two. */
export function sameAtUpgrade(cases: readonly AnswerCase[], ev: Evidence): readonly AnswerCase[] {
  const looks = ({ answer }: AnswerCase): string =>
    [answer.status, titleOf(bodyOf(answer)), vendorOf(answer)?.id].map(String).join(' ');
  const known = new Set(cases.map(looks));
  return upgradeAnswers(ev).filter((one) => !one.answer.acceptedByRfc && known.has(looks(one)));
}

/** The genuine service, or its own front, answers with an error. */
export function isErrorOfService({ attempt, answer }: AnswerCase): boolean {
  const status = answer.status ?? 0;
  // Under a publicly valid certificate of the name nobody but the cloud, or its own front, can have said it.
  if (isGenuine(attempt.tls) && isRefusalOfPeer(status)) return true;
  if (isRateLimited({ attempt, answer })) return true;
  if (looksLikeBlockPage(answer)) return false;
  return kindOf(answer) === 'error_document' || (status >= 500 && status !== 511);
}

const REFUSALS = new Set([401, 403, 429, 451]);

/** A status with which a peer says that it will not, or cannot. */
export function isRefusalOfPeer(status: number): boolean {
  return REFUSALS.has(status) || (status >= 500 && status !== 511);
}

/**
 * 429: filters do not count requests, fronts of a service do. Under a certificate that somebody else signs it proves
 * nothing.
 */
export function isRateLimited({ attempt, answer }: AnswerCase): boolean {
  if (answer.status !== 429) return false;
  const { tls } = attempt;
  return isGenuine(tls) || (hasChain(tls) && tls.nameMatches === true && storesTrusting(tls).length > 0);
}

/** The rule of the Agent that decided, as the Agent's parsers here name it. */
export const agentRule = ({ rule }: Prediction): string => rule.slice('agent:'.length);
