/**
 * Programs of this host that we may run as root: found component by component, nothing on the way writable by
 * anybody but root and ourselves. What was looked at is what runs: it is handed over as a descriptor.
 */
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { basename } from 'node:path';
import { startProgram } from './start.js';
import { BY_DESCRIPTOR, codeOf, isMissing, O_PATH, walk, type Step } from './walk.js';

export type ProgramRun =
  | { readonly ok: true; readonly exitCode: number; readonly stdout: string }
  | {
      readonly ok: false;
      /** `untrusted`: others could exchange the program, or it is none. */
      readonly why: 'missing' | 'untrusted' | 'failed' | 'timeout';
    };

/** Why a program is not run, to follow its name. */
export const NOT_RUN = {
  missing: 'is not installed',
  untrusted: 'is not run: others than root could exchange it',
  failed: 'is not run: too many files are open',
} as const;
type NotRun = keyof typeof NOT_RUN;

const MAX_OUTPUT = 16 * 1024 * 1024;

class Untrusted extends Error {}

function assertOurs({ stats, isLink }: Step): void {
  const self = process.geteuid?.() ?? 0;
  if (stats.uid !== 0 && stats.uid !== self) throw new Untrusted('owner');
  if (isLink) return;
  const groupMay = (stats.mode & 0o020) !== 0 && stats.gid !== 0;
  // A sticky directory as well: what we find in it today somebody else may have put there.
  if (groupMay || (stats.mode & 0o002) !== 0) throw new Untrusted('writable by others');
}

/** A descriptor of the program; the caller closes it. */
function openTrusted(path: string): number | NotRun {
  try {
    const walked = walk(path, { judge: assertOurs });
    try {
      const { found } = walked;
      if (found === null) return 'missing';
      if (!found.stats.isFile() || (found.stats.mode & 0o111) === 0) return 'untrusted';
      // A name for it is enough to run it, also where it may not be read.
      return openSync(found.path, BY_DESCRIPTOR ? O_PATH : constants.O_RDONLY);
    } finally {
      walked.close();
    }
  } catch (error) {
    const code = codeOf(error);
    return isMissing(code) ? 'missing' : code === 'EMFILE' || code === 'ENFILE' ? 'failed' : 'untrusted';
  }
}

/** Where the programs of this system are; what a caller's PATH says does not count. */
export const SYSTEM_DIRS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'] as const;

/**
 * The path of a program by its name, in the directories of this system, or an absolute one: as it may be run by root.
 * `untrusted`: it is there, and somebody else could exchange it. No other program of the name is taken then.
 */
export function systemProgram(name: string): { readonly path: string } | NotRun {
  const paths = name.startsWith('/') ? [name] : SYSTEM_DIRS.map((directory) => `${directory}/${name}`);
  for (const path of paths) {
    const fd = openTrusted(path);
    // Directories that a group may write to are untrusted whether or not the program is in them.
    if (fd === 'missing' || (fd === 'untrusted' && !existsSync(path))) continue;
    if (typeof fd === 'string') return fd;
    closeSync(fd);
    return { path };
  }
  return 'missing';
}

/** Runs an absolute program with an empty environment, or `env`; bounded in time (ms) and output. Never rejects. */
export function runTrusted(
  path: string,
  args: readonly string[],
  timeoutMs: number,
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramRun> {
  const fd = path.startsWith('/') ? openTrusted(path) : 'untrusted';
  if (typeof fd !== 'number') return Promise.resolve({ ok: false, why: fd });
  return new Promise((resolve) => {
    // Descriptor 3 of the child is the program itself: no path is looked up again.
    const child = startProgram(BY_DESCRIPTOR ? '/proc/self/fd/3' : path, args, {
      argv0: basename(path),
      stdio: ['ignore', 'pipe', 'ignore', fd],
      env,
      cwd: '/',
    });
    closeSync(fd);
    const chunks: Buffer[] = [];
    let size = 0;
    let late = false;
    const kill = (): void => {
      child.kill('SIGKILL');
      // A child of the program may hold the pipe open: nobody waits for that one.
      child.stdout?.destroy();
    };
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, timeoutMs);
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT) kill();
      else chunks.push(chunk);
    });
    child.on('error', () => {
      clearTimeout(timer);
      resolve({ ok: false, why: 'failed' });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (late) resolve({ ok: false, why: 'timeout' });
      else if (code === null) resolve({ ok: false, why: 'failed' });
      else resolve({ ok: true, exitCode: code, stdout: Buffer.concat(chunks).toString('utf8') });
    });
  });
}
