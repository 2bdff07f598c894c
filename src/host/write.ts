/** Writing into a pinned directory: a name in it is all that is still looked up, and never followed. Synchronous. */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fchmodSync, fchownSync, fstatSync, fsyncSync, openSync } from 'node:fs';
import { renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { codeOf, type Place } from './walk.js';

export interface Attributes {
  readonly mode: number;
  /** null = whatever a new file of ours gets. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/** As a whole, or one part after another. */
type Content = Uint8Array | Iterable<Uint8Array>;

/** A file that must not exist yet, complete or not there at all. Throws the file system's errors. */
export function createIn(directory: Place, name: string, content: Content, { mode, owner }: Attributes): void {
  const path = `${directory.path}/${name}`;
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    const info = fstatSync(fd);
    if (owner !== null && (info.uid !== owner.uid || info.gid !== owner.gid)) fchownSync(fd, owner.uid, owner.gid);
    fchmodSync(fd, mode);
    for (const part of content instanceof Uint8Array ? [content] : content) writeFileSync(fd, part);
    fsyncSync(fd);
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Takes the place of `name`, link or not; a reader sees the old file or the whole new one. */
export function replaceIn(directory: Place, name: string, content: Content, attributes: Attributes): void {
  const temporary = `.${name.slice(0, 200)}.${randomBytes(6).toString('hex')}.tmp`;
  createIn(directory, temporary, content, attributes);
  try {
    renameSync(`${directory.path}/${temporary}`, `${directory.path}/${name}`);
  } catch (error) {
    unlinkSync(`${directory.path}/${temporary}`);
    throw error;
  }
  syncDirectory(directory);
}

/** A rename is only durable with its directory. One that may be written but not read cannot be synced. */
export function syncDirectory({ path }: Place): void {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch (error) {
    if (codeOf(error) === 'EACCES') return;
    throw error;
  }
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes and removes a file, to learn whether one of so many bytes can be made. */
export function tryIn(directory: Place, name: string, bytes = 0): void {
  const probe = `.${name.slice(0, 200)}.${randomBytes(6).toString('hex')}.tmp`;
  createIn(directory, probe, new Uint8Array(bytes), { mode: 0o600, owner: null });
  unlinkSync(`${directory.path}/${probe}`);
}
