import type {
  FullSizeWriteObservation,
  HoldObservation,
  MqttConnectObservation,
  WebSocketUpgradeObservation,
} from '../../model/observation.js';
import { isFullSizeLost } from '../../trace/full-size.js';
import { parseConnack } from '../parse/connack.js';
import { judgeFrame, parseFrames, readFrameText } from '../parse/frames.js';
import { parseWebSocketResponse } from '../parse/websocket-response.js';
import { idleCutOf, LONGEST_SILENCE_MS } from './idle-cut.js';
import { tricklesIn } from './https-legs.js';
import { fails, unseen, type Stop, type Trail } from './judged.js';
import type { PredictRules } from './rules.js';
import { leavesWaiting } from './view.js';

/** The answer to the upgrade (docs/reference/agent.md#websocket). */
export function judgeUpgrade(seen: WebSocketUpgradeObservation, rules: PredictRules): Stop | null {
  if (seen.rawHead === '') {
    if (seen.failure === null) return unseen(seen);
    if (leavesWaiting(seen)) return fails('ws.no_answer', seen, rules.connackBudgetSeconds);
    return fails(seen.failure.kind === 'connection_reset' ? 'ws.reset' : 'ws.closed', seen);
  }
  if (tricklesIn(seen, rules)) return fails('ws.line_end_split', seen, 0, seen.status ?? undefined);
  const answer = parseWebSocketResponse(seen.rawHead, seen.key);
  if (answer.ok) return null;
  const waits = (answer.rule === 'ws.incomplete' || answer.rule === 'ws.line_ends') && leavesWaiting(seen);
  return fails(answer.rule, seen, waits ? rules.connackBudgetSeconds : 0, answer.status ?? undefined);
}

/** Refusals that only mean that the throw-away identity is not known: the path is proven. 2, 4, 5 are MQTT 3.1.1's. */
const PROVES = new Set([0, 2, 4, 5, 133, 134, 135, 144]);
/** Would refuse the Agent's own CONNECT as well: malformed, protocol, version, packet size. */
const REFUSES_SHAPE = new Set([1, 129, 130, 132, 149]);
/** Said to everybody: unavailable, busy, use another server, moved. The Agent goes nowhere else. */
const REFUSES_ALL = new Set([3, 136, 137, 156, 157]);

/** What came back for the MQTT CONNECT (docs/reference/agent.md#websocket, #mqtt). */
export function judgeMqtt(seen: MqttConnectObservation, rules: PredictRules, trail: Trail): Stop | null {
  for (const text of seen.frames) {
    const frame = readFrameText(text);
    const rule = frame === null ? null : judgeFrame(frame);
    if (rule !== null) return fails(rule, seen);
  }
  const payload = mqttBytes(seen.rawFirstBytes);
  if (payload === null) {
    const frames = parseFrames(seen.rawFirstBytes);
    return fails(frames.ok ? 'mqtt.malformed' : frames.rule, seen);
  }
  if (payload === '') {
    if (seen.reasonCode !== null) return judgeReason(seen.reasonCode, seen, trail);
    if (seen.failure === null && seen.endedBy === 'open') return unseen(seen);
    const silence = leavesWaiting(seen) || seen.endedBy === 'silence';
    return silence ? fails('mqtt.no_connack', seen, rules.connackBudgetSeconds) : fails('mqtt.closed', seen);
  }
  const connack = parseConnack(payload);
  if (connack.ok) return judgeReason(connack.reasonCode, seen, trail);
  const half = connack.rule === 'mqtt.connack_incomplete' && (leavesWaiting(seen) || seen.endedBy === 'silence');
  const waits = half || (connack.rule === 'mqtt.connack_too_short' && !rules.refusesShortConnack);
  return fails(connack.rule, seen, waits ? rules.connackBudgetSeconds : 0);
}

/** The MQTT bytes, whether or not the WebSocket frame headers are still in front of them; null = bad frames. */
function mqttBytes(raw: string): string | null {
  if (raw === '' || raw.charCodeAt(0) >> 4 === 2) return raw;
  const frames = parseFrames(raw);
  return frames.ok ? frames.payload : null;
}

function judgeReason(code: number, seen: MqttConnectObservation, trail: Trail): Stop | null {
  if (PROVES.has(code)) return null;
  if (REFUSES_SHAPE.has(code)) return fails('mqtt.refused', seen);
  if (REFUSES_ALL.has(code)) return fails('mqtt.unavailable', seen);
  trail.risk({ rule: 'mqtt.unavailable', at: seen });
  return null;
}

/** What the open link would meet later: idle cuts and lost full-size segments endanger it, they do not stop it. */
export function riskLater(
  holds: readonly HoldObservation[],
  busy: HoldObservation | null,
  writes: readonly FullSizeWriteObservation[],
  trail: Trail,
): void {
  const ended = idleCutOf(holds, busy);
  const isIdle = ended?.because === 'idle' || ended?.because === 'unproven';
  if (ended !== null && isIdle && ended.cut.heldMs < LONGEST_SILENCE_MS)
    trail.risk({ rule: 'hold.cut', at: ended.cut });
  const lost = writes.find(isFullSizeLost);
  if (lost !== undefined) trail.risk({ rule: 'tcp.mtu_blackhole', at: lost });
}
