/**
 * A tunnel by HTTP CONNECT (RFC 9110 §9.3.6). The raw reply is kept for the Agent's own acceptance rules; for the
 * handle any 2xx is accepted, as libcurl does. An interim 1xx ends the attempt, as it does for both of the Agent's
 * clients (docs/reference/agent.md#connect).
 */
import type { Socket } from 'node:net';
import type { Failure } from '../../model/failure.js';
import type { ProxyConnectObservation } from '../../model/observation.js';
import type { Dialect, ProxyEndpoint } from '../../model/route.js';
import type { Credentials } from '../../model/secret.js';
import { failureOf } from '../classify.js';
import type { NetContext, Step, StepLabel } from '../context.js';
import { endOfHead, looksLikeHttp, readHead, type HttpHead } from '../http-head.js';
import { MAX_EXCERPT, readRefusalPage } from '../refusal-page.js';
import { connectRequest, type AclkShape } from '../shapes.js';
import { peerOf, Wire } from '../socket.js';
import { StepClock } from '../step.js';
import { unacknowledgedIn } from '../unacknowledged.js';

export interface TunnelInput {
  /** Connected to the proxy (through TLS for `https`). */
  readonly socket: Socket;
  readonly proxy: ProxyEndpoint;
  readonly credentials: Credentials | null;
  readonly host: string;
  readonly port: number;
  readonly dialect: Dialect;
  /** Of the Agent's version; absent = the newest. */
  readonly shape?: AclkShape;
}

const MAX_HEAD = 16 * 1024;

interface Reply {
  readonly raw: Buffer;
  readonly head: HttpHead | null;
  /** Bytes of `raw` that belong to the head(s). */
  readonly headBytes: number;
  readonly failure: Failure | null;
  readonly cuts: readonly number[];
  readonly longestSilenceMs: number;
}

/** A reply that trickles in byte by byte is told by its first pieces. */
const MAX_CUTS = 64;

export async function tunnelHttp(
  ctx: NetContext,
  label: StepLabel,
  input: TunnelInput & { readonly protocol: 'http' | 'https' },
): Promise<Step<ProxyConnectObservation, Socket>> {
  const { socket, proxy, credentials, host, port, dialect, protocol } = input;
  const step = new StepClock(ctx, label, 'proxy_connect');
  const wire = new Wire(socket, step);
  const blocked = step.blocked();
  if (blocked === null) wire.write(connectRequest(dialect, host, port, credentials, input.shape));
  const reply: Reply =
    blocked === null
      ? await readReply(wire, step)
      : { raw: Buffer.alloc(0), head: null, headBytes: 0, failure: blocked, cuts: [], longestSilenceMs: 0 };
  const failure = reply.failure ?? judge(reply.head, step.operation);
  const behind = reply.raw.subarray(reply.headBytes);
  const body = failure === null || reply.head === null ? behind : await readRefusalPage(wire, behind, reply.head);
  wire.release(failure === null ? behind : undefined);
  const lost = await unacknowledgedIn(failure, socket);
  if (failure !== null) socket.destroy();

  const observation = step.save<ProxyConnectObservation>({
    ...step.base(peerOf(socket), failure),
    ...lost,
    protocol,
    proxyHost: proxy.host,
    proxyPort: proxy.port,
    dialect,
    credentialsSent: credentials !== null && credentials.user.reveal() !== '',
    requestedHost: host,
    requestedPort: port,
    resolveAt: 'proxy',
    rawReply: reply.raw.subarray(0, reply.headBytes === 0 ? MAX_HEAD : reply.headBytes).toString('latin1'),
    bytesAfterHead: reply.headBytes === 0 ? 0 : behind.length,
    ...(reply.cuts.length === 0 ? {} : { cuts: reply.cuts }),
    ...(reply.headBytes === 0 ? {} : { longestSilenceMs: Math.round(reply.longestSilenceMs) }),
    status: reply.head?.status ?? null,
    headers: reply.head?.headers ?? [],
    bodyExcerpt: failure === null ? '' : body.subarray(0, MAX_EXCERPT).toString('latin1'),
    socksMethod: null,
    socksAuthStatus: null,
    socksReply: null,
  });
  return { observation, handle: failure === null ? socket : null };
}

/** Reads until the final head is complete, or until it is clear that none will come. */
async function readReply(wire: Wire, step: StepClock<'proxy_connect'>): Promise<Reply> {
  let raw = Buffer.alloc(0);
  const cuts: number[] = [];
  let longestSilenceMs = 0;
  let lastMs = performance.now();
  const ended = (failure: Failure): Reply => ({ raw, head: null, headBytes: 0, failure, cuts, longestSilenceMs });
  for (;;) {
    const arrival = await wire.next();
    const now = performance.now();
    longestSilenceMs = Math.max(longestSilenceMs, now - lastMs);
    lastMs = now;
    switch (arrival.kind) {
      case 'bytes':
        raw = Buffer.concat([raw, arrival.bytes]);
        break;
      case 'fin':
        return ended(
          raw.length === 0
            ? failureOf('eof_error', step.operation, null, 'the proxy closed the connection without a reply')
            : failureOf('proxy_malformed_reply', step.operation, null, 'the proxy closed within its reply'),
        );
      case 'failed':
        return ended(arrival.failure);
      case 'interrupted':
        return ended(step.interrupted());
      case 'silence':
        return ended(step.timedOut('complete reply of the proxy'));
    }
    if (!looksLikeHttp(raw)) {
      return ended(
        failureOf('proxy_protocol_mismatch', step.operation, null, 'the reply to CONNECT does not begin with HTTP/'),
      );
    }
    const end = endOfHead(raw, 0);
    if (end !== -1) {
      const head = readHead(raw.subarray(0, end).toString('latin1'));
      if (head === null) {
        return ended(failureOf('proxy_malformed_reply', step.operation, null, 'the status line cannot be read'));
      }
      return await withLateBytes(wire, { raw, head, headBytes: end, cuts, longestSilenceMs });
    }
    if (cuts.length < MAX_CUTS) cuts.push(raw.length);
    if (raw.length > MAX_HEAD) {
      return ended(failureOf('response_too_large', step.operation, null, 'the head of the reply exceeds 16 KiB'));
    }
  }
}

/** Bytes that came together with the head: a body that would be read as TLS. */
async function withLateBytes(wire: Wire, reply: Omit<Reply, 'failure'>): Promise<Reply> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  const late = wire.socket.read() as Buffer | null;
  const raw = late === null ? reply.raw : Buffer.concat([reply.raw, late]);
  return { ...reply, raw, failure: null };
}

function judge(head: HttpHead | null, operation: 'proxy_connect'): Failure | null {
  const status = head?.status ?? 0;
  if (status >= 200 && status < 300) return null;
  const kind = status === 407 ? 'proxy_authentication_required' : 'proxy_refused';
  return failureOf(kind, operation, String(status), `the proxy answered ${String(status)}`);
}
