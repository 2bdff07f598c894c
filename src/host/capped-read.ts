/**
 * Reading files that others own: never more than so many bytes, never a device or a pipe, and never longer than the
 * caller waits. Whatever lies in a path, one of these functions is how it is read.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, fsError, isMissing, place, walk, type Place } from './walk.js';

export { codeOf, isMissing } from './walk.js';

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
    // What was not read is never given away, so nothing has to be cleared.
    let bytes = Buffer.allocUnsafeSlow(Math.min(maxBytes, Math.max(info.size, FIRST_BYTES)) + 1);
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

export interface Found extends Place {
  /** The path without links inside the root; as it was given where there is no root. */
  readonly real: string;
}

/** What a path leads to; with `root` inside that directory only, whatever its links say. Throws the file system's errors. */
export function pinInside(path: string, root?: Place): Found {
  if (root === undefined) return { ...place(path), real: path };
  const { found, real, close } = walk(path, { root });
  if (found !== null) return { ...found, real, close };
  close();
  throw fsError('ENOENT', path);
}

/** Only a regular file is opened: what it is, is known before. Throws. */
function openPinned({ path, stats }: Place): number {
  if (!stats.isFile()) throw fsError(stats.isDirectory() ? 'EISDIR' : 'EINVAL', path);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  const info = fstatSync(fd);
  if (info.ino === stats.ino && info.dev === stats.dev) return fd;
  // Only where a place is a path: somebody exchanged it meanwhile.
  closeSync(fd);
  throw fsError('ESTALE', path);
}

/** Throws for what is no file, or may not be read. */
export function readPinned(pinned: Place, maxBytes: number): CappedFile {
  const fd = openPinned(pinned);
  try {
    return readDescriptor(fd, maxBytes);
  } finally {
    closeSync(fd);
  }
}

/**
 * A regular file, at most `maxBytes` of it; with `root`, inside that directory only. Synchronous on purpose: a trust
 * store is hundreds of small local files, and a trip to the thread pool for every call costs ten times the call.
 */
export function readCapped(path: string, maxBytes: number, root?: Place): CappedFile {
  try {
    const pinned = pinInside(path, root);
    try {
      return readPinned(pinned, maxBytes);
    } finally {
      pinned.close();
    }
  } catch (error) {
    return notRead(error);
  }
}

/** The last `maxBytes` of a regular file, however long it is. */
export function readTail(path: string, maxBytes: number): CappedFile {
  try {
    const pinned = pinInside(path);
    try {
      const fd = openPinned(pinned);
      try {
        const { size } = fstatSync(fd);
        const from = Math.max(0, size - maxBytes);
        const bytes = Buffer.alloc(Math.min(size, maxBytes));
        const got = readSync(fd, bytes, 0, bytes.length, from);
        return { state: 'read', bytes: bytes.subarray(0, got), truncated: from > 0 };
      } finally {
        closeSync(fd);
      }
    } finally {
      pinned.close();
    }
  } catch (error) {
    return notRead(error);
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
