/**
 * The browser-like control: undici's tolerant parser over the same kind of socket, with a browser's header fields. When
 * this passes and the Agent's exact bytes do not, header policies or parser strictness are the difference.
 */
import type { Socket } from 'node:net';
import type { Failure } from '../model/failure.js';
import type { HttpRoundTripObservation } from '../model/observation.js';
import { classifyError, failureOf } from './classify.js';
import type { NetContext, StepLabel } from './context.js';
import { KEPT_BODY, MAX_BODY, MAX_HEAD } from './http-framing.js';
import { peerOf } from './socket.js';
import { browserHeaders } from './shapes.js';
import { StepClock } from './step.js';

export interface BrowserInput {
  /** Ready for the request; used up. The caller destroys it. */
  readonly socket: Socket;
  readonly host: string;
  /** Shown in Host when not 443. */
  readonly port?: number;
  readonly path: string;
}

/** `rawHead` stays empty: undici hands over parsed fields only, and they are in `headers` as sent. */
export async function roundTripBrowser(
  ctx: NetContext,
  label: StepLabel,
  input: BrowserInput,
): Promise<HttpRoundTripObservation> {
  const step = new StepClock(ctx, label, 'http_round_trip');
  const answer = {
    status: null as number | null,
    headers: [] as [string, string][],
    receivedAt: null as string | null,
  };
  const body: Buffer[] = [];
  let kept = 0;
  let bodyBytes = 0;
  let failure: Failure | null = step.blocked();
  let complete = false;

  if (failure === null) {
    const { Client } = await import('undici');
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), step.left());
    const authority = input.host.includes(':') ? `[${input.host}]` : input.host;
    const client = new Client(`https://${authority}:${String(input.port ?? 443)}`, {
      // BUGFIX: undici hangs when this callback is called synchronously.
      connect: (_options, callback) => queueMicrotask(() => callback(null, input.socket)),
      maxHeaderSize: MAX_HEAD,
      // One deadline, ours.
      headersTimeout: 0,
      bodyTimeout: 0,
      pipelining: 1,
    });
    client.on('connectionError', () => undefined);
    try {
      const response = await client.request({
        method: 'GET',
        path: input.path,
        headers: Object.fromEntries(browserHeaders()),
        responseHeaders: 'raw',
        signal: AbortSignal.any([deadline.signal, step.signal]),
      });
      answer.status = response.statusCode;
      answer.headers = rawFields(response.headers);
      answer.receivedAt = ctx.wallClock().toISOString();
      for await (const chunk of response.body as AsyncIterable<Buffer>) {
        bodyBytes += chunk.length;
        if (kept < KEPT_BODY) body.push(Buffer.from(chunk.subarray(0, KEPT_BODY - kept)));
        kept += chunk.length;
        if (bodyBytes > MAX_BODY) {
          failure = failureOf('response_too_large', step.operation, null, 'the body of the answer is too large');
          break;
        }
      }
      complete = failure === null;
    } catch (error) {
      if (step.signal.aborted) failure = step.interrupted();
      else if (deadline.signal.aborted) failure = step.timedOut('complete answer');
      else
        failure = input.socket.errored
          ? classifyError(input.socket.errored, step.operation)
          : classifyError(error, step.operation);
    } finally {
      clearTimeout(timer);
      void client.destroy().catch(() => undefined);
    }
  }
  const timedOut = failure?.kind === 'generic_timeout_error';
  return step.save({
    ...step.base(peerOf(input.socket), failure),
    method: 'GET',
    host: input.host,
    path: input.path,
    dialect: 'browser',
    rawHead: '',
    rawBody: Buffer.concat(body).toString('latin1'),
    bodyBytes,
    status: answer.status,
    headers: answer.headers,
    closedAfterMs: null,
    endedBy: complete
      ? endedBy(answer.headers, bodyBytes)
      : timedOut
        ? 'timeout'
        : failure?.kind === 'response_too_large'
          ? 'cap'
          : 'none',
    receivedAt: answer.receivedAt,
  });
}

function endedBy(
  headers: readonly (readonly [string, string])[],
  bodyBytes: number,
): HttpRoundTripObservation['endedBy'] {
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
