import type { HttpRoundTripObservation, Observation } from '../../model/observation.js';
import { lenientBody } from '../parse/chunked.js';
import { readServiceAnswer } from '../parse/service-answer.js';
import { raceAsLibcurl, type Finisher } from './eyeballs.js';
import type { PredictRules } from './rules.js';
import { ANSWER_RULE, contentType, refusedAnswer } from './https-legs.js';
import { fails, outcomeOf, toBlame, Trail, unseen, type Judged, type Stop } from './judged.js';
import { passNames, resolveNames, type Names } from './names.js';
import { judgeProxy } from './proxy-stage.js';
import type { PredictRule } from './rule-ids.js';
import { judgeTls } from './tls-stage.js';
import { tookMs } from '../../trace/silence.js';
import { leavesWaiting, type Chain, type LegView } from './view.js';

/** How long a claim takes its time, s. */
interface Limits {
  /** With DNS, proxy and TLS. */
  readonly connect: number;
  /** In all; null = no limit. */
  readonly total: number | null;
}

/** libcurl as the claim sets it up (docs/reference/agent.md#claim-request), and curl as the claim script of 1.x calls it. */
const BY_DAEMON: Limits = { connect: 5, total: 10 };
const BY_SCRIPT: Limits = { connect: 30, total: null };
/** From this share of the limit on the claim is in danger of running out of time. */
const TIGHT = 0.8;

/** Where a claim goes, below the base URL (docs/reference/agent.md#claim-request). */
const CLAIM_PATH = '/api/v1/spaces/nodes/';

/** The claim leg as libcurl walks it (docs/reference/agent.md#claim), for each order of addresses that was seen. */
export function judgeClaimLeg(view: LegView, rules: PredictRules): readonly Judged[] {
  const limits = rules.claimsByItself ? BY_DAEMON : BY_SCRIPT;
  const budgetMs = limits.connect * 1000;
  if (view.route === null) return [new Trail().end(unseen())];
  const names = resolveNames(view, view.peer.host);
  if (!names.ok) return [new Trail().end(names.stop)];
  const resolveMs = lookupMs(view, names);
  return names.orders.map((order) => {
    const before = new Trail();
    if (names.at !== null) before.passed(names.at);
    const race = raceAsLibcurl(view, order, resolveMs >= budgetMs ? budgetMs : budgetMs - resolveMs);
    const [first, ...others] = race.finishers;
    if (first === undefined) {
      const stop = noneConnects(race, limits);
      for (const connect of race.failed) if (connect !== stop.at) before.saw(connect);
      return before.end(stop);
    }
    const judged = judgeFinisher(view, first, names, resolveMs, limits);
    const other = others.map((finisher) => judgeFinisher(view, finisher, names, resolveMs, limits));
    const disagrees = other.find((result) => outcomeOf(result) !== outcomeOf(judged));
    if (disagrees === undefined) return judged;
    const at = judged.stop?.at ?? disagrees.stop?.at ?? null;
    return { ...judged, stop: { outcome: 'at_risk', rule: 'claim.race', at, seconds: judged.seconds } };
  });
}

/** ms of the quickest look-up: the claim tries five times, and resolvers remember. */
function lookupMs(view: LegView, { at }: Found): number {
  if (at === null) return 0;
  const again = view.resolutions(view.peer.host).filter(({ addresses }) => addresses.length > 0);
  return Math.min(tookMs(at), ...again.map(tookMs));
}

function noneConnects(race: ReturnType<typeof raceAsLibcurl>, limits: Limits): Stop {
  const last = race.anySilent
    ? (race.failed.findLast((seen) => leavesWaiting(seen)) ?? race.failed.at(-1))
    : toBlame(race.failed);
  if (race.anyUnseen || last === undefined) return unseen(last ?? null);
  return race.anySilent ? fails('tcp.timeout', last, limits.connect) : fails('tcp.refused', last);
}

type Found = Extract<Names, { ok: true }>;

