/**
 * MQTT 5 CONNECT with throw-away credentials over an upgraded connection, until CONNACK. Any CONNACK, a refusing one
 * too, proves the path (docs/reference/agent.md#legs); the node's own identity is never sent.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { assertNever } from '../model/errors.js';
import type { Failure } from '../model/failure.js';
import type { MqttConnectObservation } from '../model/observation.js';
import { failureOf } from './classify.js';
import type { NetContext, StepLabel } from './context.js';
import { decodePacket, DISCONNECT, encodeConnect } from './mqtt-codec.js';
import { closeCodeOf, FrameReader, type FrameArrival, type RawWebSocket } from './raw-websocket.js';
import { endGently, peerOf } from './socket.js';
import { StepClock } from './step.js';
import { unacknowledgedIn } from './unacknowledged.js';
import { OPCODE, type Frame } from './ws-frame.js';

export interface MqttInput {
  readonly ws: RawWebSocket;
  /** Default: random. */
  readonly clientId?: string;
  /** Leaves the connection open behind an accepting CONNACK, for `holdIdle`. Default: it is ended. */
  readonly keepOpen?: boolean;
}

/** Refusals that throw-away credentials earn by themselves (MQTT 5 §3.2.2.2; 2, 4 and 5 are MQTT 3.1.1's). */
const EXPECTED: ReadonlySet<number> = new Set([0, 2, 4, 5, 133, 134, 135]);
const NORMAL_CLOSURE = Buffer.from([0x03, 0xe8]);

interface Outcome {
  readonly reasonCode: number | null;
  readonly closeCode: number | null;
  readonly endedBy: MqttConnectObservation['endedBy'];
  readonly failure: Failure | null;
}

export async function connectMqtt(
  ctx: NetContext,
  label: StepLabel,
  input: MqttInput,
): Promise<MqttConnectObservation> {
  const step = new StepClock(ctx, label, 'mqtt_connect');
  const clientId = input.clientId ?? randomUUID();
  const reader = new FrameReader(input.ws, step);
  const blocked = step.blocked();
  let outcome: Outcome = { reasonCode: null, closeCode: null, endedBy: 'open', failure: blocked };
  if (blocked === null) {
    reader.send(OPCODE.binary, throwAwayConnect(clientId));
    outcome = await waitForConnack(reader, step);
  }
  const lost = await unacknowledgedIn(outcome.failure, input.ws.socket);
  const connected = outcome.reasonCode === 0 && outcome.endedBy === 'open';
  const observation = step.save<MqttConnectObservation>({
    ...step.base(peerOf(input.ws.socket), outcome.failure),
    ...lost,
    clientId,
    reasonCode: outcome.reasonCode,
    rawFirstBytes: reader.first.toString('latin1'),
    frames: reader.headers,
    closeCode: outcome.closeCode,
    endedBy: outcome.endedBy,
  });
  if (connected && input.keepOpen === true) {
    reader.release();
    return observation;
  }
  if (outcome.endedBy === 'open') {
    if (connected) reader.send(OPCODE.binary, DISCONNECT);
    reader.send(OPCODE.close, NORMAL_CLOSURE);
  }
  reader.release();
  await endGently(input.ws.socket);
  return observation;
}

/** The will is sent because its bytes are part of the shape; a refused CONNECT or a DISCONNECT discards it. */
function throwAwayConnect(clientId: string): Buffer {
  return encodeConnect({
    clientId,
    username: randomUUID(),
    password: randomBytes(24).toString('base64url'),
    willTopic: `/agent/${clientId}/outbound/meta`,
    // UpdateAgentConnection: claim_id (1), last will (5: source = LWT); as long as the Agent's.
    willPayload: Buffer.concat([
      Buffer.from([0x0a, 36]),
      Buffer.from(randomUUID(), 'latin1'),
      Buffer.from([0x28, 0x01]),
    ]),
  });
}

async function waitForConnack(reader: FrameReader, step: StepClock<'mqtt_connect'>): Promise<Outcome> {
  let packet = Buffer.alloc(0);
  for (;;) {
    const arrival = await reader.next();
    if (arrival.kind !== 'frame') return endedEarly(arrival, step);
    const { frame } = arrival;
    if (frame.opcode === OPCODE.close) return closedBy(frame);
    if (frame.opcode !== OPCODE.binary && frame.opcode !== OPCODE.continuation) continue;
    packet = Buffer.concat([packet, frame.payload]);
    const decoded = decodePacket(packet);
    switch (decoded.state) {
      case 'partial':
        continue;
      case 'connack':
        return connackOf(decoded.reasonCode);
      case 'other':
        return malformed(`packet type ${String(decoded.type)} instead of a CONNACK`);
      case 'malformed':
        return malformed(decoded.why);
    }
  }
}

function connackOf(reasonCode: number): Outcome {
  const failure = EXPECTED.has(reasonCode)
    ? null
    : failureOf('mqtt_connack_refused', 'mqtt_connect', String(reasonCode), `reason code ${String(reasonCode)}`);
  return { reasonCode, closeCode: null, endedBy: 'open', failure };
}

function malformed(why: string): Outcome {
  return {
    reasonCode: null,
    closeCode: null,
    endedBy: 'open',
    failure: failureOf('mqtt_malformed', 'mqtt_connect', null, why),
  };
}

function closedBy(frame: Frame): Outcome {
  const closeCode = closeCodeOf(frame);
  const detail = 'the peer closed the WebSocket before a CONNACK';
  const failure = failureOf('websocket_closed', 'mqtt_connect', String(closeCode), detail);
  return { reasonCode: null, closeCode, endedBy: 'ws_close', failure };
}

function endedEarly(arrival: Exclude<FrameArrival, { kind: 'frame' }>, step: StepClock<'mqtt_connect'>): Outcome {
  const none = { reasonCode: null, closeCode: null };
  switch (arrival.kind) {
    case 'fin': {
      const detail = 'the peer closed the connection before a CONNACK';
      return { ...none, endedBy: 'fin', failure: failureOf('eof_error', step.operation, null, detail) };
    }
    case 'reset':
      return { ...none, endedBy: 'reset', failure: arrival.failure };
    case 'too_large':
      return { ...none, endedBy: 'open', failure: arrival.failure };
    case 'silence':
      return { ...none, endedBy: 'silence', failure: step.timedOut('CONNACK') };
    case 'interrupted':
      return { ...none, endedBy: 'open', failure: step.interrupted() };
    default:
      return assertNever(arrival);
  }
}
