/**
 * The state directory: everything is written beside its place, synced and renamed, so that a crash leaves either
 * the old file or the new one. One process at a time holds the lock. What is read is ours, and capped.
 */
import { join } from 'node:path';
import { textOf } from '../../host/capped-read.js';
import { appendOwn, claimName, makeDirectories, readOwn, removeOwn, tryRoom, writeOwn } from '../../host/own-files.js';
import { codeOf } from '../../host/walk.js';
import { UsageError } from '../../model/errors.js';

/** The state cannot be written: no room, no right, or a file system that is read-only. Nothing was changed. */
export class StateUnwritable extends UsageError {}

const WHY: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the quota is used up',
  EFOREIGNLINK: 'a symbolic link on its way belongs to somebody else',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
  ENOSPC: 'no space left',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
};

/** Far more than we ever write. */
const MAX_BYTES = 64 * 1024 * 1024;

function writing<T>(path: string, work: () => T, doing = 'write'): T {
  try {
    return work();
  } catch (error) {
    const why = WHY[codeOf(error)];
    throw why === undefined ? error : new StateUnwritable(`cannot ${doing} ${path}: ${why}`);
  }
}

/** Atomic and durable. Mode 0600: state names hosts and users. */
export async function writeDurably(path: string, content: string, mode = 0o600): Promise<void> {
  writing(path, () => writeOwn(path, content, mode));
}

/** More than any change writes. */
const ROOM_BYTES = 256 * 1024;

/** Throws StateUnwritable unless what a change has to write down will fit. */
export async function assertRoom(stateDir: string): Promise<void> {
  writing(stateDir, () => tryRoom(stateDir, ROOM_BYTES));
}

/** Appends one line and syncs it. A torn last line of an earlier crash is cut off first. */
export async function appendDurably(path: string, line: string): Promise<void> {
  writing(path, () => appendOwn(path, line));
}

const WHY_UNREAD: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EFBIG: 'it is too large to be ours',
  EFOREIGNLINK: 'a symbolic link on its way belongs to somebody else',
  ELOOP: 'it is a symbolic link',
  EPERM: 'it is not a file of ours',
};

export async function readIfThere(path: string): Promise<string | null> {
  return reading(path, 1);
}

function reading(path: string, names: number): string | null {
  try {
    return readOwn(path, MAX_BYTES, names);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${WHY_UNREAD[codeOf(error)] ?? codeOf(error)}`);
  }
}

/** False when the name is taken already: whoever comes first settles it. */
export function claimDurably(path: string, content: string): boolean {
  return writing(path, () => claimName(path, content));
}

/** What cannot be taken away is nothing that a change may fail for. */
export function removeIfThere(path: string): void {
  try {
    removeOwn(path);
  } catch {
    // Not there, or a file system that is read-only by now.
  }
}

export async function makeStateDir(path: string): Promise<void> {
  try {
    writing(path, () => makeDirectories(path, 0o700), 'make');
  } catch (error) {
    if (error instanceof StateUnwritable) throw error;
    throw new UsageError(`cannot make ${path}: ${codeOf(error)}`);
  }
}

/** Start time of a process in clock ticks: with the pid, it names a process for good. null = no such process. */
function startTime(pid: number): string | null {
  const stat = textOf(`/proc/${String(pid)}/stat`, 4096);
  return stat === '' ? null : (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null);
}

function lockHolder(path: string): number | null {
  // It has a second name while it is taken.
  const [pidText, started] = (reading(path, 2) ?? '').trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid < 1) return null;
  return started !== undefined && startTime(pid) === started ? pid : null;
}

/** Throws UsageError while another living process holds it. A lock of a dead process is taken over. */
export async function takeLock(stateDir: string): Promise<() => Promise<void>> {
  const path = join(stateDir, 'lock');
  const content = `${String(process.pid)} ${startTime(process.pid) ?? ''}\n`;
  for (let attempt = 0; attempt < 3; attempt++) {
    const holder = lockHolder(path);
    if (holder !== null)
      throw new UsageError(
        `another netdata-egress (process ${String(holder)}) is working in ${stateDir}; try again later`,
      );
    if (attempt > 0) removeIfThere(path);
    if (writing(stateDir, () => claimName(path, content))) return async () => removeIfThere(path);
  }
  throw new UsageError(`cannot lock ${stateDir}`);
}

/**
 * The state directory, made if need be, held until the function given back is called, and with room for what a change
 * writes. Throws StateUnwritable, with nothing left behind, where it cannot be written.
 */
export async function openState(stateDir: string): Promise<() => Promise<void>> {
  await makeStateDir(stateDir);
  const unlock = await takeLock(stateDir);
  try {
    await assertRoom(stateDir);
    return unlock;
  } catch (error) {
    await unlock();
    throw error;
  }
}
