/** The real host behind agent/reader: files, /proc, the user database. Linux first; elsewhere what POSIX offers. */
import { existsSync, readlinkSync, statSync } from 'node:fs';
import { opendir, readdir, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { codeOf, isMissing, pinInside, readCapped, readProc } from '../host/capped-read.js';
import { runTrusted } from '../host/program.js';
import { place, walk, type Place } from '../host/walk.js';
import type { FileStat, HostReader, ProcessEntry, RunResult, StatResult } from '../agent/reader.js';
import { UsageError } from '../model/errors.js';

export interface HostReaderOptions {
  /** Read all paths below this directory, e.g. `/proc/123/root` for a container. Default: the host itself. */
  readonly root?: string;
}

const PROC = '/proc';
const MAX_PROC_BYTES = 1024 * 1024;

async function procText(path: string): Promise<string | null> {
  const file = await readProc(path, MAX_PROC_BYTES);
  return file.state === 'read' ? file.bytes.toString('utf8') : null;
}

/** The kernel gives a program at most 6 MiB of arguments and environment (execve(2)): what is longer was made up. */
const MAX_ENVIRON_BYTES = 6 * 1024 * 1024;
/** Names of a directory that are looked at. */
const MAX_NAMES = 20_000;

async function namesIn(path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of await opendir(path, { bufferSize: 1024 })) {
    names.push(entry.name);
    if (names.length >= MAX_NAMES) break;
  }
  return names.sort();
}

/** `/proc/stat` btime: the boot, seconds since the epoch. */
async function bootTime(): Promise<number | null> {
  const match = /^btime (\d+)$/m.exec((await procText(`${PROC}/stat`)) ?? '');
  return match === null ? null : Number(match[1]);
}

/** Clock ticks of /proc are 1/100 s on every Linux that Node runs on (USER_HZ). */
const USER_HZ = 100;

async function processEntry(pid: number, boot: number | null): Promise<ProcessEntry | null | 'not_read'> {
  const [statText, status, cmdline] = await Promise.all([
    procText(`${PROC}/${String(pid)}/stat`),
    procText(`${PROC}/${String(pid)}/status`),
    procText(`${PROC}/${String(pid)}/cmdline`),
  ]);
  if (statText === null || status === null || cmdline === null)
    return existsSync(`${PROC}/${String(pid)}`) ? 'not_read' : null;
  const shares = (name: string): boolean | null => sharesNamespace(pid, name);
  const exe = await readlink(`${PROC}/${String(pid)}/exe`).catch(() => null);
  const files = shares('mnt');
  // The name in parentheses may itself hold parentheses and spaces: fields are counted from its end.
  const fields = statText.slice(statText.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[19]);
  const number = (pattern: RegExp): number | null => {
    const match = pattern.exec(status);
    return match === null ? null : Number(match[1]);
  };
  return {
    pid,
    parent: fields[1] === undefined ? null : Number(fields[1]),
    uid: number(/^Uid:\s+\d+\s+(\d+)/m),
    gid: number(/^Gid:\s+\d+\s+(\d+)/m),
    exe: exe === null ? null : exe.replace(/ \(deleted\)$/, ''),
    argv: cmdline.split('\0').slice(0, -1),
    startedAtMs: boot === null || !Number.isFinite(ticks) ? null : boot * 1000 + (ticks * 1000) / USER_HZ,
    // A service may have mounts of its own and the same root (PrivateTmp); a container has another root.
    sharesOurFiles: files === null ? null : files || sameRoot(pid),
    sharesOurNetwork: shares('net'),
    // Everybody may read how many process numbers a process has: one for each nested namespace.
    sharesOurPids: shares('pid') ?? (/^NSpid:\s+\d+\s+\d/m.test(status) ? false : null),
  };
}

/** Null where we may not look. */
function sharesNamespace(pid: number, name: string): boolean | null {
  try {
    return readlinkSync(`${PROC}/${String(pid)}/ns/${name}`) === readlinkSync(`${PROC}/self/ns/${name}`);
  } catch {
    return null;
  }
}

function sameRoot(pid: number): boolean {
  try {
    const [theirs, ours] = [statSync(`${PROC}/${String(pid)}/root/`), statSync('/')];
    return theirs.dev === ours.dev && theirs.ino === ours.ino;
  } catch {
    return false;
  }
}

/**
 * The program's name where we may see it, else the process's own. Neither blocks, unlike the command line of a
 * process that hangs in the kernel.
 */
function looksLikeAgent(pid: string): boolean {
  try {
    return (
      basename(readlinkSync(`${PROC}/${pid}/exe`).replace(/ \(deleted\)$/, '')) === 'netdata' ||
      commOf(pid) === 'netdata'
    );
  } catch {
    return commOf(pid) === 'netdata';
  }
}

function commOf(pid: string): string | null {
  const file = readCapped(`${PROC}/${pid}/comm`, 64);
  return file.state === 'read' ? file.bytes.toString('utf8').trim() : null;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

function parsePasswd(text: string): PasswdEntry[] {
  const entries: PasswdEntry[] = [];
  for (const line of text.split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || uid === undefined || gid === undefined) continue;
    if (/^\d+$/.test(uid) && /^\d+$/.test(gid)) entries.push({ name, uid: Number(uid), gid: Number(gid) });
  }
  return entries;
}

