/**
 * Connecting all the time while the list changes, where the installation script is the way to refresh: FireHOL, which
 * swaps its sets, and squid, which matches names. The others are in live-cases.ts.
 */
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { findTarget } from '../../../src/firewall/registry.js';
import { checkAllowList, renderRules } from '../../../src/firewall/render.js';
import type { CheckedAllowList } from '../../../src/firewall/core/target.js';
import { host, LAB_RANGES, list } from '../../unit/firewall/factory.js';
import { until } from './cli.js';
import { DNS4, DNS6, expected, Lab, LISTED, reading } from './lab.js';
import { fireholHost, insist, type Manager } from './managers.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

const REFRESHES = 200;
/** FireHOL takes a second for each of its two sets: this many, and all of them with LAB_FULL=1. */
const REFRESHES_SLOW = process.env['LAB_FULL'] === undefined ? 25 : REFRESHES;

/** Writes the files of a rendering over those of the one before; gives the path of the installation script. */
async function put(at: Lab, target: string, wanted: CheckedAllowList): Promise<string> {
  const dir = join(at.dir, target);
  await mkdir(dir, { recursive: true });
  for (const file of renderRules(findTarget(target), wanted, { toolVersion: '0.1.0' }))
    await writeFile(join(dir, file.name), file.content, { mode: file.mode });
  return join(dir, `nd-allow-${target}.install.sh`);
}

function timed(second: number): string {
  return new Date(Date.UTC(2026, 10, 29) + second * 1000).toISOString();
}

describe('FireHOL', () => {
  const wanted = (extra: readonly string[]): CheckedAllowList =>
    checkAllowList(list([host('app.netdata.cloud', [...LISTED, ...extra])], { resolvers: [DNS4, DNS6] }), LAB_RANGES);

  test('a connect loop during refreshes loses nothing', { timeout: 1_800_000 }, async ({ skip }) => {
    await insist(fireholHost, skip);
    lab = await Lab.open();
    const at = lab;
    await fireholHost.prepare(at);
    await fireholHost.deny(at);
    await at.must(['sh', await put(at, 'firehol', wanted([]))]);
    const members = async (family: 4 | 6): Promise<string[]> =>
      [...(await at.must(['ipset', 'save', `nd-allow${String(family)}`])).matchAll(/^add \S+ (\S+)/gm)]
        .map((match) => match[1] ?? '')
        .sort();
    const result = await at.whileConnecting(async () => {
      for (let i = 0; i < REFRESHES_SLOW; i++) {
        const [v4, v6] = [`203.0.113.${String(i + 1)}`, `2001:db8:1::${(i + 1).toString(16)}`];
        await at.must(['sh', await put(at, 'firehol', wanted([v4, v6]))]);
        // It really refreshes: the new address is there, the one of the round before is not.
        expect(await members(4)).toEqual([LISTED[0], LISTED[1], v4].sort());
        expect(await members(6)).toEqual([LISTED[2], LISTED[3], v6].sort());
      }
    });
    expect([result.failures, result.sentAgain]).toEqual([{}, 0]);
    expect(result.connects).toBeGreaterThan(REFRESHES_SLOW);
    expect(reading(await at.matrix())).toEqual(expected(true));
  });
});

const squidHost: Pick<Manager, 'needs'> = { needs: ['squid'] };

/** Asks the proxy for tunnels, one after the other; `{n, bad}` when its input ends. */
const CONNECTS = `
  const net = require('node:net');
  let running = true, n = 0;
  const bad = {};
  process.stdin.resume().on('end', () => (running = false));
  const one = () => new Promise((resolve) => {
    const socket = net.connect(3128, '127.0.0.1');
    const done = (what) => { if (what === '200') n += 1; else bad[what] = (bad[what] ?? 0) + 1; clearTimeout(timer); socket.destroy(); resolve(); };
    const timer = setTimeout(() => done('silence'), 5000);
    socket.on('error', (error) => done(error.code)).once('end', () => done('closed'));
    socket.once('data', (data) => done(data.toString('latin1').split(' ')[1]));
    socket.write('CONNECT app.netdata.cloud:443 HTTP/1.1\\r\\nHost: app.netdata.cloud:443\\r\\n\\r\\n');
  });
  (async () => { while (running) { await one(); await new Promise((r) => setTimeout(r, 2)); } console.log(JSON.stringify({ n, bad })); })();`;

class Proxy {
  readonly #at: Lab;
  private constructor(at: Lab) {
    this.#at = at;
  }

  /** squid as its package runs it: one configuration file, a pid file, a directory for ours. */
  static async open(at: Lab): Promise<Proxy> {
    await mkdir(join(at.dir, 'conf.d'));
    await writeFile(join(at.dir, 'conf.d/a.conf'), 'visible_hostname proxy\n');
    const conf = [
      'http_port 127.0.0.1:3128',
      'pid_filename /run/squid.pid',
      'cache deny all',
      'access_log none',
      'cache_log /dev/null',
      `dns_nameservers ${DNS4}`,
      'shutdown_lifetime 0 seconds',
      'netdb_filename none',
      `include ${at.dir}/conf.d/*.conf`,
      'http_access deny all',
      '',
    ];
    await writeFile(join(at.dir, 'squid.conf'), conf.join('\n'));
    await at.must(['mount', '--bind', join(at.dir, 'squid.conf'), '/etc/squid/squid.conf']);
    at.start(['squid', '-N']);
    const proxy = new Proxy(at);
    await until('squid', async () => (await proxy.status('app.netdata.cloud')) === '403');
    return proxy;
  }

