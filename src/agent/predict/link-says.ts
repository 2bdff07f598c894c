import type { Prediction } from '../../model/prediction.js';
import type { PredictRule } from './rule-ids.js';
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
export function linkSays(rule: PredictRule, rules: PredictRules, afterTimeout: boolean): Says {
  const unchanged = afterTimeout ? 'timeout' : 'offline';
  const noConnection = /^(?:dns|tcp)\./.test(rule) || rule === 'env.port_missing';
  if (noConnection) return { status: unchanged, log: 'Could not connect to remote endpoint' };
  if (rule.startsWith('proxy.') || rule.startsWith('socks')) {
    return { status: unchanged, log: 'proxy negotiation failed' };
  }
  const log = LOG[rule] ?? null;
  return { status: rules.namesLinkFailures ? statusOf(rule) : unchanged, log };
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
