/**
 * How to start this program once more, whatever form it runs in: the package's launcher, the one script (from a file
 * or from standard input), or the executable that holds Node too. Nothing else looks at how we were started.
 */
import { isSea } from 'node:sea';
import { UsageError } from '../model/errors.js';

export interface OwnProgram {
  /** The program to run. */
  readonly file: string;
  /** Its first arguments; those of the command follow. */
  readonly args: readonly string[];
  /** What it has to find on its standard input: the script itself. null = it needs nothing there. */
  readonly input: string | null;
}

/** The one script holds a function that gives its own text: what came from standard input is nowhere else. */
const TEXT = Symbol.for('netdata-egress.text');

/** @throws UsageError when it came from standard input and is not our script */
export function ownProgram(): OwnProgram {
  if (isSea()) return { file: process.execPath, args: [], input: null };
  const script = process.argv[1];
  // Node makes the path of a script absolute: `-` is no file's name.
  if (script !== undefined && script !== '-') return { file: process.execPath, args: [script], input: null };
  const text: unknown = Reflect.get(globalThis, TEXT);
  if (typeof text !== 'function')
    throw new UsageError('this program cannot be started a second time from standard input: run it from a file');
  return { file: process.execPath, args: ['-'], input: String((text as () => unknown)()) };
}

/** Program and arguments that start it again at any later time. @throws UsageError from standard input: nothing is left */
export function lastingCommand(): readonly string[] {
  const { file, args, input } = ownProgram();
  if (input !== null)
    throw new UsageError(
      'a program from standard input leaves nothing that could be started later: run it from a file',
    );
  return [file, ...args];
}
