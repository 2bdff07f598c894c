/** Where the words of `rules` go: results to stdout, everything else to stderr; foreign text is never raw. */
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

/** One warning a line on stderr. */
export function warnTo(io: Io): (text: string) => void {
  return (text) => {
    io.err(`netdata-egress: ${safe(text)}\n`);
  };
}

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
