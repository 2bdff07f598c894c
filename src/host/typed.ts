/**
 * Reading what the user named: a file, `-` or `/dev/stdin`, a pipe. Pipes may be slow but not silent for ever; devices
 * and sockets are not opened.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { descriptorOf } from './output.js';
import { codeOf, fsError, place } from './walk.js';

/** Silence that ends the reading of a pipe, ms. */
const SILENCE_MS = 120_000;
const CHUNK = 256 * 1024;

const isStdin = (path: string): boolean => path === '-' || descriptorOf(path) === 0;

async function* ofStdin(silenceMs: number): AsyncGenerator<Buffer> {
  const { stdin } = process;
  const late = (): void => void stdin.destroy(fsError('ETIMEDOUT', 'standard input'));
  let timer = setTimeout(late, silenceMs);
  try {
    for await (const chunk of stdin) {
      clearTimeout(timer);
      yield Buffer.from(chunk as Buffer);
      timer = setTimeout(late, silenceMs);
    }
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A pipe whose writer has not come yet looks like one whose writer has left: we wait for the first byte. One that we
 * were given open (`/dev/fd/63`) has had its writer.
 */
async function* ofPipe(fd: number, given: boolean, silenceMs: number): AsyncGenerator<Buffer> {
  let began = given;
  let heard = performance.now();
  for (;;) {
    const bytes = Buffer.alloc(CHUNK);
    let got = 0;
    try {
      got = readSync(fd, bytes, 0, CHUNK, null);
      if (got === 0 && began) return;
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
    }
    if (got > 0) {
      began = true;
      yield bytes.subarray(0, got);
      heard = performance.now();
    } else {
      if (performance.now() - heard > silenceMs) throw fsError('ETIMEDOUT', 'pipe');
      await sleep(5);
    }
  }
}

function* ofFile(fd: number): Generator<Buffer> {
  for (;;) {
    const bytes = Buffer.alloc(CHUNK);
    const got = readSync(fd, bytes, 0, CHUNK, null);
    if (got === 0) return;
    yield bytes.subarray(0, got);
  }
}

/** The bytes, piece by piece. Throws the file system's errors, EINVAL for a device, ETIMEDOUT for a silent pipe. */
export async function* openTyped(path: string, silenceMs = SILENCE_MS): AsyncGenerator<Buffer> {
  if (isStdin(path)) {
    yield* ofStdin(silenceMs);
    return;
  }
  const pinned = place(path);
  let fd: number;
  try {
    const { stats } = pinned;
    if (!stats.isFile() && !stats.isFIFO()) throw fsError(stats.isDirectory() ? 'EISDIR' : 'EINVAL', path);
    fd = openSync(pinned.path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } finally {
    pinned.close();
  }
  try {
    if (pinned.stats.isFile()) yield* ofFile(fd);
    else yield* ofPipe(fd, descriptorOf(path) !== null, silenceMs);
  } finally {
    closeSync(fd);
  }
}

/** The whole of it; EFBIG when it is more than `maxBytes`. Throws as openTyped does. */
export async function readTyped(path: string, maxBytes: number, silenceMs?: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of openTyped(path, silenceMs)) {
    size += chunk.length;
    if (size > maxBytes) throw fsError('EFBIG', path);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
