/** The browser-like control for the upgrade, by the ws package: does a common client get through where ours does not? */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ClientOptions, WebSocket } from 'ws';
import type { Failure } from '../model/failure.js';
import type { WebSocketUpgradeObservation } from '../model/observation.js';
import { classifyError, failureOf } from './classify.js';
import type { NetContext, StepLabel } from './context.js';
import { BROWSER_USER_AGENT, hostAndPort } from './shapes.js';
import { MAX_EXCERPT, PAGE_WAIT_MS } from './refusal-page.js';
import { afterPoll, peerOf } from './socket.js';
import { StepClock } from './step.js';

export interface BrowserUpgradeInput {
  /** Ready for the request; used up. The caller destroys it. */
  readonly socket: Socket;
  readonly host: string;
  readonly port?: number;
  readonly path: string;
}

/** `rawHead` stays empty: the package hands over parsed fields only. The connection is closed afterwards. */
export async function upgradeBrowser(
  ctx: NetContext,
  label: StepLabel,
  input: BrowserUpgradeInput,
): Promise<WebSocketUpgradeObservation> {
  // Loaded before the clock starts.
  const ws = await import('ws');
  const step = new StepClock(ctx, label, 'websocket_upgrade');
  const address = peerOf(input.socket);
  const blocked = step.blocked();
  const answer = blocked === null ? await attempt(ws.WebSocket, step, input) : { ...NOTHING, failure: blocked };
  input.socket.destroy();
  return step.save({
    ...step.base(address, answer.failure),
    host: input.host,
    path: input.path,
    dialect: 'browser',
    key: answer.key,
    rawHead: '',
    bodyExcerpt: answer.body,
    status: answer.response?.statusCode ?? null,
    headers: answer.response === null ? [] : pairs(answer.response.rawHeaders),
    acceptedByRfc: answer.failure === null,
    receivedAt: answer.response === null ? null : ctx.wallClock().toISOString(),
  });
}

interface HandshakeResult {
  readonly key: string;
  readonly response: IncomingMessage | null;
  readonly body: string;
  readonly failure: Failure | null;
}

type WebSocketClass = typeof WebSocket;

const NOTHING: HandshakeResult = { key: '', response: null, body: '', failure: null };

async function attempt(
  BrowserSocket: WebSocketClass,
  step: StepClock<'websocket_upgrade'>,
  input: BrowserUpgradeInput,
): Promise<HandshakeResult> {
  return new Promise((resolve) => {
    let key = '';
    let response: IncomingMessage | null = null;
    const options: ClientOptions = {
      createConnection: () => input.socket,
      headers: { 'User-Agent': BROWSER_USER_AGENT, Origin: `https://${input.host}` },
      perMessageDeflate: false,
      maxPayload: 64 * 1024,
      finishRequest: (request) => {
        key = String(request.getHeader('sec-websocket-key') ?? '');
        request.end();
      },
    };
    let client: WebSocket;
    try {
      client = new BrowserSocket(`wss://${hostAndPort(input.host, input.port ?? 443)}${input.path}`, ['mqtt'], options);
    } catch (error) {
      // A host or path, perhaps from /env, that makes no URL.
      resolve({ ...NOTHING, failure: classifyError(error, step.operation) });
      return;
    }
    const finish = (failure: Failure | null, body = ''): void => {
      callOff();
      step.signal.removeEventListener('abort', onAbort);
      client.removeAllListeners();
      client.on('error', () => undefined);
      client.terminate();
      resolve({ key, response, body, failure });
    };
    const onAbort = (): void => finish(step.interrupted());
    const callOff = afterPoll(step.left(), () => finish(step.timedOut('complete answer to the upgrade')));
    step.signal.addEventListener('abort', onAbort, { once: true });
    client.on('upgrade', (upgraded) => {
      response = upgraded;
    });
    client.on('open', () => finish(null));
    client.on('unexpected-response', (_request, refused) => {
      response = refused;
      const status = String(refused.statusCode ?? 0);
      const failure = failureOf(
        'websocket_upgrade_refused',
        step.operation,
        status,
        `the upgrade was answered ${status}`,
      );
      void readPage(refused).then((body) => finish(failure, body));
    });
    client.on('error', (error) => {
      // ws reports a wrong accept value or protocol as plain errors behind a 101.
      const failure = classifyError(input.socket.errored ?? error, step.operation);
      const malformed = response !== null && failure.kind === 'unknown_failure';
      finish(malformed ? failureOf('websocket_malformed', step.operation, failure.rawCode, failure.detail) : failure);
    });
  });
}

async function readPage(response: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    let page = '';
    const done = (): void => {
      clearTimeout(timer);
      resolve(page.slice(0, MAX_EXCERPT));
    };
    const timer = setTimeout(done, PAGE_WAIT_MS);
    response.on('data', (bytes: Buffer) => {
      page += bytes.toString('latin1');
      if (page.length >= MAX_EXCERPT) done();
    });
    response.on('end', done);
    response.on('error', done);
  });
}

function pairs(raw: readonly string[]): [string, string][] {
  const fields: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) fields.push([raw[i] ?? '', raw[i + 1] ?? '']);
  return fields;
}
