import type { Observation, ObservationId } from '../model/observation.js';
import type { Prediction } from '../model/prediction.js';
import { LEGS, type Leg } from '../model/route.js';
import { judgeClaimLeg } from './predict/claim-leg.js';
import { claimTries } from './predict/claim-says.js';
import { CONNECT_BUDGET_MS } from './predict/eyeballs.js';
import { endpointsInUse } from './predict/endpoints-in-use.js';
import type { PredictInput } from './predict/input.js';
import { outcomeOf, type Judged, type Stop } from './predict/judged.js';
import type { PredictRule } from './predict/rule-ids.js';
import { predictRules, type PredictRules } from './predict/rules.js';
import { agentSays } from './predict/says.js';
import { playSession, type SessionResult } from './predict/session.js';
import { sameHost } from '../trace/legs.js';
import { tookMs } from '../trace/silence.js';
import { unlessStillSilent } from './predict/still-silent.js';
import { LegView } from './predict/view.js';
import { WORDS } from './predict/words.js';
import { standingOf } from './versions.js';

export type { PredictInput } from './predict/input.js';
export type { PredictRule } from './predict/rule-ids.js';
export { agentSays } from './predict/says.js';
export { readEnvEndpoints } from './predict/endpoints.js';
export { readReply as readConnectReply } from './predict/proxy-stage.js';
export { predictRules } from './predict/rules.js';
export { compareStatus, type Contradiction } from './predict/compare-status.js';

/**
 * Replays the Agent's own rules over what was seen: one prediction per leg, in the order claim, env, auth, link, on the
 * route that the leg takes. Each leg is judged on its own, as if the legs before it had succeeded; only the IPv6 switch
 * of a connect session (docs/reference/agent.md#tcp-connect) is shared. A step that was not observed makes the leg
 * `unknown`.
 */
export function predict(input: PredictInput): Prediction[] {
  const endpoints = endpointsInUse(input);
  const rules = predictRules(input.facts.version.value);
  const view = (leg: Leg) => new LegView(input, leg, endpoints[leg]);
  const session = playSession({ env: view('env'), auth: view('auth'), link: view('link') }, rules);
  const results = { ...session, claim: { judged: judgeClaimLeg(view('claim'), rules), attempt: 1 as const } };
  return LEGS.map((leg) => predictionOf(input, view(leg), results[leg], rules));
}

function predictionOf(input: PredictInput, view: LegView, result: SessionResult, rules: PredictRules): Prediction {
  const { leg } = view;
  const waited = result.judged.map((one) => unlessStillSilent(one, view, rules.version));
  const judged = doubted(overall(waited), leg, rules.version);
  const outcome = outcomeOf(judged);
  const decisive = judged.stop ?? judged.risks[0] ?? null;
  const works = outcome === 'will_work' || (outcome === 'at_risk' && judged.stop === null);
  const rule = ruleOf(decisive, view, result);
  const byProxy = view.route !== null && view.route.kind !== 'direct';
  const claims = leg === 'claim' && outcome === 'will_fail' && input.facts.claimed !== true;
  return {
    leg,
    routeId: view.settings.routeId,
    outcome,
    stops: decisive?.at?.id ?? null,
    evidence: idsOf(judged.met, decisive),
    rule: `agent:${rule}`,
    why: words(rule, view, decisive),
    ...(claims ? { tries: claimTries(rule, decisive?.status ?? null, judged.seconds, rules.claimsByItself) } : {}),
    agentWouldSay: agentSays(rule, leg, input.facts.version.value, {
      status: decisive?.status ?? null,
      byProxy,
      late: decisive?.at?.operation === 'resolve' && tookMs(decisive.at) >= CONNECT_BUDGET_MS,
      afterTimeout: result.afterTimeout ?? false,
    }),
    agentSeconds: judged.seconds === null ? null : Math.round(judged.seconds * 1000) / 1000,
    worksAtAttempt: works ? result.attempt : null,
  };
}

function ruleOf(decisive: Stop | null, view: LegView, result: SessionResult): PredictRule {
  if (decisive === null) return result.attempt === 2 ? 'works.after_ipv6_timeout' : 'works';
  const elsewhere = !sameHost(view.endpoint.host, view.settings.host) || view.endpoint.port !== view.settings.port;
  const nothing = decisive.rule === 'unknown.not_observed' && view.chains().length === 0;
  return nothing && elsewhere ? 'unknown.host_not_probed' : decisive.rule;
}

/**
 * Of versions that were not read nothing is foretold; those that ask for what today's cloud may not offer are at risk at
 * the login. What the network stops, it stops for them all.
 */
function doubted(judged: Judged, leg: Leg, version: string): Judged {
  const standing = standingOf(version);
  const at = judged.met.at(-1) ?? null;
  if (standing === 'too_old' && (judged.stop === null || !isOfTheNetwork(judged.stop))) {
    return { ...judged, risks: [], stop: { outcome: 'unknown', rule: 'version.too_old', at, seconds: null } };
  }
  if (judged.stop !== null || standing !== 'doubtful' || leg !== 'auth') return judged;
  return { ...judged, risks: [...judged.risks, { outcome: 'at_risk', rule: 'version.doubtful', at, seconds: null }] };
}

/** Whatever the version: no name, no connection, no TLS. */
const isOfTheNetwork = ({ rule }: Stop): boolean => /^(?:dns|tcp|tls)\./.test(rule);

/** Orders of addresses that end differently make the leg a matter of luck. */
function overall(judged: readonly Judged[]): Judged {
  const [first] = judged;
  if (first === undefined) throw new RangeError('a leg is judged at least once');
  const stopping = judged.find(({ stop }) => stop?.outcome === 'will_fail');
  const passing = judged.find((one) => outcomeOf(one) === 'will_work');
  if (stopping?.stop === null || stopping === undefined || passing === undefined) return first;
  return { ...passing, stop: { outcome: 'at_risk', rule: 'tcp.order_rotates', at: stopping.stop.at, seconds: null } };
}

function idsOf(met: readonly Observation[], decisive: Stop | null): readonly ObservationId[] {
  const ids = met.map(({ id }) => id);
  if (decisive?.at) ids.push(decisive.at.id);
  return [...new Set(ids)];
}

/** The name whose look-up decided, which may be the proxy's. */
function lookedUp(rule: PredictRule, at: Observation | null): string | null {
  if (!rule.startsWith('dns.')) return null;
  return at?.operation === 'resolve' ? at.hostname : at?.operation === 'dns_query' ? at.name : null;
}

function words(rule: PredictRule, view: LegView, decisive: Stop | null): string {
  const at = decisive?.at ?? null;
  const host = lookedUp(rule, at) ?? view.endpoint.host;
  const peer = rule.startsWith('tcp.') ? view.peer.host : host;
  return WORDS[rule].replaceAll('{host}', peer).replaceAll('{address}', at?.address ?? peer);
}
