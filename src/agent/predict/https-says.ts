import type { Leg } from '../../model/route.js';
import type { Prediction } from '../../model/prediction.js';
import type { PredictRule } from './rule-ids.js';
import type { PredictRules } from './rules.js';

type Says = Prediction['agentWouldSay'];

const WRITE_FAILED = 'https client failed to write http header';
const START_FAILED = 'cannot start SSL connection';
const VERIFY_FAILED = 'TLS certificate verification failed';
const PARSE_FAILED = 'https client parsing of response failed';
const READ_FAILED = 'https client read error';
const CLIENT_TIMEOUT = 'https client timeout';
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
  'dns.unresolvable': { status: 'cannot resolve hostname', log: 'error connecting TCP socket to' },
  'dns.half_answer': { status: 'cannot resolve hostname', log: 'error connecting TCP socket to' },
  'dns.first_answer_counts': { status: 'cannot resolve hostname', log: 'error connecting TCP socket to' },
  'dns.slow_resolver': { status: 'cannot resolve hostname', log: 'error connecting TCP socket to' },
  'tcp.refused': { status: 'connection refused', log: "Failed to connect to '" },
  'tcp.ipv6_switched_off': { status: 'connection refused', log: 'error connecting TCP socket to' },
  'tcp.timeout_ends_loop': { status: 'timeout', log: "Timed out while connecting to '" },
  'tcp.order_rotates': { status: 'timeout', log: "Timed out while connecting to '" },
  'tcp.socket_failed_ends_loop': { status: 'cannot create socket', log: 'error connecting TCP socket to' },
  'proxy.bytes_after_reply': { status: START_FAILED, log: 'failed to start SSL connection' },
  'tls.handshake_failed': { status: WRITE_FAILED, log: 'SSL_write Err' },
  'http.no_answer': { status: CLIENT_TIMEOUT, log: 'timed out' },
  'http.closed': { status: READ_FAILED, log: 'SSL_read() Err' },
  'http.reset': { status: READ_FAILED, log: 'SSL_read() Err' },
  'http.closed_with_answer': { status: READ_FAILED, log: 'SSL_ERROR_ZERO_RETURN' },
  'http.body_too_long': { status: READ_FAILED, log: 'SSL_read() Err' },
  'http.cut_short': { status: READ_FAILED, log: 'SSL_read() Err' },
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
  'env.port_missing': { status: 'connection refused', log: 'error connecting TCP socket to' },
  // Both can end the Agent's process instead: it goes on with what it did not read.
  'env.transport_unreadable': { status: null, log: null },
  'env.not_object': { status: null, log: null },
};

const TRUST = new Set<PredictRule>([
  'tls.untrusted',
  'tls.self_signed',
  'tls.expired',
  'tls.not_yet_valid',
  'tls.name_mismatch',
]);

export function httpsSays(rule: PredictRule, leg: Leg, rules: PredictRules, status: number | null): Says {
  if (rule === 'proxy.reply_status_not_accepted' && status !== null) {
    return { status: 'proxy negotiation failed', log: `failed with status ${String(status)}` };
  }
  // The first answer counts, be it an interim one.
  if (rule === 'http.interim_response') return leg === 'auth' ? NO_CHALLENGE : NOT_200;
  if (leg === 'auth' && rule.startsWith('answer.')) return status === 200 ? BAD_CHALLENGE : NO_CHALLENGE;
  // A challenge without a body is read all the same: no fixed word for what follows
  // (docs/reference/agent.md#https-response).
  if (leg === 'auth' && rule === 'http.no_length') return { status: null, log: null };
  const known = SAYS[rule];
  if (known !== undefined) return known;
  if (TRUST.has(rule) && rules.namesCertificateFailures)
    return { status: VERIFY_FAILED, log: 'certificate verify error' };
  return httpsSaysOfFamily(rule, status);
}

function httpsSaysOfFamily(rule: PredictRule, status: number | null): Says {
  if (rule.startsWith('proxy.') || rule.startsWith('socks')) {
    return { status: 'proxy negotiation failed', log: 'proxy negotiation failed via' };
  }
  if (rule.startsWith('tls.')) return { status: WRITE_FAILED, log: 'SSL_write Err' };
  if (rule.startsWith('http.')) return { status: PARSE_FAILED, log: 'error parsing HTTP response' };
  if (rule.startsWith('env.')) return { status: NOT_JSON, log: 'error parsing /env message' };
  if (rule.startsWith('answer.')) {
    return status === 200 ? { status: NOT_JSON, log: 'error parsing /env message' } : NOT_200;
  }
  return { status: null, log: null };
}
