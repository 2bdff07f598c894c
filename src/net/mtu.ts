/**
 * A request that needs several full-size segments: finds paths where small packets pass and full ones vanish (MTU black
 * holes). Where the kernel does not tell what was acknowledged (unacknowledged.ts), the proof is an answer: the padding is in the header, and no server answers before it has read the header or given up on its size.
 * A small request on the same connection comes first: only where that is answered does silence about the large one mean
 * that full segments do not arrive. An answer of any status = they do. A peer that stays silent about the small one too,
 * or that closes without an answer, proves neither: `acknowledged` is null.
 */
import type { Socket } from 'node:net';
import type { Failure } from '../model/failure.js';
import type { FullSizeWriteObservation, Unacknowledged } from '../model/observation.js';
import { failureOf } from './classify.js';
import type { NetContext, StepLabel } from './context.js';
import { AnswerReader } from './http-framing.js';
import { hostAndPort } from './shapes.js';
import { peerOf, Wire } from './socket.js';
import { StepClock } from './step.js';
import { unacknowledgedIn } from './unacknowledged.js';

export interface FullSizeWriteInput {
  /** Inside TLS, ready for a request; used up. The caller destroys it. */
  readonly socket: Socket;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Size of the request in bytes, 2 KiB to 64 KiB; default 7 KiB: five segments, below the limits of common servers. */
  readonly bytes?: number;
}

const DEFAULT_BYTES = 7 * 1024;
const LINE_BYTES = 1000;

export async function fullSizeWrite(
  ctx: NetContext,
  label: StepLabel,
  input: FullSizeWriteInput,
): Promise<FullSizeWriteObservation> {
  const step = new StepClock(ctx, label, 'full_size_write');
  const wire = new Wire(input.socket, step);
  const request = paddedGet(input);
  let acknowledged: boolean | null = null;
  let lost: Awaited<ReturnType<typeof unacknowledgedIn>> = {};
  let failure: Failure | null = step.blocked();
  const askedMs = step.now();
  if (failure === null) {
    wire.write(smallGet(input));
    failure = await answered(wire, step);
  }
  const smallMs = step.now() - askedMs;
  if (failure === null) {
    const sentMs = step.now();
    wire.write(request);
    const arrival = await wire.next();
    switch (arrival.kind) {
      case 'bytes':
        acknowledged = true;
        break;
      case 'silence':
        failure = step.timedOut('answer to a request of several full segments');
        lost = await unacknowledgedIn(failure, input.socket);
        acknowledged = arrivedBySilence(lost.unacknowledged, step.now() - sentMs, smallMs);
        break;
      case 'fin':
        failure = failureOf('eof_error', step.operation, null, 'the peer closed the connection without an answer');
        break;
      case 'failed':
        failure = arrival.failure;
        break;
      case 'interrupted':
        failure = step.interrupted();
    }
  }
  wire.release();
  return step.save({
    ...step.base(peerOf(input.socket), failure),
    ...lost,
    host: input.host,
    port: input.port,
    bytes: request.length,
    acknowledged,
  });
}

/** So many round trips without an answer, where the kernel does not tell. */
const ROUND_TRIPS = 8;
const LEAST_MS = 2000;

/** Nothing was answered: did the segments arrive? null = slowness explains the silence as well. */
export function arrivedBySilence(seen: Unacknowledged | undefined, waitedMs: number, smallMs: number): boolean | null {
  if (seen === undefined) return waitedMs >= Math.max(LEAST_MS, ROUND_TRIPS * smallMs) ? false : null;
  return seen.bytes === 0;
}

/** Reads one whole answer; null when it came and the connection can carry another request. */
async function answered(wire: Wire, step: StepClock<'full_size_write'>): Promise<Failure | null> {
  const reader = new AnswerReader('GET');
  for (;;) {
    const arrival = await wire.next();
    switch (arrival.kind) {
      case 'bytes': {
        const { state } = reader.feed(arrival.bytes);
        if (state === 'done') return null;
        if (state !== 'reading')
          return failureOf('http_malformed', step.operation, null, 'the small request has no readable answer');
        break;
      }
      case 'silence':
        return step.timedOut('answer to a small request on the same connection');
      case 'fin':
        return failureOf('eof_error', step.operation, null, 'the peer closed the connection after the small request');
      case 'failed':
        return arrival.failure;
      case 'interrupted':
        return step.interrupted();
    }
  }
}

function smallGet({ host, port, path }: FullSizeWriteInput): Buffer {
  const head = `GET ${path.replace(/[\r\n]/g, '')} HTTP/1.1\r\nHost: ${hostAndPort(host, port)}\r\nAccept: */*\r\n\r\n`;
  return Buffer.from(head, 'latin1');
}

/** A GET with header fields of about 1 KB each; single lines that long pass every common server. */
function paddedGet({ host, port, path, bytes = DEFAULT_BYTES }: FullSizeWriteInput): Buffer {
  const wanted = Math.min(Math.max(bytes, 2 * 1024), 64 * 1024);
  const lines = [`GET ${path.replace(/[\r\n]/g, '')} HTTP/1.1`, `Host: ${hostAndPort(host, port)}`, 'Accept: */*'];
  let size = lines.join('\r\n').length + 4;
  for (let i = 1; size < wanted; i += 1) {
    const name = `X-Padding-${String(i)}: `;
    const value = 'x'.repeat(Math.max(1, Math.min(LINE_BYTES, wanted - size) - name.length - 2));
    lines.push(name + value);
    size += name.length + value.length + 2;
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
