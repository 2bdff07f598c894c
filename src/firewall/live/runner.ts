/** Runs programs on this host: argument arrays only, bounded output, a deadline for everything. */
import { spawn, type ChildProcess } from 'node:child_process';
import { access, constants } from 'node:fs/promises';

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

/** Administration programs are often outside a user's PATH. */
export const ADMIN_PATH = [
  ...new Set([...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/bin', '/bin']),
]
  .filter((dir) => dir.startsWith('/'))
  .join(':');

const OUTPUT_MAX = 64 * 1024 * 1024;

/** Environment for programs whose output we read: no translations, nothing else changed. */
export function commandEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, PATH: ADMIN_PATH, LC_ALL: 'C', LANG: 'C', ...extra };
}

function collect(child: ChildProcess, stream: 'stdout' | 'stderr'): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  child[stream]?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= OUTPUT_MAX) chunks.push(chunk);
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
      const child = spawn(program, args, {
        stdio: ['pipe', 'pipe', 'pipe'],
        cwd: options.cwd,
        env: commandEnv(options.env),
        timeout: options.timeoutMs ?? 30_000,
        killSignal: 'SIGKILL',
      });
      const stdout = collect(child, 'stdout');
      const stderr = collect(child, 'stderr');
      // A program that does not read its input closes the pipe: that is its right.
      child.stdin.on('error', () => undefined);
      child.on('error', (error) => {
        resolve({ code: null, stdout: stdout(), stderr: `${program}: ${error.message}` });
      });
      child.on('close', (code) => {
        resolve({ code, stdout: stdout(), stderr: stderr() });
      });
      child.stdin.end(options.stdin ?? '');
    });
  },
  async which(program) {
    const candidates = program.startsWith('/') ? [program] : ADMIN_PATH.split(':').map((dir) => `${dir}/${program}`);
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
