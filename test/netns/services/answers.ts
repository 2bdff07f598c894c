/** HTTP, the WebSocket upgrade and the first MQTT packet, answered with the bytes that the plan prescribes. */
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Behaviour, Reply } from '../harness/peer-plan.js';

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
}

export function serve(socket: Duplex, behaviour: Behaviour, reset: () => void): void {
  let buffer: Buffer = Buffer.alloc(0);
  let upgraded = false;
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    if (buffer.length > 256 * 1024) socket.destroy();
    if (upgraded) {
      buffer = onFrames(socket, buffer, behaviour);
      return;
    }
    for (;;) {
      const end = buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const request = parse(buffer.toString('latin1', 0, end));
      const length = Number(request.headers.get('content-length') ?? 0);
      if (buffer.length < end + 4 + length) return;
      buffer = buffer.subarray(end + 4 + length);
      upgraded = respond(socket, request, behaviour, reset);
      if (upgraded) return;
    }
  });
}

/** True when the connection now speaks WebSocket. */
function respond(socket: Duplex, request: Request, behaviour: Behaviour, reset: () => void): boolean {
  if (behaviour.refuseShape !== null && looksLikeAgent(request)) {
    send(socket, behaviour.refuseShape, behaviour.skewMs, '');
    return false;
  }
  const key = request.headers.get('sec-websocket-key');
  if (key !== undefined) {
    send(
      socket,
      behaviour.upgrade,
      behaviour.skewMs,
      createHash('sha1')
        .update(key + MAGIC)
        .digest('base64'),
    );
    if (!behaviour.upgrade.raw.startsWith('HTTP/1.1 101')) return false;
    if (behaviour.mqtt === 'close_after_upgrade') socket.end();
    if (behaviour.mqtt === 'reset_after_upgrade') setTimeout(reset, 30);
    // Close frame 1008, policy violation (RFC 6455 §7.4.1).
    if (behaviour.mqtt === 'ws_close_after_upgrade') socket.end(Buffer.from([0x88, 2, 0x03, 0xf0]));
    limitLife(socket, behaviour, reset);
    return true;
  }
  send(socket, replyTo(request, behaviour), behaviour.skewMs, '');
  return false;
}

/** Patience of the broker with those who do not log in, and of boxes that end every tunnel after a while. */
function limitLife(socket: Duplex, { loginWithinMs, loginLate, lifetimeMs }: Behaviour, reset: () => void): void {
  const timers: NodeJS.Timeout[] = [];
  if (loginWithinMs !== null) {
    const late = setTimeout(() => {
      if (loginLate === 'reset') reset();
      else socket.end(loginLate === 'ws_close' ? Buffer.from([0x88, 2, 0x03, 0xf0]) : undefined);
    }, loginWithinMs);
    timers.push(late);
    socket.once('login', () => clearTimeout(late));
  }
  if (lifetimeMs !== null) timers.push(setTimeout(reset, lifetimeMs));
  socket.on('close', () => timers.forEach(clearTimeout));
}

function looksLikeAgent({ headers }: Request): boolean {
  return headers.get('user-agent')?.startsWith('Netdata/') === true || headers.get('origin') === '';
}

function replyTo(request: Request, behaviour: Behaviour): Reply {
  if (request.path.startsWith('/api/v1/env')) return behaviour.env;
  if (request.path.startsWith('/api/v1/spaces/nodes')) return behaviour.claim;
  if (request.path.startsWith('/api/v1/auth')) return behaviour.auth;
  return behaviour.other;
}

function send(socket: Duplex, reply: Reply, skewMs: number, accept: string): void {
  const { delayMs = 0, ...now } = reply;
  if (delayMs > 0) return void setTimeout(() => send(socket, now, skewMs, accept), delayMs);
  const date = new Date(Date.now() + skewMs).toUTCString();
  const text = reply.raw.replaceAll('{{DATE}}', date).replaceAll('{{ACCEPT}}', accept);
  const bytes = Buffer.from(text, reply.encoding ?? 'utf8');
  if (reply.trickleMs !== undefined) return trickle(socket, bytes, reply.trickleMs);
  if (reply.afterwards === 'close') socket.end(bytes);
  else socket.write(bytes);
  if (typeof reply.afterwards === 'object') setTimeout(() => socket.end(), reply.afterwards.closeAfterMs);
}

function trickle(socket: Duplex, bytes: Buffer, everyMs: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent === bytes.length || socket.destroyed) return clearInterval(timer);
    socket.write(bytes.subarray(sent, sent + 1));
    sent += 1;
  }, everyMs);
}

function parse(head: string): Request {
  const [line = '', ...rest] = head.split('\r\n');
  const [method = '', path = ''] = line.split(' ');
  const headers = new Map<string, string>();
  for (const header of rest) {
    const colon = header.indexOf(':');
    headers.set(header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim());
  }
  return { method, path, headers };
}

/** Masked client frames (RFC 6455 §5.2) of up to 64 KiB; the first data frame is taken for MQTT CONNECT. */
function onFrames(socket: Duplex, buffer: Buffer, behaviour: Behaviour): Buffer {
  let rest = buffer;
  while (rest.length >= 2) {
    const opcode = (rest[0] ?? 0) & 15;
    let length = (rest[1] ?? 0) & 127;
    let head = 2;
    if (length === 126) {
      if (rest.length < 4) return rest;
      length = rest.readUInt16BE(2);
      head = 4;
    }
    if (rest.length < head + 4 + length) return rest;
    const mask = rest.subarray(head, head + 4);
    const payload = rest.subarray(head + 4, head + 4 + length).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
    rest = rest.subarray(head + 4 + length);
    if (opcode === 9) socket.write(Buffer.concat([Buffer.from([0x8a, length]), payload]));
    if (opcode === 8) socket.end(Buffer.from([0x88, 0]));
    else if (opcode === 2) onMqtt(socket, behaviour);
  }
  return rest;
}

function onMqtt(socket: Duplex, { mqtt, framing }: Behaviour): void {
  socket.emit('login');
  if (mqtt === 'close_on_connect') socket.end();
  if (typeof mqtt !== 'object') return;
  const connack = [0x20, 3, 0, mqtt.connack, 0];
  const frames = {
    plain: [0x82, 5, ...connack],
    rsv1: [0xc2, 5, ...connack],
    fragmented: [0x02, 2, ...connack.slice(0, 2), 0x80, 3, ...connack.slice(2)],
    ping_first: [0x89, 0, 0x82, 5, ...connack],
  };
  setTimeout(() => {
    socket.write(Buffer.from(frames[framing]));
    if (mqtt.connack !== 0) setTimeout(() => socket.end(), 50);
  }, mqtt.delayMs ?? 0);
}
