/**
 * Two anonymous namespaces joined by a veth pair: `host` (with its own mounts) and `cloud`; on demand a router between
 * them. Each is held by a `cat` on a pipe of ours, so nothing survives this process, and nothing has a name that could
 * collide. None of them has a way to anywhere else.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandOptions, CommandResult, CommandRunner } from '../../../src/firewall/live/runner.js';
import { hostRunner } from '../../../src/firewall/live/runner.js';

export const HOST4 = '198.51.100.1';
export const HOST6 = '2001:db8::1';
/** In the allow list. */
export const LISTED = ['198.51.100.2', '198.51.100.3', '2001:db8::2', '2001:db8::3'] as const;
/** Answers just as well, but is not in the list. */
export const UNLISTED = ['198.51.100.9', '2001:db8::9'] as const;
export const DNS4 = '198.51.100.53';
export const DNS6 = '2001:db8::53';

/** The router's own, where there is one. */
const NEAR_HOST = ['198.51.100.254', '2001:db8::fe'] as const;
const NEAR_CLOUD = ['198.51.100.253', '2001:db8::fd'] as const;

/** An account that is allowed, and one that is not. */
export const AGENT_UID = 65534;
export const OTHER_UID = 1234;

export type Probed = Readonly<Record<string, string>>;

async function hold(flags: readonly string[]): Promise<ChildProcess> {
  const child = spawn('unshare', [...flags, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin?.write('\n');
  if (child.stdout !== null) await once(child.stdout, 'data');
  return child;
}

export class Lab {
  readonly dir: string;
  readonly #host: ChildProcess;
  readonly #cloud: ChildProcess;
  readonly #router: ChildProcess | null;
  readonly #daemons: ChildProcess[] = [];
  private constructor(dir: string, host: ChildProcess, cloud: ChildProcess, router: ChildProcess | null) {
    this.dir = dir;
    this.#host = host;
    this.#cloud = cloud;
    this.#router = router;
  }

  /**
   * `ports`: where the cloud answers one byte; others are free for a test's own servers.
   * `pathMtu`: a router stands between, and its link to the cloud takes no larger packets; neither end knows.
   */
  static async open(options: { readonly ports?: readonly number[]; readonly pathMtu?: number } = {}): Promise<Lab> {
    const { pathMtu = null } = options;
    const dir = await mkdtemp(join(tmpdir(), 'netdata-egress-fw-'));
    const apart = ['-n', '-m', '--propagation', 'private'];
    const lab = new Lab(dir, await hold(apart), await hold(apart), pathMtu === null ? null : await hold(apart));
    const cloudPid = String(lab.#cloud.pid);
    await lab.must(['ip', 'link', 'set', 'lo', 'up']);
    await lab.mustCloud(['ip', 'link', 'set', 'lo', 'up']);
    // nodad: otherwise an address is tentative for a second or two.
    if (pathMtu === null) {
      await lab.must(['ip', 'link', 'add', 'va', 'type', 'veth', 'peer', 'name', 'vb', 'netns', cloudPid]);
      await lab.must(['ip', 'addr', 'add', `${HOST4}/24`, 'dev', 'va']);
      await lab.must(['ip', '-6', 'addr', 'add', `${HOST6}/64`, 'dev', 'va', 'nodad']);
    } else await lab.#route(pathMtu);
    for (const address of [...LISTED, ...UNLISTED, DNS4, DNS6])
      await lab.mustCloud(
        address.includes(':')
          ? ['ip', '-6', 'addr', 'add', `${address}/64`, 'dev', 'vb', 'nodad']
          : ['ip', 'addr', 'add', `${address}/24`, 'dev', 'vb'],
      );
    await lab.must(['ip', 'link', 'set', 'va', 'up']);
    await lab.mustCloud(['ip', 'link', 'set', 'vb', 'up']);
    if (pathMtu !== null)
      for (const [family, host, near, far] of [
        ['-4', HOST4, NEAR_HOST[0], NEAR_CLOUD[0]],
        ['-6', HOST6, NEAR_HOST[1], NEAR_CLOUD[1]],
      ] as const) {
        await lab.must(['ip', family, 'route', 'add', near, 'dev', 'va']);
        await lab.must(['ip', family, 'route', 'add', 'default', 'via', near, 'dev', 'va']);
        await lab.mustCloud(['ip', family, 'route', 'add', host, 'via', far, 'dev', 'vb']);
      }
    await writeFile(join(dir, 'resolv.conf'), `nameserver ${DNS4}\nnameserver ${DNS6}\n`);
    await lab.must(['mount', '--bind', join(dir, 'resolv.conf'), '/etc/resolv.conf']);
    // An Agent that happens to be installed on this machine is not meant: the host of the lab has none.
    for (const path of ['/etc/netdata', '/var/lib/netdata', '/usr/sbin/netdata'])
      await lab.run([
        'sh',
        '-c',
        `test ! -e ${path} || mount --bind $(test -d ${path} && mktemp -d -p ${dir} || echo /dev/null) ${path}`,
      ]);
    // Locks and sockets of firewall programs are per host otherwise.
    await lab.must(['mount', '-t', 'tmpfs', 'tmpfs', '/run']);
    const server = lab.startCloud(
      ['node', join(import.meta.dirname, 'server.mjs'), JSON.stringify(options.ports ?? [443, 8443, 3128])],
      true,
    );
    if (server.stdout !== null) await once(server.stdout, 'data');
    lab.startCloud([
      'dnsmasq',
      '--no-daemon',
      '--conf-file=/dev/null',
      '--no-resolv',
      '--no-hosts',
      '--user=root',
      '--pid-file=',
      `--listen-address=${DNS4},${DNS6}`,
      '--bind-interfaces',
      '--host-record=app.netdata.cloud,198.51.100.2,2001:db8::2',
      '--host-record=api.netdata.cloud,198.51.100.3,2001:db8::3',
      '--host-record=mqtt.netdata.cloud,198.51.100.2,2001:db8::3',
      // Squid and its like, by name: the Agent takes no bracketed address.
      '--host-record=proxy4.example,198.51.100.9',
      '--host-record=proxy6.example,2001:db8::9',
      '--log-facility=-',
    ]);
    for (let i = 0; ; i++) {
      const dns = await lab.probe({ targets: [], resolvers: [DNS4, DNS6] });
      if (dns[`dns ${DNS4}`] === 'open' && dns[`dns ${DNS6}`] === 'open') break;
      if (i > 20) throw new Error(`the lab's resolver did not come up: ${JSON.stringify(dns)}`);
    }
    return lab;
  }

  /** Both ends take each other for somebody on the same network; the router forwards between. */
  async #route(pathMtu: number): Promise<void> {
    const router = this.#router;
    if (router === null) throw new Error('no router');
    const pid = String(router.pid);
    const must = async (argv: readonly string[]): Promise<void> => {
      const result = await hostRunner.run([...this.#enter(router), ...argv]);
      if (result.code !== 0) throw new Error(`${argv.join(' ')}: ${result.stderr}`);
    };
    await this.must(['ip', 'link', 'add', 'va', 'type', 'veth', 'peer', 'name', 'ra', 'netns', pid]);
    await this.mustCloud(['ip', 'link', 'add', 'vb', 'type', 'veth', 'peer', 'name', 'rb', 'netns', pid]);
    await this.must(['ip', 'addr', 'add', `${HOST4}/32`, 'dev', 'va']);
    await this.must(['ip', '-6', 'addr', 'add', `${HOST6}/128`, 'dev', 'va', 'nodad']);
    await must(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
    for (const [device, addresses, length4, length6] of [
      ['ra', NEAR_HOST, '32', '128'],
      ['rb', NEAR_CLOUD, '24', '64'],
    ] as const) {
      await must(['ip', 'addr', 'add', `${addresses[0]}/${length4}`, 'dev', device]);
      await must(['ip', '-6', 'addr', 'add', `${addresses[1]}/${length6}`, 'dev', device, 'nodad']);
    }
    await must(['ip', 'link', 'set', 'rb', 'mtu', String(pathMtu)]);
    for (const device of ['ra', 'rb']) await must(['ip', 'link', 'set', device, 'up']);
    await must(['ip', 'route', 'add', HOST4, 'dev', 'ra']);
    await must(['ip', '-6', 'route', 'add', HOST6, 'dev', 'ra']);
  }

  #enter(holder: ChildProcess): string[] {
    return ['nsenter', `--target=${String(holder.pid)}`, '--net', '--mount', '--'];
  }

  /** Runs in the host namespace. */
  run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return hostRunner.run([...this.#enter(this.#host), ...argv], { timeoutMs: 60_000, ...options });
  }

  async must(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    const result = await this.run(argv, options);
    if (result.code !== 0)
      throw new Error(`${argv.join(' ')}: ${String(result.code)} ${result.stderr}${result.stdout}`);
    return result.stdout;
  }

  runCloud(argv: readonly string[]): Promise<CommandResult> {
    return hostRunner.run([...this.#enter(this.#cloud), ...argv]);
  }

  async mustCloud(argv: readonly string[]): Promise<void> {
    const result = await this.runCloud(argv);
    if (result.code !== 0) throw new Error(`${argv.join(' ')}: ${result.stderr}`);
  }

  /** For the library: everything it runs, runs in the host namespace. */
  get runner(): CommandRunner {
    return { run: (argv, options) => this.run(argv, options), which: (program) => hostRunner.which(program) };
  }

  start(argv: readonly string[], piped = false): ChildProcess {
    return this.#start(this.#host, argv, piped);
  }

  startCloud(argv: readonly string[], piped = false): ChildProcess {
    return this.#start(this.#cloud, argv, piped);
  }

  #start(holder: ChildProcess, argv: readonly string[], piped: boolean): ChildProcess {
    const [program, ...args] = [...this.#enter(holder), ...argv];
    const child = spawn(program ?? '', args, {
      stdio: ['pipe', piped ? 'pipe' : 'ignore', process.env['LAB_VERBOSE'] === undefined ? 'ignore' : 'inherit'],
    });
    child.on('error', () => undefined);
    this.#daemons.push(child);
    return child;
  }

  async probe(plan: {
    readonly targets: readonly { readonly address: string; readonly port: number }[];
    readonly resolvers?: readonly string[];
    readonly uid?: number;
  }): Promise<Probed> {
    const text = await this.must([
      'node',
      join(import.meta.dirname, 'probe.mjs'),
      JSON.stringify({ uid: 0, timeoutMs: 1300, ...plan }),
    ]);
    return JSON.parse(text) as Probed;
  }

  /** The whole matrix: families x {listed, unlisted} x {443, other port}, DNS, loopback. */
  matrix(uid = 0): Promise<Probed> {
    return this.probe({
      uid,
      targets: [
        ...[...LISTED, ...UNLISTED].map((address) => ({ address, port: 443 })),
        { address: LISTED[0], port: 8443 },
        { address: LISTED[2], port: 8443 },
      ],
      resolvers: [DNS4, DNS6],
    });
  }

  /** TCP segments that the host has sent again so far: each is a packet, or its answer, that went missing. */
  async #sentAgain(): Promise<number> {
    const rows = (await this.must(['cat', '/proc/net/snmp'])).split('\n').filter((row) => row.startsWith('Tcp:'));
    const [names = [], values = []] = rows.map((row) => row.split(' '));
    return Number(values[names.indexOf('RetransSegs')]);
  }

  /** Connects all the time while `work` runs. `sentAgain` counts what TCP made good for: nobody lost it, but it went missing. */
  async whileConnecting(
    work: () => Promise<void>,
  ): Promise<{ connects: number; failures: Readonly<Record<string, number>>; sentAgain: number }> {
    const before = await this.#sentAgain();
    const loop = this.start(
      ['node', join(import.meta.dirname, 'loop.mjs'), JSON.stringify([LISTED[0], LISTED[2]])],
      true,
    );
    let text = '';
    loop.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await work();
    loop.stdin?.end();
    await once(loop, 'close');
    const result = JSON.parse(text) as { connects: number; failures: Record<string, number> };
    return { ...result, sentAgain: (await this.#sentAgain()) - before };
  }

  async close(): Promise<void> {
    for (const child of [
      ...this.#daemons.toReversed(),
      this.#host,
      this.#cloud,
      ...(this.#router === null ? [] : [this.#router]),
    ]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'close');
      child.stdin?.end();
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
      await gone;
      clearTimeout(timer);
    }
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** What every default-deny or enforced host must look like from inside, with and without our rules. */
export function expected(allowed: boolean): Record<string, string> {
  const rows: [string, string][] = [
    ...LISTED.map((address): [string, string] => [`${address} 443`, allowed ? 'open' : 'blocked']),
    ...UNLISTED.map((address): [string, string] => [`${address} 443`, 'blocked']),
    [`${LISTED[0]} 8443`, 'blocked'],
    [`${LISTED[2]} 8443`, 'blocked'],
    [`dns ${DNS4}`, 'open'],
    [`dns ${DNS6}`, 'open'],
    ['loopback 127.0.0.1', 'open'],
    ['loopback ::1', 'open'],
  ];
  return Object.fromEntries(rows);
}

/** However it is blocked: dropped, reset or prohibited. */
export function reading(probed: Probed): Record<string, string> {
  return Object.fromEntries(
    Object.entries(probed).map(([key, outcome]) => [key, outcome === 'open' ? 'open' : 'blocked']),
  );
}
