/** Serves one client connection as an HTTP proxy: reads CONNECT, asks the behaviour, answers, relays. */
import type { Socket } from 'node:net';
import {
  BAD_REQUEST,
  DENIED,
  UNREACHABLE,
  type ConnectRequest,
  type HttpProxyBehaviour,
  type ProxyPlan,
} from './http-behaviours.js';
import { reach, splice } from './relay.js';
import type { ProxyEvent, ProxyOptions } from './types.js';

const MAX_HEAD_BYTES = 16_384;

export function serveHttpProxy(
  socket: Socket,
  options: ProxyOptions,
  behaviour: HttpProxyBehaviour,
  log: (event: ProxyEvent) => void,
): void {
  let received = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf('\r\n\r\n');
    // Not ASCII: TLS or SOCKS on an HTTP port. A real proxy waits for a line or answers 400; answering tells more.
    const foreign = (received[0] ?? 0x41) < 0x20;
    if (end === -1 && received.length < MAX_HEAD_BYTES && !foreign) return;
    socket.off('data', onData);
    socket.pause();
    const head = end === -1 || foreign ? null : received.subarray(0, end).toString('latin1');
    const early = end === -1 ? Buffer.alloc(0) : received.subarray(end + 4);
    void answer(socket, options, behaviour, head, early, log);
  };
  socket.on('data', onData);
}

async function answer(
  socket: Socket,
  options: ProxyOptions,
  behaviour: HttpProxyBehaviour,
  head: string | null,
  early: Buffer,
  log: (event: ProxyEvent) => void,
): Promise<void> {
  const request = head === null ? null : parseConnect(head, options);
  const plan = choosePlan(request, options, behaviour);
  const note = (status: number | null): void =>
    log({
      remote: socket.remoteAddress ?? '',
      target: request && `${request.host}:${request.port}`,
      answer: status,
      credentials: request?.credentials ?? 'none',
      request: withoutCredentials(head ?? '').slice(0, 4096),
    });
  if (plan.end !== 'relay' || request === null) {
    note(plan.status);
    return finish(socket, plan);
  }
  const reached = await reach(options, request.host, request.port);
  if (!reached.ok) {
    note(UNREACHABLE.status);
    return finish(socket, UNREACHABLE);
  }
  note(plan.status);
  if (socket.destroyed) {
    reached.socket.destroy();
    return;
  }
  socket.write(plan.bytes, 'latin1');
  splice(socket, reached.socket, early);
}

function choosePlan(request: ConnectRequest | null, options: ProxyOptions, behaviour: HttpProxyBehaviour): ProxyPlan {
  if (request === null) return BAD_REQUEST;
  if (options.denyHosts?.includes(request.host.toLowerCase()) === true) return DENIED;
  return behaviour.plan(request);
}

function finish(socket: Socket, plan: ProxyPlan): void {
  socket.resume();
  const { onTunnelBytes } = plan;
  if (onTunnelBytes !== undefined) {
    socket.write(plan.bytes, 'latin1');
    socket.once('data', () => socket.end(onTunnelBytes, 'latin1'));
    return;
  }
  if (plan.end === 'reset') socket.resetAndDestroy();
  else if (plan.end === 'close') socket.end(plan.bytes, 'latin1');
  else if (plan.bytes !== '') socket.write(plan.bytes, 'latin1');
}

/** null = no CONNECT request. */
function parseConnect(head: string, options: ProxyOptions): ConnectRequest | null {
  const [requestLine = '', ...lines] = head.split('\r\n');
  const match = /^CONNECT (?:\[([0-9a-fA-F:.]+)\]|([^\s:]+)):(\d{1,5}) HTTP\/1\.[01]$/.exec(requestLine);
  if (!match) return null;
  const headers = lines.map((line): readonly [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const authorization = headers.find(([name]) => name === 'proxy-authorization')?.[1];
  return {
    host: match[1] ?? match[2] ?? '',
    port: Number(match[3]),
    headers,
    credentials: judgeCredentials(authorization, options),
  };
}

function judgeCredentials(authorization: string | undefined, options: ProxyOptions): ConnectRequest['credentials'] {
  if (authorization === undefined) return 'none';
  const { user, password } = options.credentials ?? { user: 'user', password: 'secret' };
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return authorization === expected ? 'right' : 'wrong';
}

function withoutCredentials(head: string): string {
  return head.replace(/^(proxy-authorization:\s*\S+\s+).*$/gim, '$1[hidden]');
}