function judgeFinisher(view: LegView, finisher: Finisher, names: Found, resolveMs: number, limits: Limits): Judged {
  const { chain } = finisher;
  const trail = new Trail();
  passNames(trail, names);
  trail.passed(chain.connect, finisher.atMs / 1000);
  const stopped = connectStop(view, chain, trail, limits);
  if (stopped !== null) return trail.end(stopped);
  const budget = connectBudget(chain, finisher.atMs, names.at, resolveMs, limits);
  if (budget.stop?.outcome === 'will_fail') return trail.end(budget.stop);
  const stop = answerStop(view.answers(chain.connect.address ?? ''), budget.ms, trail, limits) ?? budget.stop;
  if (stop === null && budget.tight !== null) trail.risk({ rule: 'claim.connect_budget', at: budget.tight });
  return trail.end(stop);
}

/** More than one harmless question may be asked: one answer of the service is enough, the soonest one. */
function answerStop(
  answers: readonly HttpRoundTripObservation[],
  connectMs: number,
  trail: Trail,
  limits: Limits,
): Stop | null {
  const [first] = answers;
  if (first === undefined) return unseen();
  const [genuine] = answers
    .filter((answer) => judgeAnswer(answer, limits) === null)
    .toSorted((a, b) => tookMs(a) - tookMs(b));
  if (genuine === undefined) {
    const own = leavesWaiting(first) ? answers.find(isOwn) : undefined;
    return judgeAnswer(own ?? first, limits);
  }
  if (limits.total !== null && connectMs + tookMs(genuine) > limits.total * 1000) {
    const late = fails('claim.total_budget', genuine);
    // A slow /env says little about the request that the claim makes.
    return isOwn(genuine) ? late : { ...late, outcome: 'at_risk' };
  }
  trail.passed(genuine);
  return null;
}

/** The answer to a question for what the claim itself asks for. */
const isOwn = ({ path }: HttpRoundTripObservation): boolean => path.includes(CLAIM_PATH);

/** Proxy and TLS. */
function connectStop(view: LegView, chain: Chain, trail: Trail, limits: Limits): Stop | null {
  const { route, settings } = view;
  if (route !== null && route.kind !== 'direct') {
    if (route.kind === 'https_connect') {
      const stop = proxyTlsStop(view, chain, limits);
      if (stop !== null) return stop;
      if (chain.proxyTls !== null) trail.passed(chain.proxyTls);
    }
    if ((route.kind === 'socks4' || route.kind === 'socks5') && route.resolveAt === 'local') {
      const names = resolveNames(view, view.endpoint.host);
      if (!names.ok) return names.stop;
      passNames(trail, names);
    }
    // An `http://` URL is handed to an HTTP proxy as it is: there is no tunnel to ask for.
    if (settings.plain === true && route.kind !== 'socks4' && route.kind !== 'socks5') return null;
    if (chain.proxy === null) return unseen();
    const stop = judgeProxy(chain.proxy, 'claim', limits.connect, null);
    if (stop !== null) return stop;
    trail.passed(chain.proxy);
  }
  if (settings.plain === true) return null;
  if (chain.tls === null) return unseen();
  const { trustStoreId: storeId, insecure } = settings;
  const stop = judgeTls(chain.tls, {
    leg: 'claim',
    storeId,
    storeKnown: view.trustStoreKnown,
    insecure,
    checksName: true,
    silentSeconds: limits.connect,
  });
  if (stop === null) trail.passed(chain.tls);
  return stop;
}

/** libcurl always verifies an `https://` proxy, against its default bundle; `insecure` is about the service only. */
function proxyTlsStop(view: LegView, chain: Chain, limits: Limits): Stop | null {
  const seen = chain.proxyTls;
  if (seen === null) return unseen();
  const storeId = seen.judgements.some((judged) => judged.storeId === 'system') ? 'system' : view.settings.trustStoreId;
  const policy = {
    leg: 'claim',
    storeId,
    storeKnown: true,
    insecure: false,
    checksName: true,
    silentSeconds: limits.connect,
  } as const;
  const stop = judgeTls(seen, policy);
  return stop === null || stop.outcome === 'unknown' || stop.rule === 'tls.stalled'
    ? stop
    : { ...stop, rule: 'proxy.tls_failed' };
}

