/**
 * The browser-like control: undici's tolerant parser over the same kind of socket, with a browser's header fields. When
 * this passes and the Agent's exact bytes do not, header policies or parser strictness are the difference.
 */
import type { Socket } from 'node:net';
import type { Client } from 'undici';
import type { Failure } from '../model/failure.js';
import type { HttpRoundTripObservation } from '../model/observation.js';
import { classifyError, failureOf } from './classify.js';
import type { NetContext, StepLabel } from './context.js';
import { KEPT_BODY, MAX_BODY, MAX_HEAD } from './http-framing.js';
import { afterPoll, peerOf } from './socket.js';
import { browserHeaders, hostAndPort } from './shapes.js';
import { StepClock } from './step.js';

export interface BrowserInput {
  /** Ready for the request; used up. The caller destroys it. */
  readonly socket: Socket;
  readonly host: string;
  /** Shown in Host when not 443. */
  readonly port?: number;
  readonly path: string;
}

type ClientClass = typeof Client;

interface ClientAnswer {
  status: number | null;
  headers: readonly (readonly [string, string])[];
  receivedAt: string | null;
  body: Buffer[];
  bodyBytes: number;
  failure: Failure | null;
}

/** `rawHead` stays empty: undici hands over parsed fields only, and they are in `headers` as sent. */
export async function roundTripBrowser(
  ctx: NetContext,
  label: StepLabel,
  input: BrowserInput,
): Promise<HttpRoundTripObservation> {
  // Loaded before the clock starts: it takes longer than many a round trip.
  const undici = await import('undici');
  const step = new StepClock(ctx, label, 'http_round_trip');
  const blocked = step.blocked();
  const answer: ClientAnswer = {
    status: null,
    headers: [],
    receivedAt: null,
    body: [],
    bodyBytes: 0,
    failure: blocked,
  };
  if (blocked === null) answer.failure = await exchange(undici.Client, ctx, step, input, answer);
  return step.save({
    ...step.base(peerOf(input.socket), answer.failure),
    method: 'GET',
    host: input.host,
    path: input.path,
    dialect: 'browser',
    rawHead: '',
    rawBody: Buffer.concat(answer.body).toString('latin1'),
    bodyBytes: answer.bodyBytes,
    status: answer.status,
    headers: answer.headers,
    closedAfterMs: null,
    endedBy: endedBy(answer),
    receivedAt: answer.receivedAt,
  });
}

/** Fills `answer` as far as it gets. */
async function exchange(
  BrowserClient: ClientClass,
  ctx: NetContext,
  step: StepClock<'http_round_trip'>,
  { socket, host, port = 443, path }: BrowserInput,
  answer: ClientAnswer,
): Promise<Failure | null> {
  const deadline = new AbortController();
  const callOff = afterPoll(step.left(), () => deadline.abort());
  let client: InstanceType<ClientClass> | null = null;
  try {
    client = new BrowserClient(`https://${hostAndPort(host, port)}`, {
      // BUGFIX: undici hangs when this callback is called synchronously.
      connect: (_options, callback) => queueMicrotask(() => callback(null, socket)),
      maxHeaderSize: MAX_HEAD,
      // One deadline, ours.
      headersTimeout: 0,
      bodyTimeout: 0,
      pipelining: 1,
    });
    client.on('connectionError', () => undefined);
    const response = await client.request({
      method: 'GET',
      path,
      headers: Object.fromEntries(browserHeaders()),
      responseHeaders: 'raw',
      signal: AbortSignal.any([deadline.signal, step.signal]),
    });
    answer.status = response.statusCode;
    answer.headers = rawFields(response.headers);
    answer.receivedAt = ctx.wallClock().toISOString();
    let kept = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      answer.bodyBytes += chunk.length;
      if (kept < KEPT_BODY) answer.body.push(Buffer.from(chunk.subarray(0, KEPT_BODY - kept)));
      kept += chunk.length;
      if (answer.bodyBytes > MAX_BODY) {
        return failureOf('response_too_large', step.operation, null, 'the body of the answer is too large');
      }
    }
    return null;
  } catch (error) {
    if (step.signal.aborted) return step.interrupted();
    if (deadline.signal.aborted) return step.timedOut('complete answer');
    return classifyError(socket.errored ?? error, step.operation);
  } finally {
    callOff();
    void client?.destroy().catch(() => undefined);
  }
}

function endedBy({ failure, headers, bodyBytes }: ClientAnswer): HttpRoundTripObservation['endedBy'] {
  if (failure?.kind === 'generic_timeout_error') return 'timeout';
  if (failure?.kind === 'response_too_large') return 'cap';
  if (failure !== null) return 'none';
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  if (names.has('transfer-encoding')) return 'chunked';
  if (names.has('content-length')) return 'length';
  return bodyBytes > 0 ? 'close' : 'no_body';
}

/** undici's raw form: a flat list of names and values, as Buffers or strings. */
function rawFields(raw: unknown): [string, string][] {
  if (!Array.isArray(raw)) return [];
  const text = (value: unknown): string =>
    Buffer.isBuffer(value) ? value.toString('latin1') : typeof value === 'string' ? value : '';
  const fields: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) fields.push([text(raw[i]), text(raw[i + 1])]);
  return fields;
}
