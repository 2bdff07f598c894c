import type { HttpRoundTripObservation, Observation } from '../../model/observation.js';
import { parseChunked } from '../parse/chunked.js';
import { readServiceAnswer } from '../parse/service-answer.js';
import { CONNECT_BUDGET_MS, raceAsLibcurl, type Finisher } from './eyeballs.js';
import { ANSWER_RULE, contentType, refusedAnswer } from './https-legs.js';
import { fails, outcomeOf, toBlame, Trail, unseen, type Judged, type Stop } from './judged.js';
import { passNames, resolveNames, type Names } from './names.js';
import { judgeProxy } from './proxy-stage.js';
import type { PredictRule } from './rule-ids.js';
import { judgeTls } from './tls-stage.js';
import { tookMs } from '../../trace/silence.js';
import { leavesWaiting, type Chain, type LegView } from './view.js';

/**
 * libcurl as the claim sets it up (docs/reference/agent.md#claim-request): 5 s to connect with DNS, proxy and TLS, 10 s
 * in all.
 */
const CONNECT_SECONDS = CONNECT_BUDGET_MS / 1000;
const TOTAL_SECONDS = 10;
/** From here on the claim is in danger of running out of time. */
const TIGHT_MS = 4000;

/** Where a claim goes, below the base URL (docs/reference/agent.md#claim-request). */
const CLAIM_PATH = '/api/v1/spaces/nodes/';

/** The claim leg as libcurl walks it (docs/reference/agent.md#claim), for each order of addresses that was seen. */
export function judgeClaimLeg(view: LegView): readonly Judged[] {
  if (view.route === null) return [new Trail().end(unseen())];
  const names = resolveNames(view, view.peer.host);
  if (!names.ok) return [new Trail().end(resolutionStop(names.stop))];
  const resolveMs = names.at === null ? 0 : tookMs(names.at);
  return names.orders.map((order) => {
    const before = new Trail();
    if (names.at !== null) before.passed(names.at);
    if (resolveMs >= CONNECT_BUDGET_MS && names.at !== null) {
      return new Trail().end(fails('claim.connect_budget', names.at, CONNECT_SECONDS));
    }
    const race = raceAsLibcurl(view, order, CONNECT_BUDGET_MS - resolveMs);
    const [first, ...others] = race.finishers;
    if (first === undefined) {
      const stop = noneConnects(race);
      for (const connect of race.failed) if (connect !== stop.at) before.saw(connect);
      return before.end(stop);
    }
    const judged = judgeFinisher(view, first, names);
    const other = others.map((finisher) => judgeFinisher(view, finisher, names));
    const disagrees = other.find((result) => outcomeOf(result) !== outcomeOf(judged));
    if (disagrees === undefined) return judged;
    const at = judged.stop?.at ?? disagrees.stop?.at ?? null;
    return { ...judged, stop: { outcome: 'at_risk', rule: 'claim.race', at, seconds: judged.seconds } };
  });
}

function resolutionStop(stop: Stop): Stop {
  // The 5 s of the claim include DNS: an answer that takes longer comes too late (docs/reference/agent.md#t20).
  if (stop.rule === 'dns.slow_resolver' && stop.at !== null && tookMs(stop.at) >= TIGHT_MS) {
    return fails('dns.slow_resolver', stop.at, CONNECT_SECONDS);
  }
  return stop;
}

function noneConnects(race: ReturnType<typeof raceAsLibcurl>): Stop {
  const last = race.anySilent
    ? (race.failed.findLast((seen) => leavesWaiting(seen)) ?? race.failed.at(-1))
    : toBlame(race.failed);
  if (race.anyUnseen || last === undefined) return unseen(last ?? null);
  return race.anySilent ? fails('tcp.timeout', last, CONNECT_SECONDS) : fails('tcp.refused', last);
}

type Found = Extract<Names, { ok: true }>;

