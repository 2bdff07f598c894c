/** The WebSocket upgrade (RFC 6455 §4) in the Agent's exact bytes; the raw reply is kept for its strict parser. */
import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Failure } from '../model/failure.js';
import type { WebSocketUpgradeObservation } from '../model/observation.js';
import type { Dialect } from '../model/route.js';
import { failureOf } from './classify.js';
import type { NetContext, Step, StepLabel } from './context.js';
import { splitsLineEnd } from './http-framing.js';
import { headerOf, endOfHead, looksLikeHttp, readHead, type HttpHead } from './http-head.js';
import type { RawWebSocket } from './raw-websocket.js';
import { MAX_EXCERPT, readRefusalPage } from './refusal-page.js';
import { aclkUpgrade, browserUpgrade } from './shapes.js';
import { peerOf, Wire } from './socket.js';
import { StepClock } from './step.js';
import { unacknowledgedIn } from './unacknowledged.js';

export { upgradeBrowser } from './websocket-browser.js';
export type { RawWebSocket } from './raw-websocket.js';

export interface UpgradeInput {
  /** Ready for the request. Belongs to the handle afterwards; destroyed when there is none. */
  readonly socket: Socket;
  readonly host: string;
  readonly path: string;
  readonly dialect: Dialect;
  /** Origin that the Agent's version sends; absent = an empty one, as the newest does. */
  readonly origin?: string;
}

/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const MAX_HEAD = 64 * 1024;

interface Reply {
  readonly raw: Buffer;
  readonly headBytes: number;
  readonly head: HttpHead | null;
  readonly failure: Failure | null;
  readonly lineEndSplits: number;
}

/** Asks for the upgrade. The handle is given for any 101: what the Agent thinks of it is judged from the raw head. */
export async function upgradeRaw(
  ctx: NetContext,
  label: StepLabel,
  input: UpgradeInput,
): Promise<Step<WebSocketUpgradeObservation, RawWebSocket>> {
  const { socket, host, path, dialect } = input;
  const step = new StepClock(ctx, label, 'websocket_upgrade');
  const key = randomBytes(16).toString('base64');
  const wire = new Wire(socket, step);
  const blocked = step.blocked();
  let reply: Reply = { raw: Buffer.alloc(0), headBytes: 0, head: null, failure: blocked, lineEndSplits: 0 };
  if (blocked === null) {
    wire.write(dialect === 'browser' ? browserUpgrade(host, key, path) : aclkUpgrade(host, key, path, input.origin));
    reply = await readReply(wire, step);
  }
  const receivedAt = reply.head === null ? null : ctx.wallClock().toISOString();
  const failure = reply.failure ?? judge(reply.head);
  const behind = reply.raw.subarray(reply.headBytes);
  const body = failure === null || reply.head === null ? behind : await readRefusalPage(wire, behind, reply.head);
  wire.release(failure === null ? behind : undefined);
  const lost = await unacknowledgedIn(failure, socket);
  if (failure !== null) socket.destroy();

  const observation = step.save<WebSocketUpgradeObservation>({
    ...step.base(peerOf(socket), failure),
    ...lost,
    host,
    path,
    dialect,
    key,
    rawHead: reply.raw.subarray(0, reply.headBytes === 0 ? MAX_HEAD : reply.headBytes).toString('latin1'),
    bodyExcerpt: failure === null || reply.headBytes === 0 ? '' : body.subarray(0, MAX_EXCERPT).toString('latin1'),
    status: reply.head?.status ?? null,
    headers: reply.head?.headers ?? [],
    acceptedByRfc: reply.head !== null && accepted(reply.head, key),
    receivedAt,
    ...(reply.lineEndSplits === 0 ? {} : { lineEndSplits: reply.lineEndSplits }),
  });
  return { observation, handle: failure === null ? { socket, host, path } : null };
}

/** Sec-WebSocket-Accept that belongs to a key. */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${GUID}`).digest('base64');
}

function accepted(head: HttpHead, key: string): boolean {
  const tokens = (name: string): string[] =>
    (headerOf(head.headers, name) ?? '').split(',').map((token) => token.trim().toLowerCase());
  return (
    head.status === 101 &&
    tokens('upgrade').includes('websocket') &&
    tokens('connection').includes('upgrade') &&
    headerOf(head.headers, 'sec-websocket-accept') === acceptOf(key)
  );
}

async function readReply(wire: Wire, step: StepClock<'websocket_upgrade'>): Promise<Reply> {
  let raw = Buffer.alloc(0);
  let lineEndSplits = 0;
  const ended = (failure: Failure): Reply => ({ raw, headBytes: 0, head: null, failure, lineEndSplits });
  for (let start = 0; ;) {
    const arrival = await wire.next();
    switch (arrival.kind) {
      case 'bytes':
        if (splitsLineEnd(raw, arrival.bytes)) lineEndSplits += 1;
        raw = Buffer.concat([raw, arrival.bytes]);
        break;
      case 'fin': {
        const within = raw.length === 0 ? 'without an answer' : 'within the answer';
        return ended(failureOf('eof_error', step.operation, null, `the peer closed the connection ${within}`));
      }
      case 'failed':
        return ended(arrival.failure);
      case 'interrupted':
        return ended(step.interrupted());
      case 'silence':
        return ended(step.timedOut('complete answer to the upgrade'));
    }
    if (!looksLikeHttp(raw)) {
      return ended(failureOf('http_malformed', step.operation, null, 'the answer does not begin with HTTP/'));
    }
    for (let end = endOfHead(raw, start); end !== -1; end = endOfHead(raw, start)) {
      const head = readHead(raw.subarray(start, end).toString('latin1'));
      if (head === null) {
        return ended(failureOf('http_malformed', step.operation, null, 'the status line cannot be read'));
      }
      if (head.status >= 200 || head.status === 101) {
        return { raw, headBytes: end, head, failure: null, lineEndSplits };
      }
      start = end;
    }
    if (raw.length > MAX_HEAD) {
      return ended(failureOf('response_too_large', step.operation, null, 'the head of the answer exceeds 64 KiB'));
    }
  }
}

function judge(head: HttpHead | null): Failure | null {
  if (head?.status === 101) return null;
  const status = String(head?.status ?? 0);
  return failureOf('websocket_upgrade_refused', 'websocket_upgrade', status, `the upgrade was answered ${status}`);
}
