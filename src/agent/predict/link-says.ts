import type { Prediction } from '../../model/prediction.js';
import { type PredictRule, TRUST_RULES } from './rule-ids.js';
import type { PredictRules } from './rules.js';

type Says = Prediction['agentWouldSay'];

const WS_PROTOCOL = 'disconnected, WebSockets protocol error';

/** Log texts that do tell something (docs/reference/agent.md#websocket, #mqtt, #logs). */
const LOG: Partial<Record<PredictRule, string>> = {
  'ws.not_switched': 'Missing sec-websocket-accept header',
  'ws.accept_missing': 'Missing sec-websocket-accept header',
  'ws.header_value_empty': 'HTTP Header value cannot be empty',
  'ws.not_http11': 'Expected "HTTP1.1" header',
  'ws.line_too_long': 'HTTP line received is too long',
  'ws.separator_missing': 'Expected HTTP hdr field key/value separator',
  'ws.too_many_headers': 'Too many HTTP response header fields',
  'ws.frame_fragmented': 'Not supporting fragmented messages yet',
  'ws.frame_masked': 'Mask is not allowed',
  'mqtt.refused': 'MQTT CONNACK returned error',
  'mqtt.unavailable': 'MQTT CONNACK returned error',
};

/**
 * TCP and proxy failures of the link leave the status as it was, `offline` on a fresh process, in every version
 * (docs/reference/agent.md#t17); v2.10.3 leaves it alone whatever happens behind (docs/reference/agent.md#seen-13).
 *
 * @param afterTimeout an earlier leg timed out in the first attempt: that is the text that stays
 */
export function linkSays(
  rule: PredictRule,
  rules: PredictRules,
  afterTimeout: boolean,
  httpStatus: number | null = null,
): Says {
  const unchanged = unchangedStatus(rules, afterTimeout);
  const noConnection = /^(?:dns|tcp)\./.test(rule) || rule === 'env.port_missing';
  if (noConnection) {
    const byName = rule.startsWith('dns.') && rules.mqttLookup === 'gethostbyname';
    return { status: unchanged, log: byName ? 'gethostbyname() error' : 'Could not connect to remote endpoint' };
  }
  if (rule.startsWith('proxy.') || rule.startsWith('socks')) {
    const old = rules.connectReader === 'strict';
    return { status: unchanged, log: old ? oldProxyLog(rule, httpStatus) : 'proxy negotiation failed' };
  }
  const log = TRUST_RULES.has(rule) ? VERIFY_LINE[rules.verifyLine] : (LOG[rule] ?? null);
  return { status: rules.namesLinkFailures ? statusOf(rule) : unchanged, log };
}

/** What the last HTTPS step left, or what a fresh process begins with. */
function unchangedStatus({ reasons }: PredictRules, afterTimeout: boolean): string | null {
  if (reasons === 'texts') return afterTimeout ? 'timeout' : 'offline';
  if (reasons === 'none') return null;
  return afterTimeout ? 'env_endpoint_unreachable' : 'none';
}

/** The MQTT step had a line of its own. */
const VERIFY_LINE: Readonly<Record<PredictRules['verifyLine'], string>> = {
  'Cert Chain verify error': 'verify error:num=',
  'certificate verify error': 'certificate verify error',
};

/** Before 2.10.0 the MQTT step read the reply to CONNECT by itself; of a proxy that hangs up it says nothing. */
function oldProxyLog(rule: PredictRule, status: number | null): string | null {
  switch (rule) {
    case 'proxy.closed':
      return null;
    case 'proxy.no_reply':
    case 'proxy.reply_incomplete':
      return 'http_proxy timeout waiting reply';
    case 'proxy.reply_status_not_accepted':
      return `http_proxy returned error code${status === null ? '' : ` ${String(status)}`}`;
    case 'proxy.reply_cut':
    case 'proxy.bytes_after_reply':
      return 'http_proxy unexpected trailing bytes';
    case 'proxy.reply_not_http1':
      return 'http_proxy expected reply with';
    case 'proxy.reply_too_long':
      return 'http_proxy read ring buffer full';
    default:
      return 'http_proxy';
  }
}

function statusOf(rule: PredictRule): string {
  switch (rule) {
    case 'tls.stalled':
    case 'ws.no_answer':
    case 'ws.incomplete':
    case 'ws.line_ends':
    case 'mqtt.no_connack':
    case 'mqtt.connack_incomplete':
      return 'disconnected, timed out waiting for CONNACK';
    case 'mqtt.closed':
    case 'ws.closed':
      return 'disconnected, closed by remote end';
    case 'ws.frame_too_big':
      return 'disconnected, message too big';
    case 'ws.reset':
      return 'disconnected, socket error';
    default:
      if (rule.startsWith('ws.')) return WS_PROTOCOL;
      return rule.startsWith('mqtt.') ? 'disconnected, MQTT protocol error' : 'disconnected, socket error';
  }
}
