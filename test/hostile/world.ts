/**
 * A network of its own with the simulated cloud in it, served by a process that shares nothing with the tool but this
 * machine: names, addresses and a root that this host trusts. No way out.
 */
import { spawn, spawnSync, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';
import type { Host } from './attacker.js';

/** Published for the cloud, not private: nothing about it is worth a word. */
export const CLOUD = '44.207.131.212';
export interface Told {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Wall time from start to end, ms. */
  readonly ms: number;
}

export class World {
  readonly #host: Host;
  readonly #holder: ChildProcess;

  private constructor(host: Host, holder: ChildProcess) {
    this.#host = host;
    this.#holder = holder;
  }

  /** `faults` as `lab serve` takes them. */
  static async start(host: Host, faults = ''): Promise<World> {
    const at = mkdtempSync(`${host.root}/world-`);
    chmodSync(at, 0o755);
    mkdirSync(`${at}/bundle`);
    writeFileSync(`${at}/resolv.conf`, `nameserver ${CLOUD}\n`);
    writeFileSync(`${at}/hosts`, '127.0.0.1 localhost\n');
    writeFileSync(`${at}/none`, '');
    const serve = [PROGRAM, ...PROGRAM_ARGS, 'lab', 'serve', '--address', CLOUD, '--write-ca', `${at}/ca.pem`];
    if (faults !== '') serve.push('--faults', faults);
    const script = `
      set -e
      ip link set lo up
      ip addr add ${CLOUD}/32 dev lo
      mount --bind ${at}/resolv.conf "$(realpath /etc/resolv.conf)"
      mount --bind ${at}/hosts /etc/hosts
      for p in /usr/sbin/netdata /usr/sbin/netdatacli; do [ ! -e $p ] || mount --bind ${at}/none $p; done
      "$@" >${at}/log 2>&1 &
      until [ -s ${at}/ca.pem ] && grep -q . ${at}/log; do kill -0 $! || exit 1; sleep 0.1; done
      cat /etc/ssl/certs/ca-certificates.crt ${at}/ca.pem > ${at}/bundle/all.pem
      mount --bind ${at}/bundle/all.pem "$(realpath /etc/ssl/certs/ca-certificates.crt)"
      echo ready > ${at}/ready
      wait`;
    const holder = spawn('unshare', ['--net', '--mount', '--', 'sh', '-c', script, 'sh', ...serve], {
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { PATH: process.env['PATH'] ?? '' },
    });
    for (let n = 0; n < 300 && !existsSync(`${at}/ready`); n += 1) {
      if (holder.exitCode !== null) throw new Error(`the world ended: ${readFileSync(`${at}/log`, 'utf8')}`);
      await sleep(100);
    }
    return new World(host, holder);
  }

  /** Arguments that run a program in here. */
  #inside(): string[] {
    const pid = String(this.#holder.pid);
    return ['-t', pid, '--net', '--mount', '--'];
  }

  /** No packet leaves where there is no device but loopback. */
  devices(): readonly string[] {
    const { stdout } = spawnSync('nsenter', [...this.#inside(), 'cat', '/proc/net/dev'], { encoding: 'utf8' });
    return [...stdout.matchAll(/^\s*(\S+):/gm)].map(([, name = '']) => name);
  }

  #start(args: readonly string[], before: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
    return spawn('nsenter', [...this.#inside(), ...before, PROGRAM, ...PROGRAM_ARGS, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', TMPDIR: this.#host.root },
    });
  }

  /** `meanwhile` gets the tool's own process, once it runs. */
  async run(
    args: readonly string[],
    before: readonly string[] = [],
    meanwhile?: (child: ChildProcess) => Promise<void>,
  ): Promise<Told> {
    const began = performance.now();
    const child = this.#start(args, before);
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    const limit = setTimeout(() => child.kill('SIGKILL'), 150_000);
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await meanwhile?.(child);
    const code = await ended;
    clearTimeout(limit);
    return { code, out, err, ms: performance.now() - began };
  }

  stop(): void {
    const { pid } = this.#holder;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
}
