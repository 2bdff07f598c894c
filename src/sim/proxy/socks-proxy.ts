/** Serves one client connection as a SOCKS5 proxy (RFC 1928, RFC 1929). */
import type { Socket } from 'node:net';
import { reach, splice, type Reached } from './relay.js';
import { METHOD, REP, type SocksPlan, type SocksProxyBehaviour } from './socks-behaviours.js';
import type { ProxyEvent, ProxyOptions } from './types.js';

const VERSION = 5;
const AUTH_VERSION = 1;

/** Gives exactly the wanted number of bytes, or null when the client is gone. */
class Incoming {
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #wake: (() => void) | null = null;
  #ended = false;
  readonly #onData = (chunk: Buffer): void => {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    this.#wake?.();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#onData);
    socket.once('close', () => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  async take(size: number): Promise<Buffer | null> {
    while (this.#buffer.length < size) {
      if (this.#ended) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const part = this.#buffer.subarray(0, size);
    this.#buffer = this.#buffer.subarray(size);
    return part;
  }

  /** Stops reading and hands over what is left. */
  release(): Buffer {
    this.#socket.off('data', this.#onData);
    this.#socket.pause();
    return this.#buffer;
  }
}

export async function serveSocksProxy(
  socket: Socket,
  options: ProxyOptions,
  behaviour: SocksProxyBehaviour,
  log: (event: ProxyEvent) => void,
): Promise<void> {
  const incoming = new Incoming(socket);
  const { plan } = behaviour;
  const note = (
    target: string | null,
    answer: number | null,
    credentials: ProxyEvent['credentials'],
    request: string,
  ): void => log({ remote: socket.remoteAddress ?? '', target, answer, credentials, request });

  const greeting = await incoming.take(2);
  if (greeting === null) return;
  if (greeting[0] !== VERSION) {
    note(null, null, 'none', greeting.toString('latin1'));
    socket.destroy();
    return;
  }
  const methods = await incoming.take(greeting[1] ?? 0);
  if (methods === null) return;
  const chosen = chooseMethod(plan, methods);
  if (typeof chosen !== 'number') {
    note(null, null, 'none', methods.toString('latin1'));
    if (chosen === 'close') socket.end();
    else if (chosen !== null) socket.write(chosen);
    return;
  }
  socket.write(Buffer.from([VERSION, chosen]));
  if (chosen === METHOD.UNACCEPTABLE || chosen === METHOD.GSSAPI) {
    note(null, null, 'none', methods.toString('latin1'));
    socket.end();
    return;
  }

  let credentials: ProxyEvent['credentials'] = 'none';
  if (chosen === METHOD.PASSWORD) {
    const right = await readCredentials(incoming, options);
    if (right === null) return;
    credentials = right ? 'right' : 'wrong';
    const status = plan.authStatus ?? (right ? 0 : 1);
    socket.write(Buffer.from([AUTH_VERSION, status]));
    if (status !== 0) {
      note(null, null, credentials, '');
      socket.end();
      return;
    }
  }

  const request = await readRequest(incoming);
  if (request === null) return;
  const target = `${request.host}:${request.port}`;
  if (plan.reply === null || plan.reply === 'close') {
    note(target, null, credentials, '');
    if (plan.reply === 'close') socket.end();
    return;
  }
  const refusal = refusalOf(request, plan, options);
  const reached = refusal === null ? await reach(options, request.host, request.port) : null;
  const rep = refusal ?? repOf(reached);
  note(target, rep, credentials, '');
  const early = incoming.release();
  if (socket.destroyed) {
    if (reached?.ok === true) reached.socket.destroy();
    return;
  }
  socket.write(replyBytes(rep, plan.bound ?? 'ipv4'));
  if (reached?.ok !== true) {
    socket.resume();
    socket.end();
  } else if (plan.dead === true) {
    reached.socket.destroy();
    socket.resume();
  } else {
    splice(socket, reached.socket, early);
  }
}

function chooseMethod(plan: SocksPlan, offered: Buffer): SocksPlan['method'] {
  if (typeof plan.method !== 'number' || plan.method === METHOD.UNACCEPTABLE || plan.method === METHOD.GSSAPI) {
    return plan.method;
  }
  return offered.includes(plan.method) ? plan.method : METHOD.UNACCEPTABLE;
}

/** RFC 1929 §2; null when the client is gone. */
async function readCredentials(incoming: Incoming, options: ProxyOptions): Promise<boolean | null> {
  const head = await incoming.take(2);
  const user = head && (await incoming.take(head[1] ?? 0));
  const length = user && (await incoming.take(1));
  const password = length && (await incoming.take(length[0] ?? 0));
  if (head === null || user === null || password === null) return null;
  const expected = options.credentials ?? { user: 'user', password: 'secret' };
  return user.toString() === expected.user && password.toString() === expected.password;
}

interface SocksRequest {
  readonly command: number;
  readonly addressType: number;
  readonly host: string;
  readonly port: number;
}

async function readRequest(incoming: Incoming): Promise<SocksRequest | null> {
  const head = await incoming.take(4);
  if (head === null) return null;
  const addressType = head[3] ?? 0;
  const host = await readAddress(incoming, addressType);
  const port = host === null ? null : await incoming.take(2);
  if (host === null || port === null) return null;
  return { command: head[1] ?? 0, addressType, host, port: port.readUInt16BE() };
}

async function readAddress(incoming: Incoming, addressType: number): Promise<string | null> {
  if (addressType === 1) {
    const bytes = await incoming.take(4);
    return bytes && bytes.join('.');
  }
  if (addressType === 4) {
    const bytes = await incoming.take(16);
    return bytes && (bytes.toString('hex').match(/.{4}/g) ?? []).join(':');
  }
  const length = await incoming.take(1);
  const name = length && (await incoming.take(length[0] ?? 0));
  return name && name.toString('latin1');
}

/** null = go on and relay. */
function refusalOf(request: SocksRequest, plan: SocksPlan, options: ProxyOptions): number | null {
  if (typeof plan.reply === 'number') return plan.reply;
  if (request.command !== 1) return REP.COMMAND;
  if (plan.addressTypes && !plan.addressTypes.includes(request.addressType)) return REP.ADDRESS_TYPE;
  return options.denyHosts?.includes(request.host.toLowerCase()) === true ? REP.RULESET : null;
}

function repOf(reached: Reached | null): number {
  if (reached === null || reached.ok) return REP.OK;
  return { unresolvable: REP.HOST_UNREACHABLE, refused: REP.REFUSED, unreachable: REP.NETWORK_UNREACHABLE }[
    reached.why
  ];
}

function replyBytes(rep: number, bound: NonNullable<SocksPlan['bound']>): Buffer {
  const addresses = {
    ipv4: Buffer.from([1, 127, 0, 0, 1]),
    ipv6: Buffer.concat([Buffer.from([4]), Buffer.alloc(15), Buffer.from([1])]),
    domain: Buffer.concat([Buffer.from([3, 9]), Buffer.from('localhost')]),
    unknown: Buffer.from([9, 1, 2, 3, 4]),
  };
  return Buffer.concat([Buffer.from([VERSION, rep, 0]), addresses[bound], Buffer.from([0x1f, 0x90])]);
}
