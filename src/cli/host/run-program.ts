/** Runs a program of this host with arguments, never through a shell; bounded in time and output. */
import { execFile } from 'node:child_process';

export type ProgramResult =
  | { readonly ok: true; readonly stdout: string }
  | { readonly ok: false; readonly why: 'missing' | 'not_permitted' | 'failed' | 'timeout'; readonly detail: string };

export const SAFE_PATH = '/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin';

export function runProgram(program: string, args: readonly string[], timeoutMs: number): Promise<ProgramResult> {
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      { timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024, env: { PATH: SAFE_PATH, LC_ALL: 'C' }, encoding: 'utf8' },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve({ ok: true, stdout });
          return;
        }
        const detail = (stderr || error.message).slice(0, 300);
        if (error.code === 'ENOENT') resolve({ ok: false, why: 'missing', detail });
        else if (error.killed === true) resolve({ ok: false, why: 'timeout', detail });
        else if (/not permitted|permission denied|must be root/i.test(detail))
          resolve({ ok: false, why: 'not_permitted', detail });
        else resolve({ ok: false, why: 'failed', detail });
      },
    );
  });
}
