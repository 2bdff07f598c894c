import type { HttpRoundTripObservation, Observation } from '../../model/observation.js';
import { parseChunked } from '../parse/chunked.js';
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
  if (!names.ok) return [new Trail().end(resolutionStop(names.stop, limits))];
  const resolveMs = names.at === null ? 0 : tookMs(names.at);
  return names.orders.map((order) => {
    const before = new Trail();
    if (names.at !== null) before.passed(names.at);
    if (resolveMs >= budgetMs && names.at !== null) {
      return new Trail().end(fails('claim.connect_budget', names.at, limits.connect));
    }
    const race = raceAsLibcurl(view, order, budgetMs - resolveMs);
    const [first, ...others] = race.finishers;
    if (first === undefined) {
      const stop = noneConnects(race, limits);
      for (const connect of race.failed) if (connect !== stop.at) before.saw(connect);
      return before.end(stop);
    }
    const judged = judgeFinisher(view, first, names, limits);
    const other = others.map((finisher) => judgeFinisher(view, finisher, names, limits));
    const disagrees = other.find((result) => outcomeOf(result) !== outcomeOf(judged));
    if (disagrees === undefined) return judged;
    const at = judged.stop?.at ?? disagrees.stop?.at ?? null;
    return { ...judged, stop: { outcome: 'at_risk', rule: 'claim.race', at, seconds: judged.seconds } };
  });
}

function resolutionStop(stop: Stop, limits: Limits): Stop {
  // The 5 s of the claim include DNS: an answer that takes longer comes too late (docs/reference/agent.md#t20).
  if (stop.rule === 'dns.slow_resolver' && stop.at !== null && tookMs(stop.at) >= limits.connect * 1000 * TIGHT) {
    return fails('dns.slow_resolver', stop.at, limits.connect);
  }
  return stop;
}

function noneConnects(race: ReturnType<typeof raceAsLibcurl>, limits: Limits): Stop {
  const last = race.anySilent
    ? (race.failed.findLast((seen) => leavesWaiting(seen)) ?? race.failed.at(-1))
    : toBlame(race.failed);
  if (race.anyUnseen || last === undefined) return unseen(last ?? null);
  return race.anySilent ? fails('tcp.timeout', last, limits.connect) : fails('tcp.refused', last);
}

type Found = Extract<Names, { ok: true }>;

function judgeFinisher(view: LegView, finisher: Finisher, names: Found, limits: Limits): Judged {
  const { chain } = finisher;
  const trail = new Trail();
  passNames(trail, names);
  trail.passed(chain.connect, finisher.atMs / 1000);
  const stop = connectStop(view, chain, trail, limits) ?? budgetStop(chain, names.at, finisher.atMs, trail, limits);
  if (stop !== null) return trail.end(stop);
  const [first, ...others] = view.answers(chain.connect.address ?? '');
  if (first === undefined) return trail.end(unseen());
  // More than one harmless question may be asked: one answer of the service is enough.
  const genuine = [first, ...others].find((answer) => judgeAnswer(answer, limits) === null);
  if (genuine === undefined) return trail.end(judgeAnswer(first, limits));
  trail.passed(genuine);
  return trail.end(null);
}

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
      if (!names.ok) return resolutionStop(names.stop, limits);
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

function budgetStop(
  chain: Chain,
  resolve: Observation | null,
  connectedAfterMs: number,
  trail: Trail,
  limits: Limits,
): Stop | null {
  const steps = [resolve, chain.proxyTls, chain.proxy, chain.tls].filter((seen) => seen !== null);
  const connectMs = steps.reduce((sum, seen) => sum + tookMs(seen), connectedAfterMs);
  // Many small delays have no culprit; the slowest step is the one to look at.
  const slowest = [...steps, chain.connect].reduce((a, b) => (tookMs(b) > tookMs(a) ? b : a));
  if (connectMs > limits.connect * 1000) return fails('claim.connect_budget', slowest);
  if (connectMs > limits.connect * 1000 * TIGHT) trail.risk({ rule: 'claim.connect_budget', at: slowest });
  const httpMs = chain.http === null ? 0 : tookMs(chain.http);
  const { total } = limits;
  if (chain.http?.failure === null && total !== null && connectMs + httpMs > total * 1000) {
    return fails('claim.total_budget', chain.http);
  }
  return null;
}

/**
 * The answer to a harmless GET at the claim's host: only the service's own API proves that the claim's PUT would
 * reach it; a page, a portal or a gateway would answer the PUT likewise (docs/reference/agent.md#seen-12, #seen-15).
 */
function judgeAnswer(seen: HttpRoundTripObservation, limits: Limits): Stop | null {
  const body = decodedBody(seen);
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

function decodedBody(seen: HttpRoundTripObservation): string {
  const chunked = seen.headers.some(
    ([name, value]) => name.toLowerCase() === 'transfer-encoding' && value.toLowerCase().includes('chunked'),
  );
  if (!chunked) return seen.rawBody;
  const parsed = parseChunked(seen.rawBody);
  // libcurl takes trailers and other endings that the link does not; the first chunk tells whose answer it is.
  return parsed.ok ? parsed.body : seen.rawBody.slice(Math.max(0, seen.rawBody.indexOf('\r\n') + 2));
}
