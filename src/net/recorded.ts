/** A connection of a capture as a socket: gives the recorded bytes, then ends as the connection ended. */
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { NetworkOperation } from '../model/failure.js';
import type { Observation } from '../model/observation.js';
import type { NetContext } from './context.js';

/** How a recorded connection ended: the peer's end, its reset, or nothing more until it was stopped. */
export type Ending = 'fin' | 'reset' | 'silence';

/** Long enough for bytes that are there already; what did not come in the capture does not come now. */
const STEP_MS = 25;

export function recordedSocket(bytes: Buffer, ending: Ending): Socket {
  const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  stream.on('error', () => undefined);
  if (bytes.length > 0) stream.push(bytes);
  if (ending === 'fin') stream.push(null);
  if (ending === 'reset') {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', errno: -104, syscall: 'read' });
    // Bytes that came before are read first.
    if (bytes.length === 0) stream.destroy(reset);
    else
      stream
        .once('data', () => undefined)
        .pause()
        .once('readable', () => setImmediate(() => stream.destroy(reset)));
  }
  return stream as unknown as Socket;
}

/** Runs steps of `net` on recorded sockets; what they save is kept, and given to the caller to set its times. */
export function replayContext(nextId: (operation: NetworkOperation) => string): {
  readonly context: NetContext;
  readonly saved: Observation[];
} {
  const saved: Observation[] = [];
  const context: NetContext = {
    now: () => 0,
    wallClock: () => new Date(),
    signal: new AbortController().signal,
    stepTimeoutMs: () => STEP_MS,
    nextId,
    save: (observation) => void saved.push(observation),
    acquireSocket: () => Promise.resolve(() => undefined),
  };
  return { context, saved };
}
