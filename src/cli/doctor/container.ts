/** A container by its id: the process of it to look at, and the name-service files that its look-ups would read. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCapped, textOf } from '../../host/capped-read.js';
import { runTrusted, systemProgram } from '../../host/program.js';
import { place } from '../../host/walk.js';
import type { AgentContainer } from '../../model/agent.js';
import { UsageError } from '../../model/errors.js';
import { SAFE_PATH } from '../host/run-program.js';

const MAX_PROC_BYTES = 65_536;

/** What knows containers by their names, in the order in which they are asked. */
const ENGINES = ['docker', 'podman', 'nerdctl'] as const;
const ENGINE_MS = 5000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/**
 * The id of a container that was named by its id or by its name.
 *
 * @param ask what `ENGINE container inspect` says, null = that engine is not there or does not know it
 */
export async function containerId(typed: string, ask = askEngine): Promise<string> {
  if (ID.test(typed)) return typed;
  if (!NAME.test(typed)) throw new UsageError('--container takes the name or the id of a container');
  for (const engine of ENGINES) {
    const id = (await ask(engine, typed))?.trim() ?? '';
    if (ID.test(id)) return id;
  }
  throw new UsageError(
    `--container: ${ENGINES.join(', ')} know no running container "${typed.slice(0, 60)}" here; give its id of 12 to 64 hexadecimal digits, or --pid`,
  );
}

async function askEngine(engine: string, name: string): Promise<string | null> {
  const program = systemProgram(engine);
  if (typeof program === 'string') return null;
  const args = ['container', 'inspect', '--format', '{{.Id}}', name];
  const ran = await runTrusted(program.path, args, ENGINE_MS, { PATH: SAFE_PATH });
  return ran.ok && ran.exitCode === 0 ? ran.stdout : null;
}

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

/** The container that a process is in; null for one that is in none that we know. `proc` stands in for /proc in tests. */
export function containerOf(pid: number, proc = '/proc'): AgentContainer | null {
  const cgroup = textOf(`${proc}/${String(pid)}/cgroup`, MAX_PROC_BYTES);
  const [id] = idsIn(cgroup);
  if (id === undefined) return null;
  const engine = /kubepods|cri-containerd|crio/.test(cgroup)
    ? 'kubernetes'
    : /libpod/.test(cgroup)
      ? 'podman'
      : 'docker';
  return { engine, id: id.slice(0, 12) };
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

const MAX_BYTES = 1024 * 1024;

/**
 * Puts the container's name-service files over ours; only to be called in a mount namespace of our own. They are
 * read inside of the container's tree, whatever its links say. Returns what could not be done, in plain words.
 */
export function adoptNameService(root: string, mount = bindMount): readonly string[] {
  // While one listens, a signal waits until the copies are gone; then it ends us as it would have.
  const caught: NodeJS.Signals[] = [];
  const listener = (signal: NodeJS.Signals): void => void caught.push(signal);
  for (const signal of SIGNALS) process.on(signal, listener);
  let directory: string | null = null;
  try {
    const tree = place(`${root}/`);
    const failed: string[] = [];
    try {
      directory = mkdtempSync(join(tmpdir(), 'netdata-egress-'));
      for (const file of NAME_SERVICE_FILES) {
        const theirs = readCapped(file, MAX_BYTES, tree);
        const whole = theirs.state === 'read' && !theirs.truncated;
        // What the container does not have, its C library does without: so does ours with an empty one.
        if (!whole && theirs.state !== 'missing') {
          failed.push(file);
          continue;
        }
        const copy = join(directory, file.replaceAll('/', '_'));
        writeFileSync(copy, whole ? theirs.bytes : '', { mode: 0o644, flag: 'wx' });
        if (!mount(copy, file) && whole) failed.push(file);
      }
    } finally {
      tree.close();
    }
    return notAdopted(failed);
  } catch {
    return notAdopted(NAME_SERVICE_FILES);
  } finally {
    // What is mounted stays without its name.
    if (directory !== null) rmSync(directory, { recursive: true, force: true });
    setImmediate(() => {
      for (const signal of SIGNALS) process.off(signal, listener);
      for (const signal of caught) process.kill(process.pid, signal);
    });
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function notAdopted(files: readonly string[]): readonly string[] {
  if (files.length === 0) return [];
  return [`look-ups as the container makes them: not checked because ${files.join(', ')} cannot be put in place here`];
}

function bindMount(from: string, to: string): boolean {
  const options = { timeout: 2000, stdio: 'ignore', env: { PATH: SAFE_PATH } } as const;
  return spawnSync('mount', ['--bind', from, to], options).status === 0;
}
