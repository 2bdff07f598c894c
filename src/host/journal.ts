/**
 * Lines that are only ever added, durable one by one and bounded: at its size the file takes the place of the one before
 * and a new one begins. Whatever moment a process or the machine dies, all whole lines are there. Synchronous.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { codeOf, fsError, isMissing, walk, type Step } from './walk.js';
import { readDescriptor } from './capped-read.js';

export interface Journal {
  /** Everything that is kept, older file first; empty where there is nothing. Throws the file system's errors. */
  read(): { readonly older: string; readonly newer: string };
  /** Throws the file system's errors; then nothing was added. */
  append(line: string): void;
  /** Moves one of the two out of the way under its name and `.damaged`, in the place of an earlier one. Throws. */
  setAside(which: 'older' | 'newer'): void;
}

const isOurs = (uid: number): boolean => uid === 0 || uid === (process.geteuid?.() ?? 0);

function judge({ stats, isLink }: Step): void {
  if (process.geteuid?.() === 0 && isLink && !isOurs(stats.uid)) throw fsError('EFOREIGNLINK', '');
}

/** `directory` is made if need be, for its owner alone. Two files of at most `maxBytes` each. */
export function openJournal(directory: string, name: string, maxBytes: number): Journal {
  const inDirectory = <T>(work: (path: string) => T): T => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const walked = walk(resolve(directory), { judge });
    try {
      if (walked.found?.stats.isDirectory() !== true) throw fsError('ENOTDIR', directory);
      return work(walked.found.path);
    } finally {
      walked.close();
    }
  };
  const files = { older: `${name}.1`, newer: name };
  return {
    read: () =>
      inDirectory((path) => ({
        older: contentOf(`${path}/${files.older}`, maxBytes),
        newer: contentOf(`${path}/${files.newer}`, maxBytes),
      })),
    append: (line) => inDirectory((path) => appendIn(path, files, Buffer.from(`${line}\n`), maxBytes)),
    setAside: (which) =>
      inDirectory((path) => {
        renameSync(`${path}/${files[which]}`, `${path}/${files[which]}.damaged`);
        syncDirectory(path);
      }),
  };
}

/** Ours alone: no link, no second name somewhere else, no file of another user. */
function openOwn(path: string, flags: number): number {
  const fd = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
  const { nlink, uid } = fstatSync(fd);
  if (fstatSync(fd).isFile() && nlink === 1 && uid === (process.geteuid?.() ?? uid)) return fd;
  closeSync(fd);
  throw fsError('EPERM', path);
}

function contentOf(path: string, maxBytes: number): string {
  let fd: number;
  try {
    fd = openOwn(path, constants.O_RDONLY);
  } catch (error) {
    if (isMissing(codeOf(error))) return '';
    throw error;
  }
  try {
    const file = readDescriptor(fd, maxBytes);
    if (file.state !== 'read') throw fsError(file.state === 'unreadable' ? file.code : 'ENOENT', path);
    return file.bytes.toString('utf8');
  } finally {
    closeSync(fd);
  }
}

function appendIn(
  path: string,
  files: { readonly older: string; readonly newer: string },
  line: Buffer,
  maxBytes: number,
): void {
  const fd = openOwn(`${path}/${files.newer}`, constants.O_RDWR | constants.O_CREAT);
  try {
    const end = wholeLines(fd);
    if (end === 0 || end + line.length <= maxBytes) {
      addAt(fd, line, end);
      if (end === 0) syncDirectory(path);
      return;
    }
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}/${files.newer}`, `${path}/${files.older}`);
  syncDirectory(path);
  appendIn(path, files, line, maxBytes);
}

const CHUNK = 4096;

/** Where the last whole line ends: what a crash left behind it is written over. */
function wholeLines(fd: number): number {
  const bytes = Buffer.alloc(CHUNK);
  for (let end = fstatSync(fd).size; end > 0; end -= CHUNK) {
    const begin = Math.max(0, end - CHUNK);
    const got = readSync(fd, bytes, 0, end - begin, begin);
    const at = bytes.subarray(0, got).lastIndexOf(0x0a);
    if (at >= 0) return begin + at + 1;
  }
  return 0;
}

function addAt(fd: number, line: Buffer, end: number): void {
  try {
    ftruncateSync(fd, end);
    for (let done = 0; done < line.length;) done += writeSync(fd, line, done, line.length - done, end + done);
    fsyncSync(fd);
  } catch (error) {
    // Half a line is none.
    ftruncateSync(fd, end);
    throw error;
  }
}

function syncDirectory(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
