import type { Prediction } from '../../model/prediction.js';
import type { PredictRule } from './rule-ids.js';

type Says = Prediction['agentWouldSay'];

/** libcurl's own texts for its error codes. Newer releases word some of them slightly differently. */
const CURL = {
  proxyName: "Couldn't resolve proxy name",
  hostName: "Couldn't resolve host name",
  connect: "Couldn't connect to server",
  timeout: 'Timeout was reached',
  tls: 'SSL connect error',
  nothing: 'Server returned nothing (no headers, no data)',
  receive: 'Failure when receiving data from the peer',
  verify: 'SSL peer certificate or SSH remote key was not OK',
  proxy: 'proxy handshake error',
  argument: 'A libcurl function was given a bad argument',
  weird: 'Weird server reply',
  url: 'URL using bad/illegal format or missing URL',
} as const;

/** Parts of the texts for the HTTP status of a failed claim (docs/reference/agent.md#claim-results, #seen-12). */
const BY_STATUS: Readonly<Record<number, string>> = {
  102: 'in progress',
  403: 'token is expired, not found, or invalid',
  409: 'already claimed',
  422: 'code 422',
  500: 'Internal Server Error',
  503: 'unavailable',
  504: 'Gateway Timeout',
};

/** Answers after which the Agent does not claim again by itself; every other failure is tried five times. */
const FINAL = new Set([102, 204, 403, 409, 422]);
const ATTEMPTS = 5;
/** Pauses behind the five attempts together, s: 0.3, 0.4, 0.5, 0.6 and 0.7. */
const PAUSES_SECONDS = 2.5;

/**
 * How often a failing claim is tried, and how long that keeps the Agent from starting
 * (docs/reference/agent.md#claim-request, #claim-results, #seen-14): one sentence.
 *
 * @param seconds of one attempt; null = not known
 */
export function claimTries(
  rule: PredictRule,
  status: number | null,
  seconds: number | null,
  claimsByItself = true,
): string {
  if (!claimsByItself) return scriptTries(scriptExit(rule, status));
  const final = status !== null && isAnswer(rule) && FINAL.has(status);
  const total = seconds === null ? '' : ` within ${String(Math.round(seconds * ATTEMPTS + PAUSES_SECONDS))} s`;
  return `The Agent tries this claim ${final ? 'once' : `five times${total}`}, then not again until it restarts.`;
}

/** Exit codes of the claim script of 1.x for what the service answered (docs/reference/versions.md#claiming). */
const SCRIPT_EXIT: Readonly<Record<number, number>> = { 102: 14, 403: 12, 409: 13, 500: 15, 503: 17, 504: 16 };
/** No contact at all ends like any answer that the script does not know. */
const SCRIPT_UNKNOWN = 7;

function scriptExit(rule: PredictRule, status: number | null): number {
  return status !== null && isAnswer(rule) ? (SCRIPT_EXIT[status] ?? SCRIPT_UNKNOWN) : SCRIPT_UNKNOWN;
}

function scriptTries(exit: number): string {
  const tries = exit === SCRIPT_UNKNOWN ? 'three times within seconds' : 'once';
  return `A script claims for this version: it tries ${tries}, ends with exit code ${String(exit)} and does not try again.`;
}

/** An HTTP answer decided, and not the way there. */
const isAnswer = (rule: PredictRule): boolean => /^(?:answer|http)\./.test(rule);

interface Circumstances {
  /** False up to 1.47.5: a script claims, and the daemon says nothing of it. */
  readonly claimsByItself?: boolean;
  readonly byProxy?: boolean;
  /** The resolver took longer than libcurl waits. */
  readonly late?: boolean;
}

/** What `cloud.reason` and the log (prefix `CLAIM:`) would say about a failed claim. */
export function claimSays(
  rule: PredictRule,
  status: number | null,
  { byProxy = false, late = false, claimsByItself = true }: Circumstances,
): Says {
  if (!claimsByItself) {
    const isUnknown = scriptExit(rule, status) === SCRIPT_UNKNOWN;
    return { status: null, log: isUnknown ? 'Unknown HTTP error message' : null };
  }
  const text =
    (late && rule === 'dns.unresolvable' ? CURL.timeout : curlText(rule, byProxy)) ?? statusText(rule, status);
  return { status: text, log: text === null ? null : `CLAIM: ${text}` };
}

function statusText(rule: PredictRule, status: number | null): string | null {
  if (status === null || !isAnswer(rule)) return null;
  return BY_STATUS[status] ?? `response code ${String(status)}`;
}

function curlText(rule: PredictRule, byProxy: boolean): string | null {
  switch (rule) {
    case 'dns.unresolvable':
    case 'dns.half_answer':
    case 'dns.search_domain':
    case 'dns.first_answer_counts':
      return byProxy ? CURL.proxyName : CURL.hostName;
    case 'tcp.refused':
      return CURL.connect;
    case 'dns.slow_resolver':
    case 'tcp.timeout':
    case 'proxy.no_reply':
    case 'tls.stalled':
    case 'http.no_answer':
    case 'claim.connect_budget':
    case 'claim.total_budget':
      return CURL.timeout;
    case 'http.closed':
      return CURL.nothing;
    case 'http.reset':
    case 'proxy.closed':
      return CURL.receive;
    case 'http.status_unreadable':
    case 'http.header_without_colon':
      return CURL.weird;
    case 'config.url_unusable':
      return CURL.url;
    case 'proxy.tls_failed':
      return CURL.verify;
    case 'proxy.reply_header_unreadable':
      return CURL.argument;
    default:
      return curlTextOfFamily(rule);
  }
}

function curlTextOfFamily(rule: PredictRule): string | null {
  if (rule.startsWith('proxy.')) return rule === 'proxy.bytes_after_reply' ? CURL.tls : CURL.receive;
  if (rule.startsWith('socks')) return CURL.proxy;
  if (['tls.untrusted', 'tls.self_signed', 'tls.expired', 'tls.not_yet_valid', 'tls.name_mismatch'].includes(rule)) {
    return CURL.verify;
  }
  return rule.startsWith('tls.') ? CURL.tls : null;
}
