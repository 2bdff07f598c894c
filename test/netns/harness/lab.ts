/** One lab: its namespaces, the programs in them, and the world of one case at a time. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as at from './addresses.js';
import type { LabCase } from './case.js';
import { makeDaemon, type DaemonPlan } from './daemon.js';
import { startResolver, type DnsPlan } from './dns.js';
import { must, run, startService, until, type Ran, type RunOptions, type Service } from './exec.js';
import {
  assertIsolated,
  createHost,
  createNamespaces,
  inside,
  removeNamespaces,
  startNode,
  sysctl,
  type Namespaces,
} from './namespaces.js';
import type { PeerMessage, PeerRule } from './peer-plan.js';
import { loadRulesets } from './rulesets.js';
import { STARTERS, type ServiceName } from './services.js';
import { makeView, NETDATA_UID } from './view.js';

export interface LabPaths {
  readonly pki: string;
  readonly scratch: string;
  readonly services: string;
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** The mark of frames that were delayed already. */
const DELAYED = '0x77';
let labs = 0;

export class Lab {
  readonly ns: Namespaces;
  readonly paths: LabPaths;
  readonly directory: string;
  /** Of the case under way. */
  caseDirectory = '';
  readonly #peer: Service;
  readonly #standing: Service[] = [];
  readonly #running = new Map<ServiceName, Promise<Service[]>>();
  /** Port by certificate, of simulated clouds beside the genuine one. */
  readonly #sims = new Map<string, number>();
  #resolvers: Service[] = [];
  #view = '';
  #launcher: readonly string[] = [];
  #messages = 0;
  #forgets = false;
  #delayed = false;

  private constructor(ns: Namespaces, paths: LabPaths, directory: string, peer: Service) {
    this.ns = ns;
    this.paths = paths;
    this.directory = directory;
    this.#peer = peer;
  }

