/** Where the words of `rules` go: results to stdout, everything else to stderr; foreign text is never raw. */
import { assertWritable, writeFileAtomic } from '../write-file.js';
import { showInvisible } from '../../report/escape.js';

export interface Io {
  out(text: string): void;
  err(text: string): void;
  exit(code: number): void;
}

export const processIo: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  exit: (code) => {
    process.exitCode = code;
  },
};

/** Runs the command; its result goes to standard output, or whole into `--output` once it has ended well. */
export async function intoOutput(
  { output }: { readonly output?: string },
  command: (io: Io) => Promise<void>,
): Promise<void> {
  if (output === undefined) return command(processIo);
  await assertWritable(output);
  let result = '';
  await command({ ...processIo, out: (text) => void (result += text) });
  await writeFileAtomic(output, result);
}

/** One warning a line on stderr. */
export function warnTo(io: Io): (text: string) => void {
  return (text) => {
    io.err(`netdata-egress: ${safe(text)}\n`);
  };
}

/** With its line feed: the verdict of a text that begins with it. */
export const firstLine = (text: string): string => text.slice(0, text.indexOf('\n') + 1);

/** Foreign text on one line. */
export function safe(text: string): string {
  return showInvisible(text);
}

/** Foreign text that may have lines: each one made safe, indented. */
export function safeBlock(text: string, indent: string): string {
  return text
    .split('\n')
    .slice(0, 40)
    .map((line) => `${indent}${showInvisible(line).slice(0, 400)}\n`)
    .join('');
}
