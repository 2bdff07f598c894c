/**
 * Writing one of the Agent's files so that neither the Agent nor a crash ever sees half of it: a copy of the old one
 * beside it, a new file with the same owner and mode, then a rename.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, realpath, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { HostReader } from '../../agent/reader.js';
import type { NewFile } from '../../agent/config-plan.js';
import { UsageError } from '../../model/errors.js';

interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

function failed(path: string, error: unknown): UsageError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const words: Record<string, string> = {
    EACCES: 'permission denied: run as root',
    EPERM: 'not permitted: run as root',
    ENOENT: 'its directory does not exist',
    EROFS: 'the file system is read-only',
    ENOSPC: 'no space left',
  };
  return new UsageError(`cannot write ${path}: ${words[code] ?? code}`);
}

/**
 * The file behind a path. A link is followed only if its maker could have changed the target anyway: as root we must
 * not be led out of a directory that belongs to the Agent's user.
 */
async function fileBehind(path: string): Promise<{ readonly path: string; readonly attributes: Attributes | null }> {
  const info = await lstat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw failed(path, error);
  });
  if (info === null) return { path, attributes: null };
  if (!info.isSymbolicLink()) {
    if (!info.isFile()) throw new UsageError(`cannot write ${path}: it is not a file`);
    return { path, attributes: { mode: info.mode & 0o7777, uid: info.uid, gid: info.gid } };
  }
  if (info.uid !== 0 && info.uid !== process.geteuid?.()) {
    throw new UsageError(`cannot write ${path}: it is a symbolic link that belongs to somebody else`);
  }
  const target = await realpath(path).catch((error: unknown) => {
    throw failed(path, error);
  });
  return fileBehind(target);
}

async function attributesOfNew(reader: HostReader, created: NewFile): Promise<Attributes> {
  const [owner, gid] = await Promise.all([reader.userId(created.owner), reader.groupId(created.group)]);
  // A host without an account database still has root.
  const uid = owner?.uid ?? (created.owner === 'root' ? 0 : null);
  const group = gid ?? (created.group === 'root' ? 0 : null);
  const missing = [uid === null ? `user ${created.owner}` : '', group === null ? `group ${created.group}` : ''].filter(
    (name) => name !== '',
  );
  if (uid === null || group === null)
    throw new UsageError(`cannot create the file: there is no ${missing.join(' and no ')} on this host`);
  return { mode: created.mode, uid, gid: group };
}

/** Writes a file that must not exist, with these attributes from the start of its life under its final name. */
async function writeNew(path: string, content: Uint8Array, { mode, uid, gid }: Attributes): Promise<void> {
  let file: FileHandle | null = null;
  try {
    file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    const info = await file.stat();
    if (info.uid !== uid || info.gid !== gid) await file.chown(uid, gid);
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    if (file !== null) await unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await file?.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export interface WrittenConfig {
  readonly path: string;
  /** Copy of the old file; null when there was none. */
  readonly backup: string | null;
}

/** Replaces `before` by `after`; refuses when the file is not `before` any more. Throws UsageError. */
export async function writeConfig(
  reader: HostReader,
  wanted: string,
  before: string | null,
  after: string,
  created: NewFile,
  now: Date,
): Promise<WrittenConfig> {
  const { path, attributes } = await fileBehind(wanted);
  const current = attributes === null ? null : await reader.readFile(path, 2 * 1024 * 1024);
  const text =
    current === null ? null : current.state === 'read' ? Buffer.from(current.bytes).toString('utf8') : undefined;
  if (text !== before) throw new UsageError(`cannot write ${wanted}: it changed while we looked at it`);
  const target = attributes ?? (await attributesOfNew(reader, created));
  const stamp = now.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  const backup = attributes === null ? null : `${path}.${stamp}.bak`;
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    if (backup !== null && before !== null) await writeNew(backup, Buffer.from(before), target);
    await writeNew(temporary, Buffer.from(after), target);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw failed(wanted, error);
  }
  return { path, backup };
}
