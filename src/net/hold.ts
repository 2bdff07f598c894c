/**
 * Holds an upgraded connection open: finds idle time-outs and tunnel lifetimes (docs/reference/agent.md#t26). A path
 * that forgets a connection silently shows only when something is sent, so the hold ends with one WebSocket ping.
 * Limit: a server that closes connections which never send CONNECT looks like a middlebox that does. A second link, kept
 * busy with pings from the start, tells them apart (agent/predict/idle-cut.ts).
 */
import { assertNever } from '../model/errors.js';
import type { Failure } from '../model/failure.js';
import type { HoldObservation } from '../model/observation.js';
import { failureOf } from './classify.js';
import type { NetContext, StepLabel } from './context.js';
import { closeCodeOf, FrameReader, type FrameArrival, type RawWebSocket } from './raw-websocket.js';
import { peerOf } from './socket.js';
import { StepClock } from './step.js';
import { OPCODE } from './ws-frame.js';

export interface HoldInput {
  readonly ws: RawWebSocket;
  readonly host?: string;
  readonly port?: number;
  /** How long to hold, ms. The step deadline bounds only the wait for pongs; an abort ends the hold. */
  readonly durationMs: number;
  /** Keep it busy: a ping at once, and then every so often; default: none before the end. */
  readonly pingEveryMs?: number;
}

export async function holdIdle(ctx: NetContext, label: StepLabel, input: HoldInput): Promise<HoldObservation> {
  const step = new StepClock(ctx, label, 'hold');
  const { durationMs, pingEveryMs, ws } = input;
  const beganMs = step.now();
  // Reads are bounded by the hold, not by one step deadline.
  const reader = new FrameReader(ws, {
    operation: 'hold',
    signal: step.signal,
    left: () => Number.MAX_SAFE_INTEGER,
  });
  let pings = 0;
  let pongs = 0;
  let heldMs: number | null = null;
  let outcome: { endedBy: HoldObservation['endedBy']; failure: Failure | null } | null = null;

  /** Sends a ping and waits for its pong; null when it came. `heldMs` is then the time of the ping. */
  const ping = async (waitMs: number): Promise<typeof outcome> => {
    pings += 1;
    reader.send(OPCODE.ping, Buffer.from(`hold-${String(pings)}`));
    const sentMs = step.now();
    for (;;) {
      const arrival = await reader.next(Math.max(0, sentMs + waitMs - step.now()));
      if (arrival.kind === 'frame' && arrival.frame.opcode === OPCODE.pong) {
        pongs += 1;
        return null;
      }
      if (arrival.kind === 'silence') {
        heldMs = sentMs - beganMs;
        return { endedBy: 'silence', failure: step.timedOut('pong') };
      }
      const ended = endOf(arrival, step);
      if (ended !== null) return ended;
    }
  };

  /** A peer that has never answered a ping is not taken for a dead path: the pings still keep the link busy. */
  const keepBusy = async (everyMs: number): Promise<typeof outcome> => {
    const ended = await ping(pongs > 0 ? step.timeoutMs : pings === 0 ? Math.min(everyMs, step.timeoutMs) : 0);
    return ended?.endedBy === 'silence' && pongs === 0 ? null : ended;
  };

  if (pingEveryMs !== undefined) outcome = await keepBusy(pingEveryMs);
  while (outcome === null) {
    const left = beganMs + durationMs - step.now();
    if (left <= 0) break;
    const arrival = await reader.next(Math.min(left, pingEveryMs ?? left));
    if (arrival.kind === 'frame' && arrival.frame.opcode === OPCODE.pong) pongs += 1;
    if (arrival.kind !== 'silence') outcome = endOf(arrival, step);
    else if (pingEveryMs !== undefined) outcome = await keepBusy(pingEveryMs);
  }
  if (outcome?.endedBy !== 'silence') heldMs = step.now() - beganMs;
  const livedMs = heldMs ?? step.now() - beganMs;
  if (outcome === null) outcome = pingEveryMs === undefined ? await ping(step.timeoutMs) : await keepBusy(pingEveryMs);
  reader.release();
  return step.save({
    ...step.base(peerOf(ws.socket), outcome?.failure ?? null),
    host: input.host ?? ws.host,
    port: input.port ?? 443,
    plannedMs: durationMs,
    heldMs: livedMs,
    pings,
    pongs,
    endedBy: outcome?.endedBy ?? 'us',
  });
}

/** How the hold ended, or null when this was only traffic. */
function endOf(
  arrival: Exclude<FrameArrival, { kind: 'silence' }>,
  step: StepClock<'hold'>,
): { endedBy: HoldObservation['endedBy']; failure: Failure | null } | null {
  switch (arrival.kind) {
    case 'frame': {
      if (arrival.frame.opcode !== OPCODE.close) return null;
      const code = String(closeCodeOf(arrival.frame));
      return { endedBy: 'ws_close', failure: failureOf('websocket_closed', 'hold', code, `closed with code ${code}`) };
    }
    case 'fin':
      return { endedBy: 'fin', failure: failureOf('eof_error', 'hold', null, 'the peer closed the connection') };
    case 'reset':
      return { endedBy: 'reset', failure: arrival.failure };
    case 'too_large':
      return { endedBy: 'us', failure: arrival.failure };
    case 'interrupted':
      return { endedBy: 'us', failure: step.interrupted() };
    default:
      return assertNever(arrival);
  }
}
