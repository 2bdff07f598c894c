/**
 * The state directory: everything is written beside its place, synced and renamed, so that a crash leaves either
 * the old file or the new one. One process at a time holds the lock.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../../model/errors.js';

/** The state cannot be written: no room, no right, or a file system that is read-only. Nothing was changed. */
export class StateUnwritable extends UsageError {}

const WHY: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the quota is used up',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
  ENOSPC: 'no space left',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
};

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'failed');

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = WHY[codeOf(error)];
    throw why === undefined ? error : new StateUnwritable(`cannot write ${path}: ${why}`);
  }
}

/** Syncs the directory too: a rename is only durable with its directory. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Atomic and durable. Mode 0600: state names hosts and users. */
export async function writeDurably(path: string, content: string, mode = 0o600): Promise<void> {
  await writing(path, async () => {
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    const handle = await open(temporary, 'wx', mode);
    try {
      try {
        await handle.writeFile(content);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await unlink(temporary).catch(() => undefined);
      throw error;
    }
    await syncDirectory(dirname(path));
  });
}

/** More than any change writes. */
const ROOM_BYTES = 256 * 1024;

/** Throws StateUnwritable unless what a change has to write down will fit. */
export async function assertRoom(stateDir: string): Promise<void> {
  const path = join(stateDir, 'room');
  await writing(stateDir, async () => {
    try {
      await writeFile(path, Buffer.alloc(ROOM_BYTES), { mode: 0o600, flush: true });
    } finally {
      await unlink(path).catch(() => undefined);
    }
  });
}

/** Appends one line and syncs it. A torn last line of an earlier crash is cut off first. */
export async function appendDurably(path: string, line: string): Promise<void> {
  const before = (await readIfThere(path)) ?? '';
  const whole = before.slice(0, before.lastIndexOf('\n') + 1);
  await writing(path, async () => {
    const handle = await open(path, 'a+', 0o600);
    try {
      if (whole.length !== before.length) await handle.truncate(Buffer.byteLength(whole));
      await handle.appendFile(`${line}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncDirectory(dirname(path));
  });
}

export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new UsageError(
      `cannot read ${path}: ${error instanceof Error && 'code' in error ? String(error.code) : 'failed'}`,
    );
  }
}

export async function makeStateDir(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const code = codeOf(error);
    const why = WHY[code];
    if (why !== undefined) throw new StateUnwritable(`cannot make ${path}: ${why}`);
    throw new UsageError(`cannot make ${path}: ${code}`);
  }
}

/** Start time of a process in clock ticks: with the pid, it names a process for good. null = no such process. */
async function startTime(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'latin1').catch(() => null);
  return stat === null ? null : (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null);
}

async function lockHolder(path: string): Promise<number | null> {
  const [pidText, started] = ((await readIfThere(path)) ?? '').trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid < 1) return null;
  return started !== undefined && (await startTime(pid)) === started ? pid : null;
}

async function assertUnlocked(stateDir: string): Promise<void> {
  const holder = await lockHolder(join(stateDir, 'lock'));
  if (holder === null) return;
  throw new UsageError(`another netdata-egress (process ${String(holder)}) is working in ${stateDir}; try again later`);
}

/** Throws UsageError while another living process holds it. A lock of a dead process is taken over. */
export async function takeLock(stateDir: string): Promise<() => Promise<void>> {
  const path = join(stateDir, 'lock');
  const mine = `${path}.${String(process.pid)}.${randomBytes(4).toString('hex')}`;
  try {
    await assertUnlocked(stateDir);
    const content = `${String(process.pid)} ${(await startTime(process.pid)) ?? ''}\n`;
    await writing(stateDir, () => writeFile(mine, content, { mode: 0o600, flag: 'wx' }));
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        // link(2) fails when the name exists: the content is complete the moment the lock appears.
        await link(mine, path);
        return async () => {
          await unlink(path).catch(() => undefined);
        };
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      await assertUnlocked(stateDir);
      await unlink(path).catch(() => undefined);
    }
    throw new UsageError(`cannot lock ${stateDir}`);
  } finally {
    await unlink(mine).catch(() => undefined);
  }
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
