/**
 * Holds an upgraded connection open: finds idle time-outs and tunnel lifetimes (agent-behaviour.md T26). A path that
 * forgets a connection silently shows only when something is sent, so the hold ends with one WebSocket ping.
 * Limit: a server that closes connections which never send CONNECT looks like a middlebox that does.
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
  /** Send a ping every so often; default: none before the end. */
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
  let outcome: { endedBy: HoldObservation['endedBy']; failure: Failure | null } | null = null;

  /** Sends a ping and waits for its pong; null when it came. */
  const isAlive = async (): Promise<typeof outcome> => {
    pings += 1;
    reader.send(OPCODE.ping, Buffer.from(`hold-${String(pings)}`));
    const until = step.now() + step.timeoutMs;
    for (;;) {
      const arrival = await reader.next(Math.max(0, until - step.now()));
      if (arrival.kind === 'frame' && arrival.frame.opcode === OPCODE.pong) return null;
      if (arrival.kind === 'silence') return { endedBy: 'silence', failure: step.timedOut('pong') };
      const ended = endOf(arrival, step);
      if (ended !== null) return ended;
    }
  };

  while (outcome === null) {
    const left = beganMs + durationMs - step.now();
    if (left <= 0) break;
    const arrival = await reader.next(Math.min(left, pingEveryMs ?? left));
    if (arrival.kind !== 'silence') outcome = endOf(arrival, step);
    else if (pingEveryMs !== undefined) outcome = await isAlive();
  }
  const heldMs = step.now() - beganMs;
  outcome ??= await isAlive();
  reader.release();
  return step.save({
    ...step.base(peerOf(ws.socket), outcome?.failure ?? null),
    host: input.host ?? ws.host,
    port: input.port ?? 443,
    plannedMs: durationMs,
    heldMs,
    pings,
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
