/**
 * Standard output that tells when it could not be written: a full disk must not look like an empty answer.
 * A file is written synchronously by Node, but in one call whose short count it does not look at (a disk with a
 * little room left): here all of it, or an error.
 */
import { fstatSync, writeSync } from 'node:fs';

type Callback = (error?: Error | null) => void;

let fault: NodeJS.ErrnoException | null = null;

function writeWhole(chunk: string | Uint8Array, encoding: BufferEncoding, done: Callback): void {
  const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at);
  } catch (error) {
    done(error as Error);
    return;
  }
  done();
}

function isFile(): boolean {
  try {
    return fstatSync(1).isFile();
  } catch {
    return false;
  }
}

/** To be called before anything is written. */
export function watchStdout(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `doctor | head` closes the pipe: that is not an error of ours.
    if (error.code === 'EPIPE') process.exitCode ??= 0;
    else fault ??= error;
  });
  if (isFile()) process.stdout._write = writeWhole;
}

/** What went wrong, as one sentence; null = everything was written. */
export function stdoutFault(): string | null {
  if (fault === null) return null;
  const words: Readonly<Record<string, string>> = {
    ENOSPC: 'no space left',
    EDQUOT: 'the quota is used up',
    EBADF: 'it is closed',
    EIO: 'an input/output error',
    EFBIG: 'it is too large',
  };
  const code = fault.code ?? '';
  return `cannot write to standard output: ${words[code] ?? (code || fault.message)}`;
}
