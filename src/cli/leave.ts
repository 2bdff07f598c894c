/**
 * Ends the process when its answer is printed. A name look-up or a read that still hangs in the C library cannot be
 * cancelled, and `process.exit()` waits for the threads it hangs in (libuv joins them): minutes, with a silent resolver.
 */
import { accessSync, constants } from 'node:fs';

/** Message to the launcher, which ends this process and leaves with the code (supervise.ts). */
export interface LeaveMessage {
  readonly leaveWith: number;
}

const IN_THREADS = /^(?:GetAddrInfoReqWrap|GetNameInfoReqWrap|FSReq)/;

const SHELL = '/bin/sh';

type Execve = (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never;

export function leave(code: number): void {
  if (!process.getActiveResourcesInfo().some((name) => IN_THREADS.test(name))) process.exit(code);
  if (process.env['NETDATA_EGRESS_SUPERVISED'] !== undefined && process.connected && process.send !== undefined) {
    process.send({ leaveWith: code } satisfies LeaveMessage);
    return;
  }
  replaceBy(code);
  process.exit(code);
}

/** Another program takes the place of this one, threads and all: it does nothing but exit. Node has it since 22.15. */
function replaceBy(code: number): void {
  const { execve } = process as { execve?: Execve };
  try {
    // Node aborts where the program is not there.
    accessSync(SHELL, constants.X_OK);
    execve?.call(process, SHELL, ['sh', '-c', 'exit "$0"', String(code)], {});
  } catch {
    // No shell here: the threads are waited for.
  }
}
