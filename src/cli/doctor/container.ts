/** A container by its id: the process of it to look at, and the name-service files that its look-ups would read. */
import { readdirSync, statSync } from 'node:fs';
import { copyFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textOf } from '../../host/capped-read.js';
import { UsageError } from '../../model/errors.js';
import { runProgram } from '../host/run-program.js';

const MAX_PROC_BYTES = 65_536;

/** Ids as docker, podman, containerd and CRI-O print them, whole or shortened. */
const ID = /^[0-9a-f]{12,64}$/;

/** The Agent's process in the container, else the container's first one. `proc` stands in for /proc in tests. */
export function pidOfContainer(id: string, proc = '/proc'): number {
  if (!ID.test(id)) throw new UsageError('--container takes a container id of 12 to 64 hexadecimal digits');
  const pids = readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) =>
      idsIn(textOf(`${proc}/${String(pid)}/cgroup`, MAX_PROC_BYTES)).some((found) => found.startsWith(id)),
    )
    .sort((a, b) => a - b);
  const agent = pids.find((pid) => textOf(`${proc}/${String(pid)}/comm`, MAX_PROC_BYTES).trim() === 'netdata');
  const pid = agent ?? pids[0];
  if (pid === undefined) throw new UsageError(`--container: no process of a container ${id.slice(0, 12)} runs here`);
  return pid;
}

/** Container ids in a cgroup file: `docker-<id>.scope`, `/docker/<id>`, `libpod-<id>.scope`, `cri-containerd-<id>.scope`, `/kubepods/…/<id>`. */
export function idsIn(cgroup: string): readonly string[] {
  return [...cgroup.matchAll(/(?:^|[/:-])([0-9a-f]{64})(?=\.scope|\/|\s|$)/gm)].map((match) => match[1] ?? '');
}

/** The file tree of a process that is not ours: `/proc/PID/root`; null for one that shares our root, or may not be looked at. */
export function foreignRoot(pid: number): string | null {
  const root = `/proc/${String(pid)}/root`;
  try {
    const [theirs, ours] = [statSync(`${root}/`), statSync('/')];
    return theirs.dev === ours.dev && theirs.ino === ours.ino ? null : root;
  } catch {
    return null;
  }
}

/** What the C library reads before it looks a name up. */
const NAME_SERVICE_FILES = ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf'] as const;

/**
 * Puts the container's name-service files over ours; only to be called in a mount namespace of our own. Returns what
 * could not be done, in plain words.
 */
export async function adoptNameService(root: string): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'netdata-egress-'));
  const failed: string[] = [];
  for (const file of NAME_SERVICE_FILES) {
    const copy = join(directory, file.replaceAll('/', '_'));
    try {
      await copyFile(root + file, copy);
    } catch {
      // No such file in the container: its C library does without, and so must ours.
      continue;
    }
    const bound = await runProgram('mount', ['--bind', copy, file], 2000);
    if (!bound.ok) failed.push(file);
  }
  return failed.length === 0
    ? []
    : [`look-ups as the container makes them: not checked because ${failed.join(', ')} cannot be put in place here`];
}
