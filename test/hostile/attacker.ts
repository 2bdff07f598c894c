/**
 * A host with somebody hostile on it: a tree that belongs to root, to the Agent's account, or to somebody else, and
 * links that never stand still. The tool runs as root in namespaces of its own, without a network.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, copyFileSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';

/** An account that is neither root nor the Agent. */
export const MALLORY = 60_001;

export const NETDATA = {
  uid: Number(execFileSync('id', ['-u', 'netdata'], { encoding: 'utf8' })),
  gid: Number(execFileSync('id', ['-g', 'netdata'], { encoding: 'utf8' })),
};

export class Host {
  /** Owned by root, and all directories above it too. */
  readonly root: string;
  readonly #children: ChildProcess[] = [];

  constructor() {
    if (process.geteuid?.() !== 0) throw new Error('these tests need root');
    this.root = mkdtempSync('/var/lib/egress-hostile-');
    chmodSync(this.root, 0o755);
  }

  at(...names: string[]): string {
    return join(this.root, ...names);
  }

  dir(name: string, uid = 0, mode = 0o755): string {
    mkdirSync(this.at(name), { recursive: true });
    chmodSync(this.at(name), mode);
    chownSync(this.at(name), uid, uid === NETDATA.uid ? NETDATA.gid : uid);
    return this.at(name);
  }

  file(name: string, content: string, uid = 0, mode = 0o644): string {
    mkdirSync(dirname(this.at(name)), { recursive: true });
    writeFileSync(this.at(name), content);
    chmodSync(this.at(name), mode);
    chownSync(this.at(name), uid, uid === NETDATA.uid ? NETDATA.gid : uid);
    return this.at(name);
  }

  /** Makes `path` in turn what `a` and what `b` is, as fast as it goes, until the host is removed. */
  toggle(path: string, a: string, b: string): void {
    const script = `
      const { renameSync } = require('node:fs');
      const [path, a, b] = process.argv.slice(1);
      for (;;) for (const one of [a, b]) { try { renameSync(one, path); renameSync(path, one); } catch {} }`;
    this.#children.push(spawn(process.execPath, ['-e', script, path, a, b], { stdio: 'ignore' }));
  }

  /** For `tool`: a process that calls itself netdata is the only Agent there is. */
  impostor(uid: number, args: readonly string[]): readonly string[] {
    const program = this.file('bin/netdata', '#!/bin/sh\nsleep 60\n', 0, 0o755);
    const as = `setpriv --reuid=${String(uid)} --regid=${String(uid)} --clear-groups`;
    const script = `${as} ${program} ${args.join(' ')} & until grep -q netdata /proc/$!/comm; do :; done; "$@"; exit $?`;
    return ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', script, 'sh'];
  }

  /** For `tool`: this machine's own Agent, which may be built without the cloud, is not there. */
  withoutItsAgent(): readonly string[] {
    const script =
      'for p in /usr/sbin/netdata /usr/sbin/netdatacli; do [ ! -e $p ] || mount --bind "$0" $p; done; exec "$@"';
    return ['sh', '-c', script, this.file('none', '')];
  }

  /** The number of a process whose root is `root`, in a network of its own, until the host is removed. */
  contained(root: string): number {
    const script = `
      for d in bin lib lib64 usr; do mount --rbind /$d "$0/$d"; done
      exec chroot "$0" /netdata 300`;
    copyFileSync('/bin/sleep', join(root, 'netdata'));
    const child = spawn('unshare', ['--net', '--mount', 'sh', '-c', script, root], { stdio: 'ignore' });
    this.#children.push(child);
    const pid = String(child.pid);
    const link = (name: string): string =>
      spawnSync('readlink', [`/proc/${pid}/${name}`], { encoding: 'utf8' }).stdout.trim();
    while (link('root') !== root && child.exitCode === null);
    return Number(pid);
  }

  remove(): void {
    for (const { pid } of this.#children) {
      if (pid === undefined) continue;
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // Gone already.
        }
      }
    }
    rmSync(this.root, { recursive: true, force: true });
  }
}

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The tool as root, without a network, with `before` run in front of it. */
export function tool(args: readonly string[], before: readonly string[] = []): Run {
  const inside = ['--net', '--mount', '--', ...before, PROGRAM, ...PROGRAM_ARGS, ...args];
  const { status, stdout, stderr } = spawnSync('unshare', inside, {
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' },
  });
  return { code: status, out: stdout, err: stderr };
}
