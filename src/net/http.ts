/** One HTTP exchange over an open socket: the exact bytes given, the raw bytes that came back, and how it ended. */
import type { Socket } from 'node:net';
import { assertNever } from '../model/errors.js';
import type { Failure } from '../model/failure.js';
import type { HttpRoundTripObservation } from '../model/observation.js';
import type { Dialect } from '../model/route.js';
import { failureOf } from './classify.js';
import type { NetContext, StepLabel } from './context.js';
import { AnswerReader, type Framing } from './http-framing.js';
import { headerOf } from './http-head.js';
import { peerOf, Wire, type Arrival } from './socket.js';
import { StepClock } from './step.js';
import { unacknowledgedIn } from './unacknowledged.js';

export { roundTripBrowser } from './http-browser.js';

export interface RoundTripInput {
  /** Ready for the request. The caller destroys it. */
  readonly socket: Socket;
  /** Bytes to send (shapes.ts). */
  readonly request: Buffer;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly dialect: Dialect;
}

/**
 * docs/reference/agent.md#t12: a close that comes within this time of the answer can make the Agent discard it; later
 * ones do no harm.
 */
const CLOSE_WATCH_MS = 350;

type EndedBy = HttpRoundTripObservation['endedBy'];

/**
 * Sends and reads until the answer is complete. Waits for a close only when one is announced (`Connection: close`,
 * HTTP/1.0), so that a healthy exchange returns with its last byte; a close that is already there is always seen.
 */
export async function roundTripRaw(
  ctx: NetContext,
  label: StepLabel,
  input: RoundTripInput,
): Promise<HttpRoundTripObservation> {
  const step = new StepClock(ctx, label, 'http_round_trip');
  const wire = new Wire(input.socket, step);
  const reader = new AnswerReader(input.method);
  let receivedAt: string | null = null;
  let lastByteMs: number | null = null;
  let closedAfterMs: number | null = null;
  let ending: { endedBy: EndedBy; failure: Failure | null } | null = null;

  const blocked = step.blocked();
  if (blocked === null) wire.write(input.request);
  else ending = { endedBy: 'none', failure: blocked };

  while (ending === null) {
    const arrival = await wire.next();
    if (arrival.kind === 'bytes') {
      lastByteMs = step.now();
      const framing = reader.feed(arrival.bytes);
      if (reader.head !== null) receivedAt ??= ctx.wallClock().toISOString();
      ending = endOf(framing);
      if (ending?.failure === null) closedAfterMs = await watchClose(wire, step, reader, lastByteMs);
    } else {
      ending = brokenBy(arrival, reader, step);
      if (arrival.kind === 'fin' && lastByteMs !== null) closedAfterMs = step.now() - lastByteMs;
    }
  }
  wire.release();
  const lost = await unacknowledgedIn(ending.failure, input.socket);
  if (ending.endedBy === 'cap') input.socket.destroy();

  return step.save({
    ...step.base(peerOf(input.socket), ending.failure),
    ...lost,
    method: input.method,
    host: input.host,
    path: input.path,
    dialect: input.dialect,
    rawHead: reader.rawHead,
    rawBody: reader.rawBody,
    bodyBytes: reader.bodyBytes,
    status: reader.head?.status ?? null,
    headers: reader.head?.headers ?? [],
    closedAfterMs,
    endedBy: ending.endedBy,
    receivedAt,
    ...(reader.lineEndSplits === 0 ? {} : { lineEndSplits: reader.lineEndSplits }),
  });
}

function endOf(framing: Framing): { endedBy: EndedBy; failure: Failure | null } | null {
  switch (framing.state) {
    case 'reading':
      return null;
    case 'done':
      return { endedBy: framing.endedBy, failure: null };
    case 'malformed':
      return { endedBy: 'none', failure: failureOf('http_malformed', 'http_round_trip', null, framing.why) };
    case 'too_large': {
      const detail = `the ${framing.what} of the answer is too large`;
      return { endedBy: 'cap', failure: failureOf('response_too_large', 'http_round_trip', null, detail) };
    }
    default:
      return assertNever(framing);
  }
}

/** The answer did not end by itself. */
function brokenBy(
  arrival: Exclude<Arrival, { kind: 'bytes' }>,
  reader: AnswerReader,
  step: StepClock<'http_round_trip'>,
): { endedBy: EndedBy; failure: Failure | null } {
  switch (arrival.kind) {
    case 'fin': {
      if (reader.untilClose) return { endedBy: 'close', failure: null };
      const within = reader.rawHead === '' ? 'without an answer' : 'within the answer';
      const detail = `the peer closed the connection ${within}`;
      return { endedBy: 'close', failure: failureOf('eof_error', step.operation, null, detail) };
    }
    case 'failed':
      return { endedBy: 'none', failure: arrival.failure };
    case 'interrupted':
      return { endedBy: 'none', failure: step.interrupted() };
    case 'silence':
      return { endedBy: 'timeout', failure: step.timedOut('complete answer') };
    default:
      return assertNever(arrival);
  }
}

/** ms from the last byte to the peer's FIN or close_notify, or null while it stays open. */
async function watchClose(
  wire: Wire,
  step: StepClock<'http_round_trip'>,
  reader: AnswerReader,
  lastByteMs: number,
): Promise<number | null> {
  const connection = headerOf(reader.head?.headers ?? [], 'connection') ?? '';
  const announced = /\bclose\b/i.test(connection) || reader.head?.version === '1.0';
  // A close_notify that came together with the answer takes a few turns of the event loop through the TLS layers.
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  const until = performance.now() + (announced ? CLOSE_WATCH_MS : 0);
  for (;;) {
    const arrival = await wire.next(Math.max(0, until - performance.now()));
    if (arrival.kind === 'fin' || arrival.kind === 'failed') return Math.max(0, step.now() - lastByteMs);
    if (arrival.kind !== 'bytes') return null;
  }
}
