/** Plays a wire script on a connection. */
import { resetConnection, type EdgeConnection } from '../edge/connection.js';
import { flood } from '../edge/flood.js';
import type { WireScript } from './message.js';

export function play(connection: EdgeConnection, script: WireScript): void {
  const { stream } = connection;
  const timers = new Set<NodeJS.Timeout>();
  stream.once('close', () => {
    for (const timer of timers) clearTimeout(timer);
  });
  const later = (delayMs: number, action: () => void): void => {
    if (delayMs === 0) return action();
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, delayMs);
    timers.add(timer);
  };
  const step = (index: number): void => {
    if (stream.destroyed || !stream.writable) return;
    const part = script.parts[index];
    if (part === undefined) return finish();
    const last = index === script.parts.length - 1;
    later(part.afterMs ?? 0, () => {
      // One write for the last bytes and the end: nothing may come between them.
      if (last && script.end === 'close') stream.end(part.bytes);
      else if (last && script.end === 'flood') flood(stream, Buffer.from(part.bytes));
      else {
        stream.write(part.bytes);
        step(index + 1);
      }
    });
  };
  const finish = (): void => {
    if (script.end === 'close') stream.end();
    else if (script.end === 'reset') resetConnection(connection);
    else if (typeof script.end === 'object') later(script.end.closeAfterMs, () => stream.end());
  };
  step(0);
}
