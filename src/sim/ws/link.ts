/** The upgrade of /mqtt and the frames behind it: `ws` for what is right, bytes by hand for what is not (RFC 6455). */
import type { IncomingMessage } from 'node:http';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { resetConnection, type EdgeConnection } from '../edge/connection.js';
import type { LinkEffect } from '../faults/fault.js';

export interface LinkPeer {
  readonly receive: (bytes: Buffer) => void;
  readonly closed: () => void;
}

export interface Link {
  readonly send: (bytes: Buffer) => void;
  readonly close: () => void;
}

/** A frame of the Agent carries at most 128 KiB; this is what the broker takes in one. */
const MAX_MESSAGE_BYTES = 16 << 20;
const GOING_AWAY = 1001;
/** QUIRK: libuv reports data and RST that arrive together as data and end of stream; apart they are told apart. */
const RESET_PAUSE_MS = 20;

/** Accepts the upgrade. `attach` gets the link and gives back who listens to it. */
export function acceptUpgrade(
  connection: EdgeConnection,
  message: IncomingMessage,
  head: Buffer,
  effect: LinkEffect,
  attach: (link: Link) => LinkPeer,
): void {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    clientTracking: false,
    // A forgotten link answers nothing, not even pings.
    autoPong: false,
    handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false),
  });
  server.on('headers', (lines) => {
    if (effect.head) lines.splice(0, lines.length, ...effect.head(lines));
  });
  server.handleUpgrade(message, message.socket, head, (socket) => {
    socket.on('error', () => socket.terminate());
    switch (effect.afterUpgrade) {
      case 'close':
        connection.stream.end();
        return;
      case 'reset':
        setTimeout(() => resetConnection(connection), RESET_PAUSE_MS);
        return;
      case 'ws_close':
        socket.close(GOING_AWAY);
        return;
      case undefined:
        serveLink(socket, connection, effect, attach);
    }
  });
}

function serveLink(
  socket: WebSocket,
  connection: EdgeConnection,
  effect: LinkEffect,
  attach: (link: Link) => LinkPeer,
): void {
  const idle = watchIdle(connection, effect);
  const life = limitLife(socket, connection, effect);
  const peer = attach({
    send(bytes) {
      if (idle.forgotten()) return;
      idle.touch();
      if (!effect.frames) socket.send(bytes, { binary: true });
      else if (connection.stream.writable) {
        for (const frame of effect.frames(bytes)) connection.stream.write(frame);
      }
    },
    close: () => socket.close(),
  });
  socket.on('message', (data) => {
    if (idle.forgotten()) return;
    idle.touch();
    life.loggedIn();
    if (effect.onFirstBytes === 'close') connection.stream.end();
    else if (effect.onFirstBytes === 'reset') resetConnection(connection);
    else peer.receive(toBuffer(data));
  });
  socket.on('ping', (data) => {
    if (idle.forgotten()) return;
    idle.touch();
    if (effect.ignoresPings !== true) socket.pong(data);
  });
  socket.on('close', () => {
    idle.stop();
    life.stop();
    peer.closed();
  });
}

/** The broker's patience with those who do not log in, and boxes that end every connection after a while. */
function limitLife(
  socket: WebSocket,
  connection: EdgeConnection,
  { loginWithinMs, lifetimeMs }: LinkEffect,
): { loggedIn: () => void; stop: () => void } {
  const login = loginWithinMs === undefined ? undefined : setTimeout(() => connection.stream.end(), loginWithinMs);
  const life = lifetimeMs === undefined ? undefined : setTimeout(() => resetConnection(connection), lifetimeMs);
  return {
    loggedIn: () => clearTimeout(login),
    stop() {
      clearTimeout(login);
      clearTimeout(life);
    },
  };
}

/** A middlebox that forgets idle connections. */
function watchIdle(
  connection: EdgeConnection,
  effect: LinkEffect,
): { touch: () => void; forgotten: () => boolean; stop: () => void } {
  const cut = effect.idleCut;
  if (!cut) return { touch: () => undefined, forgotten: () => false, stop: () => undefined };
  let forgotten = false;
  const expire = (): void => {
    forgotten = true;
    if (cut.how === 'fin') connection.stream.end();
    else if (cut.how === 'reset') resetConnection(connection);
  };
  let timer = setTimeout(expire, cut.afterMs);
  return {
    touch() {
      clearTimeout(timer);
      if (!forgotten) timer = setTimeout(expire, cut.afterMs);
    },
    forgotten: () => forgotten,
    stop: () => clearTimeout(timer),
  };
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
