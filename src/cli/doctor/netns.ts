/**
 * Enters the Agent's network namespace by running ourselves again under nsenter(1): a Node process cannot move its
 * own threads. The inner run gets the same arguments and is told by an environment variable that it has arrived.
 */
import { spawn } from 'node:child_process';
import { readlink, stat } from 'node:fs/promises';
import { UsageError } from '../../model/errors.js';

const ARRIVED = 'NETDATA_EGRESS_NETNS';

export type Entry =
  | { readonly kind: 'here'; readonly name: string | null; readonly notChecked: readonly string[] }
  | { readonly kind: 'left'; readonly exitCode: number };

/** `left`: another process did the work, its exit code is ours. */
export async function enterNamespace(netns: string | null, pid: number | null): Promise<Entry> {
  const arrived = process.env[ARRIVED];
  if (arrived !== undefined) return { kind: 'here', name: arrived, notChecked: [] };
  if (netns === null && pid === null) return { kind: 'here', name: null, notChecked: [] };
  const path = netns === null ? `/proc/${String(pid)}/ns/net` : namespacePath(netns);
  if (await isOurs(path)) return { kind: 'here', name: null, notChecked: [] };
  const code = await runInside(path, netns ?? `pid ${String(pid)}`);
  if (typeof code === 'number') return { kind: 'left', exitCode: code };
  if (netns !== null) throw new UsageError(`--netns: cannot enter ${netns}: ${code.why}`);
  return {
    kind: 'here',
    name: null,
    notChecked: [`the Agent's network namespace: not checked because it cannot be entered (${code.why})`],
  };
}

function namespacePath(netns: string): string {
  if (!/^[\w./-]{1,200}$/.test(netns) || netns.startsWith('-')) throw new UsageError('--netns takes a name or a path');
  return netns.includes('/') ? netns : `/run/netns/${netns}`;
}

async function isOurs(path: string): Promise<boolean> {
  try {
    const [theirs, ours] = await Promise.all([stat(path), stat('/proc/self/ns/net')]);
    return theirs.ino === ours.ino && theirs.dev === ours.dev;
  } catch {
    const link = await readlink(path).catch(() => null);
    if (link !== null) return false;
    throw new UsageError(`there is no network namespace ${path}`);
  }
}

function runInside(path: string, name: string): Promise<number | { readonly why: string }> {
  return new Promise((resolve) => {
    const child = spawn('nsenter', [`--net=${path}`, '--', process.execPath, ...process.argv.slice(1)], {
      stdio: 'inherit',
      env: { ...process.env, [ARRIVED]: name },
    });
    // The terminal sends Ctrl-C to both; the inner run prints what it knows and we pass its exit code on.
    const ignore = (): void => undefined;
    process.on('SIGINT', ignore);
    child.on('error', (error) => {
      process.off('SIGINT', ignore);
      resolve({ why: 'code' in error && error.code === 'ENOENT' ? 'nsenter is not installed' : error.message });
    });
    child.on('exit', (code, signal) => {
      process.off('SIGINT', ignore);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 3));
    });
  });
}
