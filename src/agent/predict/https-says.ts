import type { Leg } from '../../model/route.js';
import type { Prediction } from '../../model/prediction.js';
import { type PredictRule, TRUST_RULES } from './rule-ids.js';
import type { PredictRules } from './rules.js';

type Says = Prediction['agentWouldSay'];

const WRITE_FAILED = 'https client failed to write http header';
const START_FAILED = 'cannot start SSL connection';
const VERIFY_FAILED = 'TLS certificate verification failed';
const PARSE_FAILED = 'https client parsing of response failed';
const READ_FAILED = 'https client read error';
const CLIENT_TIMEOUT = 'https client timeout';
const NEGOTIATION_FAILED = 'proxy negotiation failed';
const NOT_HTTP_200 = 'proxy did not return http/200';
const CONNECT_LOG = 'error connecting TCP socket to';
const READ_LOG = 'SSL_read() Err';
const PARSE_LOG = 'error parsing HTTP response';
const START_LOG = 'failed to start SSL connection';
/** Since the texts came (2.2.1), lines begin with "ACLK:" and go on in lower case. */
const OLD_LINES: ReadonlyMap<string, string> = new Map([
  [CONNECT_LOG, 'Error connecting TCP socket to'],
  [READ_LOG, 'SSL_read Err'],
  [PARSE_LOG, 'Error parsing HTTP response'],
  [START_LOG, 'Failed to start SSL connection'],
]);
const NOT_JSON = '/env response is not JSON';
const NOT_200 = { status: '/env response code is not 200', log: 'The HTTP code not 200 OK' } as const;
const NO_CHALLENGE = {
  status: 'otp challenge response is not http/200',
  log: 'ACLK_OTP Challenge HTTP code not 200 OK',
} as const;

const BAD_CHALLENGE = { status: 'otp challenge response is invalid', log: null } as const;

/**
 * Fixed statuses of the HTTPS legs and a part of the log line beside them (docs/reference/agent.md#reason-texts,
 * #the-agents-https-client, #the-clouds-api).
 */
const SAYS: Partial<Record<PredictRule, Says>> = {
  // A fresh process looks at its URL again every 5 s and says nothing else; the text of its own comes after a reload.
  'config.url_unusable': { status: 'offline', log: null },
  'dns.unresolvable': { status: 'cannot resolve hostname', log: CONNECT_LOG },
  'dns.half_answer': { status: 'cannot resolve hostname', log: CONNECT_LOG },
  'dns.search_domain': { status: 'cannot resolve hostname', log: CONNECT_LOG },
  'dns.first_answer_counts': { status: 'cannot resolve hostname', log: CONNECT_LOG },
  'dns.slow_resolver': { status: 'cannot resolve hostname', log: CONNECT_LOG },
  'tcp.refused': { status: 'connection refused', log: "Failed to connect to '" },
  'tcp.ipv6_switched_off': { status: 'connection refused', log: CONNECT_LOG },
  'tcp.timeout_ends_loop': { status: 'timeout', log: "Timed out while connecting to '" },
  'tcp.all_silent': { status: 'timeout', log: "Timed out while connecting to '" },
  'tcp.order_rotates': { status: 'timeout', log: "Timed out while connecting to '" },
  'tcp.socket_failed_ends_loop': { status: 'cannot create socket', log: CONNECT_LOG },
  'tls.handshake_failed': { status: WRITE_FAILED, log: 'SSL_write Err' },
  'http.no_answer': { status: CLIENT_TIMEOUT, log: 'timed out' },
  'http.closed': { status: READ_FAILED, log: READ_LOG },
  'http.reset': { status: READ_FAILED, log: READ_LOG },
  'http.closed_with_answer': { status: READ_FAILED, log: 'SSL_ERROR_ZERO_RETURN' },
  'http.body_too_long': { status: READ_FAILED, log: READ_LOG },
  'http.cut_short': { status: READ_FAILED, log: READ_LOG },
  'http.incomplete': { status: CLIENT_TIMEOUT, log: 'timed out' },
  'http.line_ends': { status: CLIENT_TIMEOUT, log: 'timed out' },
  'http.separator_elsewhere': { status: CLIENT_TIMEOUT, log: 'timed out' },
  'http.separator_missing': { status: PARSE_FAILED, log: 'Missing Key/Value separator' },
  'http.header_value_too_long': { status: PARSE_FAILED, log: 'too long' },
  'http.header_name_too_long': { status: PARSE_FAILED, log: 'too long' },
  'http.not_http11': { status: PARSE_FAILED, log: 'Expected response to start with "HTTP/1.1 "' },
  'env.empty': { status: '/env response is empty', log: null },
  'http.no_length': { status: '/env response is empty', log: null },
  'env.encoding_not_proto': { status: "can't connect, old protocol not supported", log: null },
  'env.no_proto_capability': { status: "can't connect, protocol capability not supported", log: null },
  'env.no_mqtt3_transport': { status: "can't connect, invalid /env transport idx", log: null },
  'env.no_mqtt5_transport': { status: "can't connect, invalid /env transport idx", log: null },
  'env.auth_url_invalid': { status: "can't connect, invalid /env auth url", log: null },
  'env.link_url_invalid': { status: "can't connect, invalid /env transport URL", log: null },
  'env.port_missing': { status: 'connection refused', log: CONNECT_LOG },
  // Both can end the Agent's process instead: it goes on with what it did not read.
  'env.transport_unreadable': { status: null, log: null },
  'env.not_object': { status: null, log: null },
};

