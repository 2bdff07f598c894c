/**
 * Files that are ours alone (state, history, locks), in a directory that is walked to one component at a time and held
 * while something is done in it. As root no link of somebody else leads there, and what is read is a regular file of
 * our own without a second name. Synchronous; throws the file system's errors, EFBIG beyond a cap.
 */
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, linkSync, mkdirSync, openSync } from 'node:fs';
import { readdirSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';
import { readDescriptor } from './capped-read.js';
import { codeOf, fsError, isMissing, walk, type Place, type Step } from './walk.js';
import { createIn, replaceIn, syncDirectory, tryIn } from './write.js';

const isOurs = (uid: number): boolean => uid === 0 || uid === (process.geteuid?.() ?? 0);

/** As root no link of another account is followed; somebody without privileges has nothing to be led to. */
export function noForeignLink({ stats, isLink }: Step): void {
  if (process.geteuid?.() === 0 && isLink && !isOurs(stats.uid)) throw fsError('EFOREIGNLINK', '');
}

/** `work` gets the directory, held; its result is given back. */
export function inDirectory<T>(directory: string, work: (place: Place) => T): T {
  const walked = walk(resolve(directory), { judge: noForeignLink });
  try {
    if (walked.found === null) throw fsError('ENOENT', directory);
    if (!walked.found.stats.isDirectory()) throw fsError('ENOTDIR', directory);
    return work(walked.found);
  } finally {
    walked.close();
  }
}

/** With its parents; one that is there already is fine. */
export function makeDirectories(directory: string, mode = 0o777): void {
  const full = resolve(directory);
  try {
    makeLast(full, mode);
  } catch (error) {
    // A parent is missing, or somebody made it between two looks.
    if (codeOf(error) === 'ENOENT' && dirname(full) !== full) makeDirectories(dirname(full), mode);
    else if (codeOf(error) !== 'EEXIST') throw error;
    makeLast(full, mode);
  }
}

function makeLast(full: string, mode: number): void {
  const walked = walk(full, { judge: noForeignLink });
  try {
    if (walked.found === null) mkdirSync(`${walked.directory.path}/${walked.name}`, { mode });
    else if (!walked.found.stats.isDirectory()) throw fsError('ENOTDIR', full);
  } finally {
    walked.close();
  }
}

/** One file of our own: no link, no device, of no other account; `names`: how many it may have. */
function openOwn(path: string, flags: number, names = 1): number {
  const fd = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY, 0o600);
  const info = fstatSync(fd);
  if (info.isFile() && info.nlink <= names && isOurs(info.uid)) return fd;
  closeSync(fd);
  throw fsError('EPERM', path);
}

/** At most `maxBytes` of it; null where nothing stands. */
export function readOwnIn(
  { path }: Place,
  name: string,
  maxBytes: number,
  names = 1,
): { readonly bytes: Buffer; readonly truncated: boolean } | null {
  let fd: number;
  try {
    fd = openOwn(`${path}/${name}`, constants.O_RDONLY, names);
  } catch (error) {
    if (isMissing(codeOf(error))) return null;
    throw error;
  }
  try {
    const file = readDescriptor(fd, maxBytes);
    if (file.state !== 'read') throw fsError(file.state === 'unreadable' ? file.code : 'ENOENT', name);
    return file;
  } finally {
    closeSync(fd);
  }
}

/** The whole of it; null where nothing stands, nor its directory. */
export function readOwn(file: string, maxBytes: number, names = 1): string | null {
  try {
    const read = inDirectory(dirname(file), (place) => readOwnIn(place, basename(file), maxBytes, names));
    if (read?.truncated === true) throw fsError('EFBIG', file);
    return read?.bytes.toString('utf8') ?? null;
  } catch (error) {
    if (isMissing(codeOf(error))) return null;
    throw error;
  }
}

/** Takes the place of what stands there; a crash leaves the old file or the new one. */
export function writeOwn(file: string, content: string, mode: number): void {
  inDirectory(dirname(file), (place) => replaceIn(place, basename(file), Buffer.from(content), { mode, owner: null }));
}

/** False when the name is taken. Complete the moment it appears: link(2) fails where a name exists. */
export function claimName(file: string, content: string): boolean {
  return inDirectory(dirname(file), (place) => {
    const mine = `${basename(file)}.${randomBytes(6).toString('hex')}.tmp`;
    createIn(place, mine, Buffer.from(content), { mode: 0o600, owner: null });
    try {
      linkSync(`${place.path}/${mine}`, `${place.path}/${basename(file)}`);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      unlinkSync(`${place.path}/${mine}`);
    }
  });
}

export function removeOwn(file: string): void {
  inDirectory(dirname(file), ({ path }) => unlinkSync(`${path}/${basename(file)}`));
}

/** Names in a directory; empty where there is none. */
export function namesIn(directory: string): readonly string[] {
  try {
    return inDirectory(directory, ({ path }) => readdirSync(path));
  } catch (error) {
    if (isMissing(codeOf(error))) return [];
    throw error;
  }
}

/** Whether so many bytes fit there; nothing stays behind. */
export function tryRoom(directory: string, bytes: number): void {
  inDirectory(directory, (place) => tryIn(place, 'room', bytes));
}

/** Adds one line and makes it durable; what a crash left behind the last whole line is written over. */
export function appendOwn(file: string, line: string): void {
  inDirectory(dirname(file), (place) => {
    appendLine(place, basename(file), Buffer.from(`${line}\n`), Infinity);
  });
}

/** False, and nothing is added, where a file that has lines already would grow beyond `maxBytes`. */
export function appendLine(place: Place, name: string, line: Buffer, maxBytes: number): boolean {
  const fd = openOwn(`${place.path}/${name}`, constants.O_RDWR | constants.O_CREAT);
  try {
    const end = wholeLines(fd);
    if (end > 0 && end + line.length > maxBytes) return false;
    addAt(fd, line, end);
    if (end === 0) syncDirectory(place);
    return true;
  } finally {
    closeSync(fd);
  }
}

const CHUNK = 4096;

/** Where the last whole line ends. */
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