function parseGroups(text: string): { name: string; gid: number; members: string[] }[] {
  const groups = [];
  for (const line of text.split('\n')) {
    const [name, , gid, members] = line.split(':');
    if (name === undefined || gid === undefined || !/^\d+$/.test(gid)) continue;
    groups.push({ name, gid: Number(gid), members: (members ?? '').split(',').filter((member) => member !== '') });
  }
  return groups;
}

function rootAt(path: string): Place {
  try {
    return place(`${path}/`);
  } catch (error) {
    throw new UsageError(`cannot look into ${path}: ${codeOf(error)}`);
  }
}

/** A reader of the host this process runs on. Throws UsageError when `root` cannot be entered. */
export function createHostReader(options: HostReaderOptions = {}): HostReader {
  // Held for good: a number of a process that is given to another one must not change what we look into.
  const root = options.root === undefined || options.root === '/' ? undefined : rootAt(options.root);
  const textOf = (path: string): string => {
    const file = readCapped(path, MAX_PROC_BYTES, root);
    return file.state === 'read' ? file.bytes.toString('utf8') : '';
  };
  const environment = new Map<string, string>();
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) environment.set(name, value);

  return {
    platform: process.platform,
    hostname: hostname(),
    uid: process.geteuid?.() ?? null,
    environment,
    readFile: (path, maxBytes) => Promise.resolve(readCapped(path, maxBytes, root)),
    async stat(path): Promise<StatResult> {
      try {
        const { stats: info, close } = pinInside(path, root);
        close();
        const type: FileStat['type'] = info.isFile() ? 'file' : info.isDirectory() ? 'directory' : 'other';
        const { size, uid, gid, mtimeMs } = info;
        const inode = `${String(info.dev)}:${String(info.ino)}`;
        return { type, size, uid, gid, mode: info.mode & 0o7777, mtimeMs, inode };
      } catch (error) {
        return isMissing(codeOf(error)) ? 'missing' : 'denied';
      }
    },
    async readDir(path) {
      try {
        const directory = pinInside(path, root);
        try {
          return await namesIn(directory.path);
        } finally {
          directory.close();
        }
      } catch {
        return null;
      }
    },
    async realPath(path) {
      try {
        const { found, real, close } = walk(path, root === undefined ? {} : { root });
        close();
        return found === null ? null : real;
      } catch {
        return null;
      }
    },
    async agentProcesses() {
      if (process.platform !== 'linux') return [];
      const names = await readdir(PROC).catch(() => [] as string[]);
      const boot = await bootTime();
      const candidates = names.filter((name) => /^\d+$/.test(name) && looksLikeAgent(name));
      const entries = await Promise.all(candidates.map(async (name) => processEntry(Number(name), boot)));
      const agents = entries.filter((entry) => entry !== null && entry !== 'not_read');
      // The daemon forks helpers that keep its name: only the head of each family is an Agent.
      const pids = new Set(agents.map((entry) => entry.pid));
      return agents.filter((entry) => entry.parent === null || !pids.has(entry.parent));
    },
    async process(pid) {
      return process.platform === 'linux' ? processEntry(pid, await bootTime()) : null;
    },
    seenBy(pid) {
      if (process.platform !== 'linux' || root !== undefined) return null;
      if (sharesNamespace(pid, 'mnt') !== false || !sameRoot(pid)) return null;
      try {
        return createHostReader({ root: `${PROC}/${String(pid)}/root` });
      } catch {
        // It ended meanwhile.
        return null;
      }
    },
    async environmentOf(pid) {
      if (process.platform !== 'linux') return null;
      const file = await readProc(`${PROC}/${String(pid)}/environ`, MAX_ENVIRON_BYTES);
      if (file.state !== 'read' || file.truncated) return null;
      const text = file.bytes.toString('utf8');
      const variables = new Map<string, string>();
      for (const entry of text.split('\0')) {
        const equals = entry.indexOf('=');
        const name = entry.slice(0, equals);
        // getenv() gives the first one of duplicates.
        if (equals > 0 && !variables.has(name)) variables.set(name, entry.slice(equals + 1));
      }
      return variables;
    },
    async userName(uid) {
      return parsePasswd(textOf('/etc/passwd')).find((entry) => entry.uid === uid)?.name ?? null;
    },
    async userId(name) {
      const user = parsePasswd(textOf('/etc/passwd')).find((entry) => entry.name === name);
      if (user === undefined) return null;
      const groups = parseGroups(textOf('/etc/group')).filter((group) => group.members.includes(name));
      return { uid: user.uid, gid: user.gid, groups: groups.map((group) => group.gid) };
    },
    async groupId(name) {
      return parseGroups(textOf('/etc/group')).find((group) => group.name === name)?.gid ?? null;
    },
    async run(program, args, timeoutMs): Promise<RunResult | null> {
      // A program of another root would run outside of it: not run at all.
      const result = root === undefined ? await runTrusted(program, args, timeoutMs) : null;
      return result?.ok === true ? { exitCode: result.exitCode, stdout: result.stdout } : null;
    },
  };
}
