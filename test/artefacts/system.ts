/** A fresh system in a folder, entered without any network but its own loopback. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Where `npm run package -- linux-x64 deb rpm image` put things. */
const OUT = process.env['EGRESS_OUT'] ?? join(ROOT, 'out');

export const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string;
};

export function artefact(name: string): string {
  const path = join(OUT, name);
  if (!existsSync(path)) throw new Error(`${name} is not there: npm run package -- linux-x64 deb rpm image`);
  return path;
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(program: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 240_000 });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

export async function must(program: string, args: readonly string[]): Promise<string> {
  const ran = await run(program, args);
  if (ran.code !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${String(ran.code)}: ${ran.stderr}`);
  return ran.stdout;
}

const ENTER = 'ip link set lo up && mount -t proc proc "$0/proc" && exec chroot "$0" "$@"';

/** In namespaces of its own: no way out, no process but its own. */
export function inside(root: string, command: readonly string[]): Promise<Ran> {
  return run('unshare', ['--net', '--mount', '--pid', '--fork', 'sh', '-c', ENTER, root, ...command]);
}

/** Every path with its mode, owner and size, but what package managers keep for themselves. */
export async function contents(root: string): Promise<readonly string[]> {
  const own = ['proc', 'var/lib/dpkg', 'var/lib/rpm', 'usr/lib/sysimage', 'var/log', 'var/cache', 'var/lib/apt'];
  const prune = own.flatMap((path) => ['-path', join(root, path), '-prune', '-o']);
  const text = await must('find', [root, ...prune, '!', '-type', 'd', '-printf', '%P %m %u:%g %s\\n']);
  return text.trim().split('\n').toSorted();
}