  async install(names: readonly string[], second: number): Promise<void> {
    const hosts = names.map((name) => host(name, []));
    const wanted = checkAllowList(list(hosts, { resolvers: [DNS4], createdAt: timed(second) }), LAB_RANGES);
    const env = { SQUID_CONF_D: join(this.#at.dir, 'conf.d') };
    await this.#at.must(['sh', await put(this.#at, 'squid', wanted)], { env });
  }

  async status(name: string): Promise<string> {
    const program = `
      const socket = require('node:net').connect(3128, '127.0.0.1');
      socket.on('error', (error) => { console.log(error.code); process.exit(); });
      socket.write('CONNECT ${name}:443 HTTP/1.1\\r\\nHost: ${name}:443\\r\\n\\r\\n');
      socket.once('data', (data) => { console.log(data.toString('latin1').split(' ')[1]); process.exit(); });`;
    return (await this.#at.must(['node', '-e', program])).trim();
  }

  /** Tunnels asked for while `work` runs. */
  async whileConnecting(work: () => Promise<void>): Promise<{ n: number; bad: Readonly<Record<string, number>> }> {
    const loop = this.#at.start(['node', '-e', CONNECTS], true);
    let text = '';
    loop.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await work();
    loop.stdin?.end();
    await once(loop, 'close');
    return JSON.parse(text) as { n: number; bad: Record<string, number> };
  }
}

/** A tunnel through the proxy. */
class Tunnel {
  readonly #client: ChildProcess;
  #seen = '';
  private constructor(client: ChildProcess) {
    this.#client = client;
    client.stdout?.on('data', (chunk: Buffer) => (this.#seen += chunk.toString()));
  }

  /** Something behind the proxy that sends back every line. */
  static async serve(at: Lab): Promise<void> {
    const server = `require('node:net').createServer((s) => s.on('error', () => 0).pipe(s)).listen(443, '::', () => console.log('up'))`;
    const listener = at.startCloud(['node', '-e', server], true);
    if (listener.stdout !== null) await once(listener.stdout, 'data');
  }

  static async open(at: Lab, name: string): Promise<Tunnel> {
    const connect = `
      const s = require('node:net').connect(3128, '127.0.0.1');
      s.on('error', (e) => console.log(e.code)).on('close', () => console.log('gone'));
      s.write('CONNECT ${name}:443 HTTP/1.1\\r\\nHost: ${name}:443\\r\\n\\r\\n');
      s.pipe(process.stdout); process.stdin.pipe(s);`;
    const tunnel = new Tunnel(at.start(['node', '-e', connect], true));
    await until('the tunnel', () => Promise.resolve(/^HTTP\/1.1 200/.test(tunnel.#seen)), 10);
    return tunnel;
  }

  /** True when a line makes it there and back. */
  async answers(line: string): Promise<boolean> {
    this.#client.stdin?.write(`${line}\n`);
    return until('the echo', () => Promise.resolve(this.#seen.includes(line)), 5).then(
      () => true,
      () => false,
    );
  }
}

describe('squid', () => {
  test('a loop of CONNECTs during refreshes loses nothing', { timeout: 300_000 }, async ({ skip }) => {
    await insist(squidHost, skip);
    lab = await Lab.open();
    const proxy = await Proxy.open(lab);
    await proxy.install(['app.netdata.cloud'], 0);
    await until('the rules', async () => (await proxy.status('app.netdata.cloud')) === '200');
    const result = await proxy.whileConnecting(async () => {
      for (let i = 1; i <= REFRESHES; i++) await proxy.install(['app.netdata.cloud'], i);
    });
    expect(result.bad).toEqual({});
    expect(result.n).toBeGreaterThan(REFRESHES);
  });

  test('a tunnel that is open stays open when a name is added and taken away', async ({ skip }) => {
    await insist(squidHost, skip);
    lab = await Lab.open({ ports: [8443] });
    await Tunnel.serve(lab);
    const proxy = await Proxy.open(lab);
    await proxy.install(['app.netdata.cloud'], 0);
    await until('the rules', async () => (await proxy.status('app.netdata.cloud')) === '200');
    const tunnel = await Tunnel.open(lab, 'app.netdata.cloud');
    expect(await tunnel.answers('before')).toBe(true);
    await proxy.install(['app.netdata.cloud', 'api.netdata.cloud'], 1);
    await until('the new name', async () => (await proxy.status('api.netdata.cloud')) === '200');
    expect(await tunnel.answers('with a name more')).toBe(true);
    await proxy.install(['api.netdata.cloud'], 2);
    await until('the name gone', async () => (await proxy.status('app.netdata.cloud')) === '403');
    expect(await tunnel.answers('with its own name gone')).toBe(true);
  });
});
