/**
 * A network without a way out: the simulated cloud, a resolver and a proxy in one namespace, where Ansible runs, too;
 * and hosts, each in namespaces of its own, with a real sshd. Nothing has a name that could collide, and each namespace
 * is held by a process of ours, so nothing survives this one.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';
import { run, type Bench, type Ran } from './collection.js';

export const CLOUD = ['198.51.100.2', '198.51.100.3'] as const;
export const RESOLVER = '198.51.100.53';
/** Answers, and knows no name. */
const RESOLVER_EMPTY = '198.51.100.54';
/** Nobody is there. */
export const RESOLVER_DEAD = '198.51.100.55';
/** Of somebody else than the lab's cloud. */
const STRANGE_ROOT = '/usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt';
const CONTROLLER = '198.51.100.254';
export const PROXY = `http://${CLOUD[0]}:3128`;
export const PROXY_DENIES = `http://${CLOUD[1]}:3129`;

/** An Agent that happens to be installed on this machine is not meant: the hosts have none. */
export const NO_AGENT = '--env-from self --config-dir /run/agent --lib-dir /run/agent --agent-version 2.10.3'.split(
  ' ',
);

export interface HostPlan {
  readonly name: string;
  /** Default: the resolver that knows the cloud. */
  readonly resolver?: 'empty' | 'dead';
  /** Loaded with nft before anybody looks. */
  readonly nft?: string;
  /** An ip(8) route command. */
  readonly route?: string;
  /** The cloud's root certificate is missing in the store. */
  readonly strange?: true;
  /** Who logs in; default root. */
  readonly user?: string;
  /** Variables of the inventory. */
  readonly vars?: Readonly<Record<string, unknown>>;
}