export function httpsSays(rule: PredictRule, leg: Leg, rules: PredictRules, status: number | null): Says {
  const says = saysOfTexts(rule, leg, rules, status);
  return { status: statusIn(rules.reasons, says.status, rule, leg, status), log: logIn(rules, rule, says.log) };
}

/** Before 2.2.1 a reason was one word of a list, and before 1.41.0 there was none. */
function statusIn(
  reasons: PredictRules['reasons'],
  text: string | null,
  rule: PredictRule,
  leg: Leg,
  status: number | null,
): string | null {
  if (reasons === 'texts' || text === null) return text;
  return reasons === 'words' ? wordOf(rule, leg, status) : null;
}

const WORD: Partial<Record<PredictRule, string>> = {
  'config.url_unusable': 'none',
  'env.empty': 'env_response_empty',
  'http.no_length': 'env_response_empty',
  'http.interim_response': 'env_response_not_200',
  'env.encoding_not_proto': 'no_old_protocol',
  'env.no_proto_capability': 'no_protocol_capability',
  'env.no_mqtt3_transport': 'invalid_env_transport_idx',
  'env.no_mqtt5_transport': 'invalid_env_transport_idx',
  'env.auth_url_invalid': 'invalid_env_auth_url',
  'env.link_url_invalid': 'invalid_env_transport_url',
  'env.port_missing': 'invalid_otp',
};

/** Reasons of 1.41.0 to 2.2.0: whatever happens on the way is one and the same word. */
function wordOf(rule: PredictRule, leg: Leg, status: number | null): string {
  if (leg === 'auth' && rule !== 'config.url_unusable') return 'invalid_otp';
  const known = WORD[rule];
  if (known !== undefined) return known;
  if (rule.startsWith('answer.')) return status === 200 ? 'env_response_not_json' : 'env_response_not_200';
  return rule.startsWith('env.') ? 'env_response_not_json' : 'env_endpoint_unreachable';
}

/** The line of the log that tells a failed check of the certificate apart, in the words of the version. */
function logIn(rules: PredictRules, rule: PredictRule, log: string | null): string | null {
  if (TRUST_RULES.has(rule)) return rules.verifyLine;
  return log !== null && rules.reasons !== 'texts' ? (OLD_LINES.get(log) ?? log) : log;
}

function saysOfTexts(rule: PredictRule, leg: Leg, rules: PredictRules, status: number | null): Says {
  if (isOfProxy(rule)) return proxySays(rule, rules, status);
  // The first answer counts, be it an interim one.
  if (rule === 'http.interim_response') return leg === 'auth' ? NO_CHALLENGE : NOT_200;
  if (leg === 'auth' && rule.startsWith('answer.')) return status === 200 ? BAD_CHALLENGE : NO_CHALLENGE;
  // A challenge without a body is read all the same: no fixed word for what follows
  // (docs/reference/agent.md#https-response).
  if (leg === 'auth' && rule === 'http.no_length') return { status: null, log: null };
  const known = SAYS[rule];
  if (known !== undefined) return known;
  if (TRUST_RULES.has(rule) && rules.namesCertificateFailures) return { status: VERIFY_FAILED, log: null };
  return httpsSaysOfFamily(rule, status);
}

const isOfProxy = (rule: PredictRule): boolean => rule.startsWith('proxy.') || rule.startsWith('socks');

function proxySays(rule: PredictRule, rules: PredictRules, status: number | null): Says {
  if (rules.connectReader === 'strict') return oldProxySays(rule, rules, status);
  if (rule === 'proxy.bytes_after_reply') return { status: START_FAILED, log: START_LOG };
  return rule === 'proxy.reply_status_not_accepted' && status !== null
    ? { status: NEGOTIATION_FAILED, log: `failed with status ${String(status)}` }
    : { status: NEGOTIATION_FAILED, log: 'proxy negotiation failed via' };
}

/** Before 2.10.0 the client of the HTTPS steps read the reply to CONNECT as well, and said the same of it. */
function oldProxySays(rule: PredictRule, rules: PredictRules, status: number | null): Says {
  switch (rule) {
    case 'proxy.reply_status_not_accepted':
      return {
        status: NOT_HTTP_200,
        log: `proxy didn't return 200 OK${status === null ? '' : ` (got ${String(status)})`}`,
      };
    case 'proxy.bytes_after_reply':
      return { status: START_FAILED, log: START_LOG };
    case 'proxy.no_reply':
    case 'proxy.reply_incomplete':
      return { status: CLIENT_TIMEOUT, log: 'timed out' };
    // The 30 s count only while nothing comes: where the far end hangs up first, the Agent turns in circles for good.
    case 'proxy.reply_chunked':
      return { status: null, log: null };
    case 'proxy.closed':
      return { status: READ_FAILED, log: rules.keepsOldWriteError ? 'write error' : 'read error' };
    default:
      return { status: PARSE_FAILED, log: PARSE_LOG };
  }
}

function httpsSaysOfFamily(rule: PredictRule, status: number | null): Says {
  if (rule.startsWith('tls.')) return { status: WRITE_FAILED, log: 'SSL_write Err' };
  if (rule.startsWith('http.')) return { status: PARSE_FAILED, log: PARSE_LOG };
  if (rule.startsWith('env.')) return { status: NOT_JSON, log: 'error parsing /env message' };
  if (rule.startsWith('answer.')) {
    return status === 200 ? { status: NOT_JSON, log: 'error parsing /env message' } : NOT_200;
  }
  return { status: null, log: null };
}