interface Budget {
  /** From the look-up to the end of TLS. */
  readonly ms: number;
  readonly stop: Stop | null;
  /** The slowest step, where hardly anything is left of the time. */
  readonly tight: Observation | null;
}

/** A look-up that takes too long fails one try of five: the next one may find the answer in a cache. */
function connectBudget(
  chain: Chain,
  connectedAfterMs: number,
  resolve: Observation | null,
  resolveMs: number,
  limits: Limits,
): Budget {
  const steps = [chain.proxyTls, chain.proxy, chain.tls].filter((seen) => seen !== null);
  const withoutNames = steps.reduce((sum, seen) => sum + tookMs(seen), connectedAfterMs);
  const ms = withoutNames + resolveMs;
  const limitMs = limits.connect * 1000;
  // Many small delays have no culprit; the slowest step is the one to look at.
  const named = resolve === null ? [] : [resolve];
  const slowest = [...named, ...steps, chain.connect].reduce((a, b) => (tookMs(b) > tookMs(a) ? b : a));
  if (withoutNames > limitMs) return { ms, stop: fails('claim.connect_budget', slowest), tight: null };
  if ((ms <= limitMs && resolveMs < limitMs) || resolve === null)
    return { ms, stop: null, tight: ms > limitMs * TIGHT ? slowest : null };
  const stop = { ...fails('claim.connect_budget', resolve), outcome: 'at_risk' } as const;
  return { ms: withoutNames, stop, tight: null };
}

/**
 * The answer to a harmless GET at the claim's host: only the service's own API proves that the claim's PUT would
 * reach it; a page, a portal or a gateway would answer the PUT likewise (docs/reference/agent.md#seen-12, #seen-15).
 */
function judgeAnswer(seen: HttpRoundTripObservation, limits: Limits): Stop | null {
  const body = lenientBody(seen.rawBody, seen.headers);
  const status = seen.status ?? undefined;
  if (status === undefined) {
    if (seen.rawHead !== '') return fails('http.status_unreadable', seen);
    if (seen.failure === null) return unseen(seen);
    if (leavesWaiting(seen)) return fails('http.no_answer', seen, limits.total);
    return fails(seen.failure.kind === 'connection_reset' ? 'http.reset' : 'http.closed', seen);
  }
  if (hasUnreadableHeader(seen.rawHead)) return fails('http.header_without_colon', seen, 0, status);
  const kind = readServiceAnswer(status, contentType(seen), body);
  if (kind === 'env_document') return null;
  // The service is there and answers with an error; its claim API need not share it.
  if (kind === 'error_document') return status < 500 ? null : perhaps('answer.server_error', seen, status);
  if (kind === 'api') {
    // Below the claim's own path a refusal of an unknown node is what the service gives; elsewhere it says little.
    return seen.path.includes(CLAIM_PATH) ? null : perhaps('answer.not_the_service', seen, status);
  }
  if (ANSWER_RULE[kind] !== undefined) return refusedAnswer(kind, seen, status);
  if (seen.failure !== null)
    return leavesWaiting(seen) ? fails('http.incomplete', seen, limits.total) : fails('http.cut_short', seen);
  // Neither a page nor the API: an empty or broken answer to this question says little about the claim.
  return perhaps('answer.not_the_service', seen, status);
}

/** libcurl gives up on a header without a colon, unless it goes on with the one before. */
function hasUnreadableHeader(rawHead: string): boolean {
  // Interim answers may stand ahead of the final one.
  return rawHead.split(/\r?\n\r?\n/).some((head) => {
    const [, ...lines] = head.split(/\r?\n/);
    return lines.some((line, index) => line !== '' && !line.includes(':') && (index === 0 || !/^[ \t]/.test(line)));
  });
}

const perhaps = (rule: PredictRule, seen: HttpRoundTripObservation, status: number): Stop => ({
  ...fails(rule, seen, 0, status),
  outcome: 'at_risk',
});