async function hold(flags: readonly string[]): Promise<ChildProcess> {
  const child = spawn('unshare', [...flags, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin?.write('\n');
  if (child.stdout !== null) await once(child.stdout, 'data');
  return child;
}

async function until(what: string, check: () => Promise<boolean>, seconds = 30): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen within ${String(seconds)} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export class World {
  readonly #bench: Bench;
  readonly #centre: ChildProcess;
  readonly #hosts = new Map<string, ChildProcess>();
  readonly #daemons: ChildProcess[] = [];

  private constructor(bench: Bench, centre: ChildProcess) {
    this.#bench = bench;
    this.#centre = centre;
  }

  static async open(bench: Bench): Promise<World> {
    const world = new World(bench, await hold(['--net', '--mount', '--propagation', 'private']));
    const { dir } = bench;
    const at = async (...argv: string[]): Promise<string> => world.must(null, argv);
    await at('ip', 'link', 'set', 'lo', 'up');
    await at('ip', 'link', 'add', 'br0', 'type', 'bridge');
    // The first is what connections of the controller come from.
    for (const address of [CONTROLLER, ...CLOUD, RESOLVER, RESOLVER_EMPTY])
      await at('ip', 'addr', 'add', `${address}/24`, 'dev', 'br0');
    await at('ip', 'link', 'set', 'br0', 'up');
    const dnsmasq = (address: string, ...records: string[]): void => {
      const quiet = ['--no-daemon', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--user=root', '--pid-file='];
      const where = [`--listen-address=${address}`, '--bind-interfaces', '--log-facility=-', '--local=/#/'];
      world.#start(null, ['dnsmasq', ...quiet, ...where, ...records.map((record) => `--host-record=${record}`)]);
    };
    const [first, second] = CLOUD;
    const names = [`app.netdata.cloud,${first}`, `api.netdata.cloud,${second}`, `mqtt.netdata.cloud,${first}`];
    dnsmasq(RESOLVER, ...names);
    dnsmasq(RESOLVER_EMPTY);
    const serve = [PROGRAM, ...PROGRAM_ARGS, 'lab', 'serve', '--dns-port', 'none'];
    const ca = join(dir, 'ca.pem');
    const cloud = CLOUD.flatMap((address) => ['--address', address]);
    world.#start(null, [...serve, ...cloud, '--https-port', '443', '--http-proxy', '3128', '--write-ca', ca]);
    world.#start(null, [...serve, '--address', second, '--https-port', '4443', '--http-proxy', '3129=403']);
    await until('the cloud', async () => (await readFile(ca, 'utf8').catch(() => '')).includes('END CERTIFICATE'));
    await mkdir(join(dir, 'certs'));
    await writeFile(join(dir, 'certs/ca-certificates.crt'), await readFile(ca));
    await writeFile(join(dir, 'certs/lab.pem'), await readFile(ca));
    await at('openssl', 'rehash', join(dir, 'certs'));
    for (const [file, type] of [
      ['host_key', 'ed25519'],
      ['user_key', 'ed25519'],
    ] as const)
      await at('ssh-keygen', '-q', '-t', type, '-N', '', '-f', join(dir, file));
    return world;
  }

  /** A host of that plan, with sshd on its port 22. Returns its line of the inventory. */
  async add(plan: HostPlan): Promise<string> {
    const { dir } = this.#bench;
    const { name } = plan;
    const number = this.#hosts.size + 1;
    const address = `198.51.100.${String(100 + number)}`;
    const holder = await hold(['--net', '--mount', '--uts', '--propagation', 'private']);
    this.#hosts.set(name, holder);
    const mine = join(dir, name);
    await mkdir(mine);
    const link = `v${String(number)}`;
    const peer = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', String(holder.pid)];
    await this.must(null, ['ip', 'link', 'add', link, ...peer]);
    await this.must(null, ['ip', 'link', 'set', link, 'master', 'br0', 'up']);
    const resolvers = { empty: RESOLVER_EMPTY, dead: RESOLVER_DEAD } as const;
    const resolver = plan.resolver === undefined ? RESOLVER : resolvers[plan.resolver];
    await writeFile(join(mine, 'resolv.conf'), `nameserver ${resolver}\n`);
    // sshd asks for the account, and for its shell.
    const accounts = await readFile('/etc/passwd', 'utf8');
    await writeFile(join(mine, 'passwd'), `${accounts}operator:x:4242:65534::/run/operator:/bin/sh\n`);
    await mkdir('/var/lib/netdata-egress', { recursive: true });
    const roots = plan.strange === true ? STRANGE_ROOT : `${dir}/certs/.`;
    const at = plan.strange === true ? '/etc/ssl/certs/ca-certificates.crt' : '/etc/ssl/certs';
    // What the controller has in /tmp is not the host's: last, because that hides it.
    await this.must(name, [
      'sh',
      '-ec',
      `ip link set lo up
ip addr add ${address}/24 dev eth0
ip link set eth0 up
hostname ${name}.corp.example
mount --bind ${mine}/resolv.conf /etc/resolv.conf
mount --bind ${mine}/passwd /etc/passwd
mount -t tmpfs tmpfs /etc/ssl/certs
cp -a ${roots} ${at}
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd /run/operator /run/agent
chown 4242 /run/operator
cp ${dir}/user_key.pub /run/sshd/keys
cp ${dir}/host_key /run/sshd/host_key
mount -t tmpfs tmpfs /root
mount -t tmpfs tmpfs /var/lib/netdata-egress
mount -t tmpfs -o mode=1777 tmpfs /tmp
${plan.route === undefined ? '' : `ip route add ${plan.route}`}
${plan.nft === undefined ? '' : `nft '${plan.nft}'`}`,
    ]);
    const options = {
      Port: '22',
      ListenAddress: address,
      HostKey: '/run/sshd/host_key',
      AuthorizedKeysFile: '/run/sshd/keys',
      PermitRootLogin: 'prohibit-password',
      PasswordAuthentication: 'no',
      UsePAM: 'no',
      StrictModes: 'no',
      PidFile: 'none',
      UseDNS: 'no',
      MaxStartups: '100',
      Subsystem: 'sftp internal-sftp',
    };
    const how = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
    this.#start(name, ['/usr/sbin/sshd', '-D', '-e', '-f', '/dev/null', ...how]);
    const vars = { ansible_host: address, ansible_user: plan.user ?? 'root', ...plan.vars };
    return `${name} ${Object.entries(vars)
      .map(([key, value]) => `${key}=${typeof value === 'string' ? value : `'${JSON.stringify(value)}'`}`)
      .join(' ')}`;
  }

  /** The inventory for these hosts, and the public key under which each of them is known. */
  async inventory(lines: readonly string[]): Promise<string> {
    const { dir, files } = this.#bench;
    const key = (await readFile(join(dir, 'host_key.pub'), 'utf8')).trim();
    const addresses = lines.flatMap((line) => /ansible_host=(\S+)/.exec(line)?.[1] ?? []);
    await writeFile(join(dir, 'known_hosts'), addresses.map((address) => `${address} ${key}\n`).join(''));
    const ssh = `-o UserKnownHostsFile=${dir}/known_hosts -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes -F /dev/null`;
    const path = join(dir, 'hosts.ini');
    await writeFile(
      path,
      `[fleet]
${lines.join('\n')}
[fleet:vars]
ansible_ssh_private_key_file=${dir}/user_key
ansible_ssh_common_args='${ssh}'
netdata_egress_files=${files}
netdata_egress_reports=${dir}/reports
netdata_egress_doctor_arguments=${JSON.stringify(NO_AGENT)}
`,
    );
    for (const address of addresses)
      await until(`sshd at ${address}`, async () => {
        const { code } = await this.run(null, ['bash', '-c', `exec 3<>/dev/tcp/${address}/22`]);
        return code === 0;
      });
    return path;
  }

  #enter(host: string | null): string[] {
    const holder = host === null ? this.#centre : this.#hosts.get(host);
    if (holder === undefined) throw new Error(`no host ${String(host)}`);
    const own = host === null ? [] : ['--uts'];
    return ['nsenter', `--target=${String(holder.pid)}`, '--net', '--mount', ...own, '--'];
  }

  /** On a host; null = where Ansible and the cloud are. */
  run(host: string | null, argv: readonly string[], timeoutMs = 300_000): Promise<Ran> {
    const { env, dir } = this.#bench;
    return run([...this.#enter(host), ...argv], { env, cwd: host === null ? dir : '/', timeoutMs });
  }

  async must(host: string | null, argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(host, argv);
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${String(code)} ${stderr}${stdout}`);
    return stdout;
  }

  #start(host: string | null, argv: readonly string[]): void {
    const [program = '', ...args] = [...this.#enter(host), ...argv];
    const loud = process.env['LAB_VERBOSE'] === undefined ? 'ignore' : 'inherit';
    const { env } = this.#bench;
    const child = spawn(program, args, { env, stdio: ['pipe', loud, loud] });
    child.on('error', () => undefined);
    this.#daemons.push(child);
  }

  async close(): Promise<void> {
    for (const child of [...this.#daemons.toReversed(), ...this.#hosts.values(), this.#centre]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'close');
      child.stdin?.end();
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
      await gone;
      clearTimeout(timer);
    }
  }
}
