/** A value that need not stand on the command line, where everybody on this host reads it: `-` or `@FILE`. */
import { readTyped } from '../host/typed.js';
import { UsageError } from '../model/errors.js';
import { fileErrorText } from './file-errors.js';

const MAX_BYTES = 64 * 1024;

/**
 * `-`: standard input; `@FILE`: a file or a pipe; anything else is the value itself. One line end behind the value does
 * not count. Throws UsageError, `what` in front of it.
 */
export async function typedValue(
  what: string,
  text: string,
  stdin: () => Promise<string> = () => read(what, '-'),
): Promise<string> {
  if (text !== '-' && !text.startsWith('@')) return text;
  const value = (text === '-' ? await stdin() : await read(what, text.slice(1))).replace(/\r?\n$/, '');
  if (/[\r\n\0]/.test(value)) throw new UsageError(`${what}: the value must be one line`);
  return value;
}

async function read(what: string, path: string): Promise<string> {
  try {
    return (await readTyped(path, MAX_BYTES)).toString('utf8');
  } catch (error) {
    const from = path === '-' ? 'standard input' : path;
    throw new UsageError(`${what}: cannot read ${from}: ${fileErrorText(error)}`);
  }
}