  static async create(paths: LabPaths): Promise<Lab> {
    const ns = await createNamespaces();
    labs += 1;
    const directory = join(paths.scratch, `lab-${process.pid}-${labs}`);
    await mkdir(join(directory, 'dmz'), { recursive: true });
    const [peer, sim] = await Promise.all([
      startNode('peer', ns.cloud, [join(paths.services, 'peer.js'), paths.pki]),
      startNode('sim', ns.cloud, [join(paths.services, 'sim.js'), paths.pki, join(ROOT, 'dist')]),
    ]);
    const lab = new Lab(ns, paths, directory, peer);
    lab.#standing.push(
      peer,
      sim,
      ...(await startResolver(ns.gateway, join(directory, 'dmz'), paths.services, { listen: ['10.88.0.1'] })),
    );
    return lab;
  }

  /** Builds the world of a case; everything of the case before is gone. */
  async prepare(labCase: LabCase): Promise<void> {
    this.caseDirectory = join(this.directory, labCase.id);
    await mkdir(this.caseDirectory, { recursive: true });
    await Promise.all([this.#stopResolvers(), this.#cleanGateway()]);
    await createHost(this.ns, labCase.host);
    await assertIsolated(this.ns);
    await Promise.all((labCase.needs ?? []).map((name) => this.need(name)));
    if (labCase.broker === 'mosquitto') await this.need('mosquitto');
    this.#resolvers = await startResolver(this.ns.gateway, this.caseDirectory, this.paths.services, labCase.dns ?? {});
    await this.tell(labCase.peer ?? []);
    await this.#rules(labCase);
    await this.#files(labCase);
    this.#view = await makeView(join(this.caseDirectory, 'view'), this.paths.pki, {
      resolvConf: labCase.resolvConf ?? `nameserver ${at.RESOLVER4}\n`,
      hosts: labCase.hosts ?? [],
      ...(labCase.nsswitch === undefined ? {} : { nsswitch: labCase.nsswitch }),
      trust: labCase.trust ?? {},
      netdataUid: uidOf(labCase),
    });
    // Whatever Agent runs on this machine is not the case's. A signal is for the doctor itself, not for a launcher.
    const alone = labCase.meanwhile === undefined ? ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'] : [];
    this.#launcher =
      labCase.daemon === undefined
        ? alone
        : await makeDaemon(this.caseDirectory, this.paths.services, this.#named(labCase.daemon));
    await labCase.also?.(this);
  }

  /** Starts a shared service unless it runs already. */
  async need(name: ServiceName): Promise<void> {
    const home = { ns: this.ns, directory: this.directory, pki: this.paths.pki, services: this.paths.services };
    const running = this.#running.get(name) ?? STARTERS[name](home);
    this.#running.set(name, running);
    await running;
  }

  /** Gives the peer its rules and waits until it has them. */
  async tell(rules: readonly PeerRule[]): Promise<void> {
    this.#messages += 1;
    const message: PeerMessage = { id: this.#messages, rules };
    const done = new Promise<void>((resolve) => {
      const onMessage = (reply: unknown): void => {
        if ((reply as { id: number }).id !== message.id) return;
        this.#peer.child.off('message', onMessage);
        resolve();
      };
      this.#peer.child.on('message', onMessage);
    });
    this.#peer.child.send(message);
    await done;
  }

  /** Larger packets vanish at the gateway; offloads off, so that what is measured is what the wire would carry. */
  async smallPackets(bytes: number): Promise<void> {
    for (const [namespace, device] of [
      [this.ns.host, 'eth0'],
      [this.ns.cloud, 'eth0'],
    ] as const) {
      await must('ip', ['-n', namespace, 'link', 'set', device, 'gso_max_segs', '1']);
    }
    await this.nft(this.ns.gateway, chain('forward', [`meta length > ${bytes} drop`]));
  }

  /** A narrower wire between gateway and cloud; path MTU discovery works. */
  async narrow(bytes: number): Promise<void> {
    await must('ip', ['-n', this.ns.gateway, 'link', 'set', 'wan0', 'mtu', String(bytes)]);
    await must('ip', ['-n', this.ns.cloud, 'link', 'set', 'eth0', 'mtu', String(bytes)]);
  }

  /** The gateway forgets a connection that was idle this long, and then wants to see a SYN first. */
  async forgetful(seconds: number): Promise<void> {
    this.#forgets = true;
    await sysctl(this.ns.gateway, conntrack(seconds, 0));
  }

  /** Other answers from now on. */
  async answer(plan: DnsPlan): Promise<void> {
    await this.#stopResolvers();
    this.#resolvers = await startResolver(this.ns.gateway, this.caseDirectory, this.paths.services, plan);
  }

  /** Waits until a counting rule of the gateway has seen a packet. */
  async counted(): Promise<void> {
    await until('the gateway counts a packet', async () => {
      const { stdout } = await must('ip', ['netns', 'exec', this.ns.gateway, 'nft', 'list', 'ruleset']);
      return /counter packets [1-9]/.test(stdout);
    });
  }

  /** Some 200 ms of delay on the way out (netem is not in every kernel; a token bucket is). */
  async slow(): Promise<void> {
    const shape = ['rate', '256kbit', 'burst', '1600', 'latency', '3s'];
    await must('ip', ['netns', 'exec', this.ns.gateway, 'tc', 'qdisc', 'add', 'dev', 'wan0', 'root', 'tbf', ...shape]);
  }

  /** A long way to the cloud: frames arrive later, in both directions, each a little more or less (services/delay.py). */
  async delay(oneWayMs: number, jitterMs: number): Promise<void> {
    const ends = [
      [this.ns.gateway, 'wan0'],
      [this.ns.cloud, 'eth0'],
    ] as const;
    for (const [namespace, device] of ends) {
      await must('ip', ['-n', namespace, 'link', 'add', 'dly0', 'type', 'veth', 'peer', 'name', 'dly1']);
      await sysctl(namespace, ['net.ipv6.conf.dly0.disable_ipv6=1', 'net.ipv6.conf.dly1.disable_ipv6=1']);
      for (const end of ['dly0', 'dly1']) await must('ip', ['-n', namespace, 'link', 'set', end, 'up']);
      const script = join(ROOT, 'test/netns/services/delay.py');
      const args = [script, 'dly1', device, DELAYED, String(oneWayMs), String(jitterMs)];
      const [ip, ...rest] = inside(namespace);
      const wire = startService('delay', ip, [...rest, 'python3', ...args]);
      this.#resolvers.push(wire);
      await until('the slow wire is ready', () => wire.log().includes('ready'));
      const rules = `meta mark ${DELAYED} accept\n  fwd to "dly0"`;
      const hook = `type filter hook egress device "${device}" priority 0; policy accept;`;
      await this.nft(namespace, `table netdev delay {\n chain out {\n  ${hook}\n  ${rules}\n }\n}\n`);
    }
    this.#delayed = true;
  }

  /** Runs a program as it would run on the host of the case: its network, resolver configuration and trust stores. */
  onHost(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const [ip, ...rest] = inside(this.ns.host);
    return run(ip, [...rest, 'sh', this.#view, command, ...args], options);
  }

  /** As onHost(), but beside the case's running Agent, if it has one. */
  besideAgent(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const [first = command, ...rest] = [...this.#launcher, command, ...args];
    return this.onHost(first, rest, options);
  }

  /** A program that goes on, as it would run on the host of the case. Whoever starts it stops it. */
  startOnHost(name: string, command: string, args: readonly string[], env: Readonly<Record<string, string>>): Service {
    const [ip, ...rest] = inside(this.ns.host);
    return startService(name, ip, [...rest, 'sh', this.#view, command, ...args], { env });
  }

  /** Ports of the simulated clouds in the cloud's namespace. */
  get simPorts(): readonly number[] {
    return [443, ...this.#sims.values()];
  }

  /** Puts a second simulated cloud, with another certificate, in the place of the case's peer. */
  async cloudWith(certificate: string): Promise<void> {
    const known = this.#sims.get(certificate);
    const port = known ?? 4431 + this.#sims.size;
    if (known === undefined) {
      const args = [join(this.paths.services, 'sim.js'), this.paths.pki, join(ROOT, 'dist'), certificate, String(port)];
      this.#standing.push(await startNode(`sim-${certificate}`, this.ns.cloud, args));
      this.#sims.set(certificate, port);
    }
    for (const family of ['ip', 'ip6']) {
      const body = `type nat hook prerouting priority -100;\n  tcp dport 443 dnat to :${String(port)}`;
      const table = `table ${family} lab`;
      await this.nft(this.ns.cloud, `${table} {}\ndelete ${table}\n${table} {\n chain in {\n  ${body}\n }\n}\n`);
    }
  }

  #named(plan: DaemonPlan): DaemonPlan {
    const env = Object.entries(plan.env ?? {}).map(([name, value]) => [
      name,
      value.replaceAll('{{pki}}', this.paths.pki),
    ]);
    return { ...plan, env: Object.fromEntries(env) as Record<string, string> };
  }

  /** A resolver on the host itself, as systemd-resolved and dnsmasq are; gone with the case. */
  async stubResolver(plan: DnsPlan): Promise<void> {
    const directory = join(this.caseDirectory, 'stub');
    await mkdir(directory, { recursive: true });
    this.#resolvers.push(...(await startResolver(this.ns.host, directory, this.paths.services, plan)));
  }

  /** A program of the lab on the host itself; gone with the case. */
  async hostProgram(name: string, args: readonly string[]): Promise<void> {
    this.#resolvers.push(await startNode(name, this.ns.host, [join(this.paths.services, `${name}.js`), ...args]));
  }

  /** A daemon of this machine on the host of the case; gone with it. */
  async hostDaemon(name: string, args: readonly string[], isReady: () => Promise<boolean>): Promise<void> {
    const [ip, ...rest] = inside(this.ns.host);
    this.#resolvers.push(startService(name, ip, [...rest, name, ...args]));
    await until(`${name} is ready`, isReady);
  }

  /** cntlm on the host, in front of a proxy of the lab. */
  async cntlm(proxy: string, port: number): Promise<void> {
    const config = join(this.caseDirectory, 'cntlm.conf');
    const lines = ['Username agent', 'Domain CORP', 'Password wrong', `Proxy ${proxy}:${String(port)}`, 'Listen 3128'];
    await writeFile(config, `${lines.join('\n')}\n`, { mode: 0o600 });
    await this.hostDaemon('cntlm', ['-f', '-c', config], async () => {
      const listening = await run('ip', ['netns', 'exec', this.ns.host, 'ss', '-Htln', 'sport', '=', ':3128']);
      return listening.stdout !== '';
    });
  }

  async nft(namespace: string, ruleset: string): Promise<void> {
    await must('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], { input: ruleset });
  }

  async close(): Promise<void> {
    await this.#stopResolvers();
    const shared = await Promise.all([...this.#running.values()].map((started) => started.catch(() => [])));
    await Promise.all([...this.#standing, ...shared.flat()].map((service) => service.stop()));
    await removeNamespaces(this.ns);
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Logs of everything that runs: for a failed case. */
  logs(): string {
    return [...this.#standing, ...this.#resolvers].map((service) => `--- ${service.name}\n${service.log()}`).join('\n');
  }

  async #stopResolvers(): Promise<void> {
    await Promise.all(this.#resolvers.map((service) => service.stop()));
    this.#resolvers = [];
  }

  async #cleanGateway(): Promise<void> {
    const both = [this.ns.gateway, this.ns.cloud];
    await Promise.all([
      ...both.map((name) => this.nft(name, 'flush ruleset\n')),
      ...both.map((name) => run('ip', ['netns', 'exec', name, 'conntrack', '-F'])),
      run('ip', ['netns', 'exec', this.ns.gateway, 'tc', 'qdisc', 'del', 'dev', 'wan0', 'root']),
      this.narrow(1500),
    ]);
    if (this.#delayed) for (const name of both) await run('ip', ['-n', name, 'link', 'del', 'dly0']);
    this.#delayed = false;
    if (this.#forgets) await sysctl(this.ns.gateway, conntrack(432_000, 1));
    this.#forgets = false;
  }

  async #rules(labCase: LabCase): Promise<void> {
    if (labCase.gateway !== undefined) await this.nft(this.ns.gateway, chain('forward', labCase.gateway));
    for (const rule of labCase.gatewayIptables ?? []) {
      await must('ip', ['netns', 'exec', this.ns.gateway, 'iptables-nft', '-w', '-A', 'FORWARD', ...rule]);
    }
    if (labCase.local !== undefined) await this.nft(this.ns.host, chain('output', labCase.local));
    if (labCase.rulesets !== undefined) await loadRulesets(this.ns.host, labCase.rulesets);
    // The address is kept (only the port is translated), so that the peer can behave differently on each.
    const translate = [
      ...(labCase.broker === 'mosquitto' ? [`ip daddr ${at.MQTT4} tcp dport 443 dnat to :8443`] : []),
      ...(labCase.peer === undefined ? [] : ['tcp dport 443 dnat to :4430']),
    ];
    for (const family of ['ip', 'ip6'].slice(0, labCase.broker === 'mosquitto' ? 1 : 2)) {
      if (translate.length === 0) break;
      const body = `type nat hook prerouting priority -100;\n  ${translate.join('\n  ')}`;
      await this.nft(this.ns.cloud, `table ${family} lab {\n chain in {\n  ${body}\n }\n}\n`);
    }
  }

  async #files(labCase: LabCase): Promise<void> {
    const files = labCase.files ?? {};
    const etc = join(this.caseDirectory, 'etc');
    const cloudDir = join(this.caseDirectory, 'lib', 'cloud.d');
    await mkdir(etc, { recursive: true });
    await mkdir(cloudDir, { recursive: true });
    for (const name of ['claim.conf', 'netdata.conf'] as const) {
      const text = files[name];
      if (text !== undefined) await writeFile(join(etc, name), text);
    }
    if (files['cloud.conf'] !== undefined) await writeFile(join(cloudDir, 'cloud.conf'), files['cloud.conf']);
    if (files.keys === true) {
      const pair = generateKeyPairSync('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      });
      await writeFile(join(cloudDir, 'public.pem'), pair.publicKey);
      await writeFile(join(cloudDir, 'private.pem'), pair.privateKey);
    }
    if (files.trustedPem !== undefined) {
      const pems = files.trustedPem.map((ca) => readFileSync(join(this.paths.pki, `ca-${ca}.pem`), 'utf8'));
      await writeFile(join(cloudDir, 'trusted.pem'), pems.join(''));
    }
  }
}

function uidOf({ netdataUser = false }: LabCase): number | null {
  if (typeof netdataUser === 'number') return netdataUser;
  return netdataUser ? NETDATA_UID : null;
}

function conntrack(seconds: number, loose: 0 | 1): readonly string[] {
  const settings = 'net.netfilter.nf_conntrack_tcp';
  return [`${settings}_timeout_established=${seconds}`, `${settings}_loose=${loose}`];
}

function chain(hook: 'forward' | 'output', rules: readonly string[]): string {
  return `table inet lab {\n chain ${hook} {\n  type filter hook ${hook} priority 0; policy accept;\n  ${rules.join('\n  ')}\n }\n}\n`;
}

export { until };
