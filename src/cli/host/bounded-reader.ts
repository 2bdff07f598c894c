/** A reader that answers at once when the time is up: discovery always comes to its end, with what it has by then. */
import type { FileResult, HostReader, StatResult } from '../../agent/reader.js';
import type { Deadline } from '../deadline.js';

const LATE: FileResult = { state: 'unreadable', code: 'ETIMEDOUT' };

export interface BoundedReader extends HostReader {
  /** Questions that were cut off, or not put any more. */
  readonly cutOff: () => number;
}

export function boundedReader(reader: HostReader, deadline: Deadline): BoundedReader {
  let cutOff = 0;
  const CUT = Symbol('cut off');
  const bounded = async <T>(ask: () => Promise<T>, otherwise: T): Promise<T> => {
    const answer = deadline.signal.aborted ? CUT : await deadline.orElse<T | typeof CUT>(ask(), CUT);
    if (answer !== CUT) return answer;
    cutOff += 1;
    return otherwise;
  };
  return {
    cutOff: () => cutOff,
    platform: reader.platform,
    hostname: reader.hostname,
    uid: reader.uid,
    environment: reader.environment,
    readFile: (path, maxBytes) => bounded(() => reader.readFile(path, maxBytes), LATE),
    stat: (path) => bounded<StatResult>(() => reader.stat(path), 'denied'),
    readDir: (path) => bounded(() => reader.readDir(path), null),
    realPath: (path) => bounded(() => reader.realPath(path), null),
    agentProcesses: () => bounded(() => reader.agentProcesses(), []),
    process: (pid) => bounded(() => reader.process(pid), 'not_read'),
    seenBy: (pid) => {
      const seen = reader.seenBy(pid);
      return seen === null ? null : boundedReader(seen, deadline);
    },
    environmentOf: (pid) => bounded(() => reader.environmentOf(pid), null),
    userName: (uid) => bounded(() => reader.userName(uid), null),
    userId: (name) => bounded(() => reader.userId(name), null),
    groupId: (name) => bounded(() => reader.groupId(name), null),
    run: (program, args, timeoutMs) =>
      bounded(() => reader.run(program, args, Math.ceil(Math.max(1, Math.min(timeoutMs, deadline.leftMs())))), null),
  };
}
