/**
 * Where the user wants a result: a file is replaced as a whole, a device, a pipe or an open descriptor is written
 * through. A link is never followed to a file: it is replaced, unless root or we ourselves made it and it leads to a
 * device or a pipe (`/dev/stdout`). As root no link of somebody else leads us anywhere.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDirectories, noForeignLink } from './own-files.js';
import { codeOf, fsError, pin, walk, type Place, type Walked } from './walk.js';
import { createIn, replaceIn, tryIn } from './write.js';

/** So long nobody need read from a pipe, ms. */
const PATIENCE_MS = 10_000;
/** Characters that are written at once, where they come in pieces. */
const BATCH = 256 * 1024;

const isOurs = (uid: number): boolean => uid === 0 || uid === (process.geteuid?.() ?? 0);

/** `/dev/stdout`, `/dev/fd/3`, …: our own descriptor of that number, as it stands; else null. */
export function descriptorOf(path: string): number | null {
  const standard = ['/dev/stdin', '/dev/stdout', '/dev/stderr'].indexOf(path);
  if (standard >= 0) return standard;
  const match = /^(?:\/dev|\/proc\/(?:self|thread-self|(\d+)))\/fd\/(\d{1,4})$/.exec(path);
  if (match === null || (match[1] !== undefined && Number(match[1]) !== process.pid)) return null;
  return Number(match[2]);
}

type Destination =
  | { readonly kind: 'file'; readonly directory: Place; readonly name: string; readonly close: () => void }
  | { readonly kind: 'through'; readonly open: () => number; readonly close: () => void };

/** A directory as the user typed it. */
function directoryAt(path: string): Walked & { readonly found: Place } {
  const walked = walk(path, { judge: noForeignLink });
  if (walked.found?.stats.isDirectory() === true) return { ...walked, found: walked.found };
  walked.close();
  throw fsError(walked.found === null ? 'ENOENT' : 'ENOTDIR', path);
}

function through(target: Place, close: () => void): Destination {
  const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  return { kind: 'through', open: () => openSync(target.path, flags), close };
}

function find(path: string): Destination {
  const descriptor = descriptorOf(path);
  if (descriptor !== null) {
    return { kind: 'through', open: () => descriptor, close: () => undefined };
  }
  if (path.endsWith('/')) throw fsError('EISDIR', path);
  const full = resolve(path);
  const parent = directoryAt(dirname(full));
  const name = basename(full);
  try {
    // One step from the directory that we hold, without its links.
    const entry = entryOf(parent.found, name);
    if (entry === null || entry.stats.isFile()) {
      entry?.close();
      return { kind: 'file', directory: parent.found, name, close: parent.close };
    }
    const close = (): void => {
      entry.close();
      parent.close();
    };
    if (entry.stats.isCharacterDevice() || entry.stats.isFIFO()) return through(entry, close);
    entry.close();
    if (entry.stats.isDirectory()) throw fsError('EISDIR', path);
    throw fsError('ENOTSUP', path);
  } catch (error) {
    parent.close();
    throw error;
  }
}

/** What a name stands for; a link only for the device or pipe that it leads to. null: to be made, or replaced. */
function entryOf(directory: Place, name: string): Place | null {
  const path = `${directory.path}/${name}`;
  const entry = pinIfThere(path, false);
  if (entry?.stats.isSymbolicLink() !== true) return entry;
  const { uid } = entry.stats;
  entry.close();
  const target = isOurs(uid) ? pinIfThere(path, true) : null;
  if (target === null || target.stats.isCharacterDevice() || target.stats.isFIFO()) return target;
  target.close();
  return null;
}

function pinIfThere(path: string, follow: boolean): Place | null {
  try {
    return pin(path, follow);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The bytes of a text, part by part where it comes in pieces: a large result is never held as a whole. */
function* bytesOf(content: string | Iterable<string>): Generator<Buffer> {
  let batch = '';
  for (const piece of typeof content === 'string' ? [content] : content) {
    batch += piece;
    if (batch.length < BATCH) continue;
    yield Buffer.from(batch);
    batch = '';
  }
  yield Buffer.from(batch);
}

/** All of it, however slowly it is taken. */
async function pour(fd: number, content: Uint8Array): Promise<void> {
  let deadline = performance.now() + PATIENCE_MS;
  for (let done = 0; done < content.length;) {
    try {
      done += writeSync(fd, content, done);
      deadline = performance.now() + PATIENCE_MS;
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      if (performance.now() > deadline) throw fsError('ETIMEDOUT', '');
      await sleep(5);
    }
  }
}

/** Throws the file system's errors. */
export async function writeOutput(path: string, content: string | Iterable<string>, mode: number): Promise<void> {
  const destination = find(path);
  try {
    if (destination.kind === 'file') {
      replaceIn(destination.directory, destination.name, bytesOf(content), { mode, owner: null });
      return;
    }
    const fd = destination.open();
    try {
      for (const part of bytesOf(content)) await pour(fd, part);
    } finally {
      if (descriptorOf(path) === null) closeSync(fd);
    }
  } finally {
    destination.close();
  }
}

/** Makes a file that must not exist yet. Throws the file system's errors. */
export function createOutput(path: string, content: string, mode: number): void {
  const full = resolve(path);
  const parent = directoryAt(dirname(full));
  try {
    createIn(parent.found, basename(full), Buffer.from(content), { mode, owner: null });
  } finally {
    parent.close();
  }
}

/** Whether a second result would take the place of a first one there, rather than follow it. Throws when nothing can be written. */
export function tryOutput(path: string): 'file' | 'through' {
  const destination = find(path);
  try {
    if (destination.kind === 'file') tryIn(destination.directory, destination.name);
    return destination.kind;
  } finally {
    destination.close();
  }
}

/** With its parents; one that is there already is fine. Throws the file system's errors. */
export function makeOutputDirectory(path: string, mode?: number): void {
  makeDirectories(path, mode);
}
