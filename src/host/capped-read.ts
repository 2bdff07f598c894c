/**
 * Reading files that others own: never more than so many bytes, never a device or a pipe, and never longer than the
 * caller waits. Whatever lies in a path, one of these functions is how it is read.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export type CappedFile =
  | {
      readonly state: 'read';
      readonly bytes: Buffer;
      /** True when the file is longer than was asked for. */
      readonly truncated: boolean;
    }
  | { readonly state: 'missing' }
  | {
      readonly state: 'unreadable';
      /** `EACCES`, `EISDIR`, …; `EINVAL` = not a regular file; `ETIMEDOUT` = not within the time. */
      readonly code: string;
    };

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'EUNKNOWN';
}

export const isMissing = (code: string): boolean => code === 'ENOENT' || code === 'ENOTDIR';

function notRead(error: unknown): CappedFile {
  const code = codeOf(error);
  return isMissing(code) ? { state: 'missing' } : { state: 'unreadable', code };
}

/** Buffers grow by doubling from here where the size is not known. */
const FIRST_BYTES = 4095;

/** Reads an open file from where it stands. Closing it is the caller's. */
export function readDescriptor(fd: number, maxBytes: number): CappedFile {
  try {
    const info = fstatSync(fd);
    if (!info.isFile()) return { state: 'unreadable', code: info.isDirectory() ? 'EISDIR' : 'EINVAL' };
    // One byte more than the file has tells its end; files of /proc say 0 and are read until they end.
    let bytes = Buffer.alloc(Math.min(maxBytes, Math.max(info.size, FIRST_BYTES)) + 1);
    let length = 0;
    for (;;) {
      const got = readSync(fd, bytes, length, bytes.length - length, null);
      length += got;
      if (got === 0 || length > maxBytes || (info.size > 0 && length === info.size)) break;
      if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(maxBytes + 1, bytes.length * 2));
    }
    return { state: 'read', bytes: bytes.subarray(0, Math.min(length, maxBytes)), truncated: length > maxBytes };
  } catch (error) {
    return notRead(error);
  }
}

/**
 * A regular file, at most `maxBytes` of it. Synchronous on purpose: a trust store is hundreds of small local files,
 * and a trip to the thread pool for every call costs ten times the call.
 */
export function readCapped(path: string, maxBytes: number): CappedFile {
  let fd = -1;
  try {
    // Non-blocking: a FIFO in the place of a file must not hold us up.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return readDescriptor(fd, maxBytes);
  } catch (error) {
    return notRead(error);
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

/** Text of a regular file, cut at `maxBytes`; empty where it cannot be read. */
export function textOf(path: string, maxBytes: number, encoding: BufferEncoding = 'latin1'): string {
  const file = readCapped(path, maxBytes);
  return file.state === 'read' ? file.bytes.toString(encoding) : '';
}

/** How long a file of another process is waited for. */
const PROC_WAIT_MS = 1000;

/**
 * A file of /proc that reads another process's memory (`environ`, `cmdline`): its owner decides how long that takes
 * and how long the file is. Read in the thread pool, and given up after `waitMs`.
 */
export async function readProc(path: string, maxBytes: number, waitMs = PROC_WAIT_MS): Promise<CappedFile> {
  const giveUp = new AbortController();
  const late = sleep(waitMs, { state: 'unreadable', code: 'ETIMEDOUT' } as const, {
    ref: false,
    signal: giveUp.signal,
  });
  try {
    return await Promise.race([readSlowly(path, maxBytes, giveUp.signal), late]);
  } finally {
    late.catch(() => undefined);
    giveUp.abort();
  }
}

const PROC_CHUNK = 64 * 1024;

async function readSlowly(path: string, maxBytes: number, signal: AbortSignal): Promise<CappedFile> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const parts: Buffer[] = [];
      let length = 0;
      while (length <= maxBytes && !signal.aborted) {
        const part = Buffer.alloc(Math.min(PROC_CHUNK, maxBytes + 1 - length));
        const { bytesRead } = await file.read(part, 0, part.length, null);
        if (bytesRead === 0) break;
        parts.push(part.subarray(0, bytesRead));
        length += bytesRead;
      }
      const bytes = Buffer.concat(parts);
      return { state: 'read', bytes: bytes.subarray(0, Math.min(length, maxBytes)), truncated: length > maxBytes };
    } finally {
      await file.close();
    }
  } catch (error) {
    return notRead(error);
  }
}