function judgeFinisher(view: LegView, finisher: Finisher, names: Found): Judged {
  const { chain } = finisher;
  const trail = new Trail();
  passNames(trail, names);
  trail.passed(chain.connect, finisher.atMs / 1000);
  const stop = connectStop(view, chain, trail) ?? budgetStop(chain, names.at, finisher.atMs, trail);
  if (stop !== null) return trail.end(stop);
  const [first, ...others] = view.answers(chain.connect.address ?? '');
  if (first === undefined) return trail.end(unseen());
  // More than one harmless question may be asked: one answer of the service is enough.
  const genuine = [first, ...others].find((answer) => judgeAnswer(answer) === null);
  if (genuine === undefined) return trail.end(judgeAnswer(first));
  trail.passed(genuine);
  return trail.end(null);
}

/** Proxy and TLS. */
function connectStop(view: LegView, chain: Chain, trail: Trail): Stop | null {
  const { route, settings } = view;
  if (route !== null && route.kind !== 'direct') {
    if (route.kind === 'https_connect') {
      const stop = proxyTlsStop(view, chain);
      if (stop !== null) return stop;
      if (chain.proxyTls !== null) trail.passed(chain.proxyTls);
    }
    if ((route.kind === 'socks4' || route.kind === 'socks5') && route.resolveAt === 'local') {
      const names = resolveNames(view, view.endpoint.host);
      if (!names.ok) return resolutionStop(names.stop);
      passNames(trail, names);
    }
    // An `http://` URL is handed to an HTTP proxy as it is: there is no tunnel to ask for.
    if (settings.plain === true && route.kind !== 'socks4' && route.kind !== 'socks5') return null;
    if (chain.proxy === null) return unseen();
    const stop = judgeProxy(chain.proxy, true, CONNECT_SECONDS);
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
    silentSeconds: CONNECT_SECONDS,
  });
  if (stop === null) trail.passed(chain.tls);
  return stop;
}

/** libcurl always verifies an `https://` proxy, against its default bundle; `insecure` is about the service only. */
function proxyTlsStop(view: LegView, chain: Chain): Stop | null {
  const seen = chain.proxyTls;
  if (seen === null) return unseen();
  const storeId = seen.judgements.some((judged) => judged.storeId === 'system') ? 'system' : view.settings.trustStoreId;
  const policy = {
    leg: 'claim',
    storeId,
    storeKnown: true,
    insecure: false,
    checksName: true,
    silentSeconds: CONNECT_SECONDS,
  } as const;
  const stop = judgeTls(seen, policy);
  return stop === null || stop.outcome === 'unknown' || stop.rule === 'tls.stalled'
    ? stop
    : { ...stop, rule: 'proxy.tls_failed' };
}

function budgetStop(chain: Chain, resolve: Observation | null, connectedAfterMs: number, trail: Trail): Stop | null {
  const steps = [resolve, chain.proxyTls, chain.proxy, chain.tls].filter((seen) => seen !== null);
  const connectMs = steps.reduce((sum, seen) => sum + tookMs(seen), connectedAfterMs);
  // Many small delays have no culprit; the slowest step is the one to look at.
  const slowest = [...steps, chain.connect].reduce((a, b) => (tookMs(b) > tookMs(a) ? b : a));
  if (connectMs > CONNECT_BUDGET_MS) return fails('claim.connect_budget', slowest);
  if (connectMs > TIGHT_MS) trail.risk({ rule: 'claim.connect_budget', at: slowest });
  const httpMs = chain.http === null ? 0 : tookMs(chain.http);
  if (chain.http !== null && chain.http.failure === null && connectMs + httpMs > TOTAL_SECONDS * 1000) {
    return fails('claim.total_budget', chain.http);
  }
  return null;
}

/**
 * The answer to a harmless GET at the claim's host: only the service's own API proves that the claim's PUT would
 * reach it; a page, a portal or a gateway would answer the PUT likewise (docs/reference/agent.md#seen-12, #seen-15).
 */
function judgeAnswer(seen: HttpRoundTripObservation): Stop | null {
  const body = decodedBody(seen);
  const status = seen.status ?? undefined;
  if (status === undefined) {
    if (seen.rawHead !== '') return fails('http.status_unreadable', seen);
    if (seen.failure === null) return unseen(seen);
    if (leavesWaiting(seen)) return fails('http.no_answer', seen, TOTAL_SECONDS);
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
    return leavesWaiting(seen) ? fails('http.incomplete', seen, TOTAL_SECONDS) : fails('http.cut_short', seen);
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
