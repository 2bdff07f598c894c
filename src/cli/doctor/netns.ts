/**
 * Enters the Agent's network namespace by running ourselves again under nsenter(1): a Node process cannot move its
 * own threads. For a process with a file tree of its own (a container) the inner run gets a mount namespace besides,
 * so that the C library looks names up with the container's files. The inner run gets the same arguments and is told
 * by an environment variable that it has arrived.
 */
import { readlink, stat } from 'node:fs/promises';
import { UsageError } from '../../model/errors.js';
import { NOT_RUN, systemProgram } from '../../host/program.js';
import { startProgram } from '../../host/start.js';
import { SAFE_PATH } from '../host/run-program.js';
import { ownProgram } from '../self.js';
import { adoptNameService, foreignRoot } from './container.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const ARRIVED = 'NETDATA_EGRESS_NETNS';
/** Set beside it where the inner run has a mount namespace of its own. */
const OWN_MOUNTS = 'NETDATA_EGRESS_OWN_MOUNTS';

export type Entry =
  | {
      readonly kind: 'here';
      readonly name: string | null;
      /** Where the Agent's files are, when not in our own tree. */
      readonly root: string | null;
      readonly notChecked: readonly string[];
    }
  | { readonly kind: 'left'; readonly exitCode: number };

/** `left`: another process did the work, its exit code is ours. */
export async function enterNamespace(netns: string | null, pid: number | null): Promise<Entry> {
  const root = pid === null ? null : foreignRoot(pid);
  const here = (name: string | null, notChecked: readonly string[] = []): Entry => ({
    kind: 'here',
    name,
    root,
    notChecked,
  });
  const arrived = process.env[ARRIVED];
  if (arrived !== undefined) {
    const own = process.env[OWN_MOUNTS] !== undefined && root !== null;
    return here(arrived === '' ? null : arrived, own ? adoptNameService(root) : []);
  }
  if (netns === null && pid === null) return here(null);
  const path = netns === null ? `/proc/${String(pid)}/ns/net` : namespacePath(netns);
  const stay = await isOurs(path, netns === null ? pid : null);
  if (stay && root === null) return here(null);
  const name = netns ?? `pid ${String(pid)}`;
  const code = await runInside(stay ? null : path, root !== null, stay ? '' : name);
  if (typeof code === 'number') return { kind: 'left', exitCode: code };
  if (netns !== null) throw new UsageError(`--netns: cannot enter ${netns}: ${code.why}`);
  return here(null, [
    ...(stay ? [] : [`the Agent's network namespace: not checked because it cannot be entered (${code.why})`]),
    ...(root === null
      ? []
      : [`look-ups as the container makes them: not checked because its files cannot be put in place (${code.why})`]),
  ]);
}

function namespacePath(netns: string): string {
  if (!/^[\w./-]{1,200}$/.test(netns) || netns.startsWith('-')) throw new UsageError('--netns takes a name or a path');
  return netns.includes('/') ? netns : `/run/netns/${netns}`;
}

async function isOurs(path: string, pid: number | null): Promise<boolean> {
  try {
    const [theirs, ours] = await Promise.all([stat(path), stat('/proc/self/ns/net')]);
    return theirs.ino === ours.ino && theirs.dev === ours.dev;
  } catch {
    const link = await readlink(path).catch(() => null);
    if (link !== null) return false;
    if (pid !== null) throw new UsageError(`--pid: there is no process ${String(pid)}`);
    throw new UsageError(`there is no network namespace ${path}`);
  }
}

function runInside(netns: string | null, ownMounts: boolean, name: string): Promise<number | { readonly why: string }> {
  const own = ownProgram();
  const command = [
    ...(netns === null ? [] : ['nsenter', `--net=${netns}`, '--']),
    ...(ownMounts ? ['unshare', '--mount', '--'] : []),
    own.file,
    ...own.args,
    ...process.argv.slice(2),
  ];
  const [program = own.file, ...args] = command;
  const found = program === own.file ? { path: own.file } : systemProgram(program);
  if (typeof found === 'string') return Promise.resolve({ why: `${program} ${NOT_RUN[found]}` });
  return new Promise((resolve) => {
    const child = startProgram(found.path, args, {
      stdio: [own.input === null ? 'inherit' : 'pipe', 'inherit', 'inherit'],
      env: { ...process.env, PATH: SAFE_PATH, [ARRIVED]: name, ...(ownMounts ? { [OWN_MOUNTS]: '1' } : {}) },
    });
    child.stdin?.on('error', () => undefined).end(own.input);
    // The inner run prints what it knows and we pass its exit code on. A terminal sends Ctrl-C to both of us, kill(1) to
    // one: the inner run takes two in a row for one.
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    const stop = (): void => SIGNALS.forEach((signal) => process.off(signal, pass));
    for (const signal of SIGNALS) process.on(signal, pass);
    child.on('error', (error) => {
      stop();
      resolve({ why: 'code' in error && error.code === 'ENOENT' ? `${program} is not installed` : error.message });
    });
    child.on('exit', (code, signal) => {
      stop();
      resolve(code ?? (signal === 'SIGINT' ? 130 : 3));
    });
  });
}
