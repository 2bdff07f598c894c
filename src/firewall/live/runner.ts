/** Runs programs on this host: argument arrays only, bounded output, a deadline for everything. */
import type { ChildProcess } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { NOT_RUN, SYSTEM_DIRS, systemProgram } from '../../host/program.js';
import { startProgram } from '../../host/start.js';

export interface CommandResult {
  /** Exit status; null when it could not be started or was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Text for standard input; absent = empty. */
  readonly stdin?: string;
  /** Default 30 s. */
  readonly timeoutMs?: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The seam between this folder and the host: tests hand in another one. */
export interface CommandRunner {
  run(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Full path of a program, or null. */
  which(program: string): Promise<string | null>;
}

const isRoot = (): boolean => process.geteuid?.() === 0;

/**
 * As root only what root's own directories hold, whatever the caller's PATH says; else the caller's PATH, and the
 * directories of administration programs, which are often not in it.
 */
function adminPath(): string {
  const own = isRoot() ? [] : (process.env['PATH'] ?? '').split(':');
  return [...new Set([...own, ...SYSTEM_DIRS])].filter((dir) => dir.startsWith('/')).join(':');
}

/** What to run for a name; as root nothing that others could exchange. */
function located(program: string): ReturnType<typeof systemProgram> {
  return isRoot() ? systemProgram(program) : { path: program };
}

const OUTPUT_MAX = 64 * 1024 * 1024;

/** Environment for programs whose output we read: no translations, nothing else changed. */
export function commandEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, PATH: adminPath(), LC_ALL: 'C', LANG: 'C', ...extra };
}

/** A part of what a program prints is no answer: one that prints too much is ended. */
function collect(child: ChildProcess, stream: 'stdout' | 'stderr'): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  child[stream]?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= OUTPUT_MAX) chunks.push(chunk);
    else child.kill('SIGKILL');
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** The real one. Never rejects: a program that cannot be started is a result with code null. */
export const hostRunner: CommandRunner = {
  run(argv, options = {}) {
    return new Promise((resolve) => {
      const [program, ...args] = argv;
      if (program === undefined) {
        resolve({ code: null, stdout: '', stderr: 'nothing to run' });
        return;
      }
      const found = located(program);
      if (typeof found === 'string') {
        resolve({ code: null, stdout: '', stderr: `${program} ${NOT_RUN[found]}` });
        return;
      }
      const child = startProgram(found.path, args, {
        stdio: ['pipe', 'pipe', 'pipe'],
        cwd: options.cwd,
        env: commandEnv(options.env),
      });
      // Not by spawn itself: its timer goes on when the program could not be started.
      const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 30_000);
      const finish = (result: CommandResult): void => {
        clearTimeout(timer);
        resolve(result);
      };
      child.on('error', (error) => finish({ code: null, stdout: '', stderr: `${program}: ${error.message}` }));
      const stdout = collect(child, 'stdout');
      const stderr = collect(child, 'stderr');
      // A program that does not read its input closes the pipe: that is its right.
      child.stdin?.on('error', () => undefined).end(options.stdin ?? '');
      child.on('close', (code) => finish({ code, stdout: stdout(), stderr: stderr() }));
    });
  },
  async which(program) {
    if (isRoot()) {
      const found = systemProgram(program);
      return typeof found === 'string' ? null : found.path;
    }
    const candidates = program.startsWith('/')
      ? [program]
      : adminPath()
          .split(':')
          .map((dir) => `${dir}/${program}`);
    for (const path of candidates)
      try {
        await access(path, constants.X_OK);
        return path;
      } catch {
        continue;
      }
    return null;
  },
};
