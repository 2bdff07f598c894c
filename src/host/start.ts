import { ChildProcess, spawn, type SpawnOptions } from 'node:child_process';

/**
 * Starts a program. Whatever keeps the system from starting it comes as `error`, as with a program that is not there:
 * nothing is thrown for want of memory. Without a descriptor left for its pipes a child has no streams.
 */
export function startProgram(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(file, args, options);
  } catch (error) {
    const never = new ChildProcess();
    process.nextTick(() => never.emit('error', error));
    return never;
  }
}
