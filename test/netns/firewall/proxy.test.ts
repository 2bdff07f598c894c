/** squid and dnsmasq live: what the proxy lets through, and sets that fill before the answer arrives. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { hostRunner } from '../../../src/firewall/live/runner.js';
import { findTarget } from '../../../src/firewall/registry.js';
import { checkAllowList, renderRules, type RuleRequest } from '../../../src/firewall/render.js';
import { host, LAB_RANGES, list } from '../../unit/firewall/factory.js';
import { AT_ONCE, doctor, rules, serveCloud, SOURCE, until } from './cli.js';
import { DNS4, expected, Lab, LISTED, reading, UNLISTED } from './lab.js';
import { HOSTS, nftablesHost } from './managers.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

const named = checkAllowList(
  list([host('app.netdata.cloud', []), host('api.netdata.cloud', []), host('mqtt.netdata.cloud', [])], {
    resolvers: [DNS4],
  }),
  LAB_RANGES,
);

async function write(at: Lab, target: string, request: Partial<RuleRequest> = {}): Promise<string> {
  const dir = join(at.dir, target);
  for (const file of renderRules(findTarget(target), named, { toolVersion: '0.1.0', ...request })) {
    await mkdir(dirname(join(dir, file.name)), { recursive: true });
    await writeFile(join(dir, file.name), file.content, { mode: file.mode });
  }
  return dir;
}

/** Skips, and says what is missing: never a silent pass. */
async function needs(program: string, skip: (why: string) => void): Promise<void> {
  if ((await hostRunner.which(program)) === null) skip(`${program} not installed`);
}

/** Status of a CONNECT through the proxy at 127.0.0.1:3128 of the host namespace. */
async function connectStatus(at: Lab, authority: string): Promise<number> {
  const program = `
    const socket = require('node:net').connect(3128, '127.0.0.1');
    socket.on('error', (error) => { console.log(error.code); process.exit(); });
    socket.write('CONNECT ${authority} HTTP/1.1\\r\\nHost: ${authority}\\r\\n\\r\\n');
    socket.once('data', (data) => { console.log(data.toString('latin1').split(' ')[1]); process.exit(); });
    setTimeout(() => process.exit(), 20000);`;
  return Number(await at.must(['node', '-e', program]));
}

describe('tinyproxy', () => {
  test('enforce: CONNECT passes for the names on 443 and for nothing else', async ({ skip }) => {
    await needs('tinyproxy', skip);
    lab = await Lab.open();
    const filter = join(lab.dir, 'nd-allow.filter');
    const dir = await write(lab, 'tinyproxy', { mode: 'enforce', settings: { filter } });
    const conf = join(lab.dir, 'tinyproxy.conf');
    await writeFile(conf, `Port 3128\nListen 127.0.0.1\nTimeout 600\nAllow 127.0.0.1\nPidFile "${lab.dir}/pid"\n`);
    const env = { TINYPROXY_CONF: conf, TINYPROXY_FILTER: filter };
    await lab.must(['sh', join(dir, 'nd-allow-tinyproxy.install.sh')], { env });
    lab.start(['tinyproxy', '-d', '-c', conf]);
    const at = lab;
    await until('tinyproxy', async () => (await connectStatus(at, 'app.netdata.cloud:443')) === 200);
    for (const name of ['app', 'api', 'mqtt']) expect(await connectStatus(at, `${name}.netdata.cloud:443`)).toBe(200);
    for (const other of [
      'app.netdata.cloud:8443',
      'proxy4.example:443',
      'xapp.netdata.cloud:443',
      'app.netdata.cloud.example:443',
      'appxnetdata.cloud:443',
      `${LISTED[0]}:443`,
      `[${LISTED[2]}]:443`,
    ])
      expect(await connectStatus(at, other), other).toBe(403);
  });
});

describe('squid', () => {
  test.for(['allow', 'enforce'] as const)(
    '%s: CONNECT passes for the names on 443 and for nothing else',
    async (mode, { skip }) => {
      await needs('squid', skip);
      lab = await Lab.open();
      const at = lab;
      // The cloud's addresses have a reverse name that is listed: the classic way around a name list.
      const dir = await write(at, 'squid', { mode });
      const conf = [
        'http_port 127.0.0.1:3128',
        'pid_filename none',
        'cache deny all',
        'access_log none',
        'cache_log /dev/null',
        `dns_nameservers ${DNS4}`,
        'shutdown_lifetime 0 seconds',
        `coredump_dir ${at.dir}`,
        'logfile_rotate 0',
        'netdb_filename none',
        ...(mode === 'allow'
          ? [`include ${dir}/nd-allow.squid.conf`, 'http_access deny all']
          : [`include ${dir}/nd-allow.squid.conf`]),
        '',
      ];
      await writeFile(join(at.dir, 'squid.conf'), conf.join('\n'));
      at.start(['squid', '-N', '-f', join(at.dir, 'squid.conf')]);
      for (let i = 0; (await connectStatus(at, 'app.netdata.cloud:443').catch(() => 0)) !== 200; i++) {
        if (i > 40) throw new Error('squid did not come up, or denies what is listed');
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      const statuses = await Promise.all(
        [
          'mqtt.netdata.cloud:443',
          'api.netdata.cloud:443',
          'app.netdata.cloud:8443',
          'other.netdata.cloud:443',
          'netdata.cloud:443',
          'app.netdata.cloud.evil.example:443',
          `${LISTED[0]}:443`,
          `[${LISTED[2]}]:443`,
        ].map((authority) => connectStatus(at, authority)),
      );
      expect(statuses).toEqual([200, 200, 403, 403, 403, 403, 403, 403]);
    },
  );

  test('without the rules the same proxy denies the names', async ({ skip }) => {
    await needs('squid', skip);
    lab = await Lab.open();
    const at = lab;
    const conf = [
      'http_port 127.0.0.1:3128',
      'pid_filename none',
      'cache deny all',
      'access_log none',
      'cache_log /dev/null',
      'netdb_filename none',
      'http_access deny all',
      '',
    ];
    await writeFile(join(at.dir, 'squid.conf'), conf.join('\n'));
    at.start(['squid', '-N', '-f', join(at.dir, 'squid.conf')]);
    let status = 0;
    for (let i = 0; i < 40 && status === 0; i++) {
      status = await connectStatus(at, 'app.netdata.cloud:443').catch(() => 0);
      if (Number.isNaN(status)) status = 0;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(status).toBe(403);
  });
});

describe('a host that must go through squid', () => {
  test.for([
    ['proxy4.example', UNLISTED[0]],
    ['proxy6.example', UNLISTED[1]],
  ] as const)(
    'at %s: the doctor fails, passes with the rules of both, fails without',
    async ([proxy, address], { skip }) => {
      await needs('squid', skip);
      lab = await Lab.open({ ports: [8443] });
      const at = lab;
      await serveCloud(at);
      const conf = [
        `http_port ${address.includes(':') ? `[${address}]` : address}:3128`,
        'pid_filename none',
        'cache deny all',
        'access_log none',
        'cache_log /dev/null',
        `dns_nameservers ${DNS4}`,
        'shutdown_lifetime 0 seconds',
        'netdb_filename none',
        `include ${at.dir}/conf.d/*.conf`,
        'http_access deny all',
        '',
      ].join('\n');
      await mkdir(join(at.dir, 'conf.d'));
      await writeFile(join(at.dir, 'conf.d/a.conf'), 'visible_hostname proxy\n');
      await writeFile(join(at.dir, 'squid.conf'), conf);
      let squid: ChildProcess | null = null;
      const restart = async (): Promise<void> => {
        const gone = squid === null ? null : once(squid, 'close');
        squid?.kill('SIGKILL');
        await gone;
        squid = at.startCloud(['squid', '-N', '-f', join(at.dir, 'squid.conf')]);
        const ask = `require('node:net').connect(3128, '${address}').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
        await until('squid', async () => (await at.runCloud(['node', '-e', ask])).code === 0);
      };
      await restart();
      const through = { https_proxy: `http://${proxy}:3128`, http_proxy: `http://${proxy}:3128` };
      const outcome = async (): Promise<string> => {
        const { claim, link } = await doctor(at, [], through);
        return `${claim} ${link}`;
      };
      expect(await outcome()).toBe('will_fail will_fail');
      const enforce = ['apply', 'nftables', '--mode', 'enforce', '--proxy', `${proxy}:3128`, ...SOURCE, ...AT_ONCE];
      expect((await rules(at, enforce)).code).toBe(0);
      expect(await outcome()).toBe('will_fail will_fail');
      // Straight ahead nothing is open: only the proxy is, and only its port.
      const matrix = reading(await at.matrix());
      expect(LISTED.map((address) => matrix[`${address} 443`])).toEqual(['blocked', 'blocked', 'blocked', 'blocked']);

      const dir = await write(at, 'squid');
      const script = async (role: string): Promise<string[]> => {
        const env = { SQUID_CONF_D: join(at.dir, 'conf.d') };
        await at.must(['sh', join(dir, `nd-allow-squid.${role}.sh`)], { env });
        return Promise.all(
          (await readdir(join(at.dir, 'conf.d'))).sort().map((name) => readFile(join(at.dir, 'conf.d', name), 'utf8')),
        );
      };
      const before = await readdir(join(at.dir, 'conf.d'));
      const installed = await script('install');
      expect(await script('install')).toEqual(installed);
      await restart();
      expect(await outcome()).toBe('will_work will_work');
      await script('uninstall');
      expect(await readdir(join(at.dir, 'conf.d'))).toEqual(before);
      await restart();
      expect(await outcome()).toBe('will_fail will_fail');
    },
  );
});

describe.each([
  ['nftables', nftablesHost],
  ['ipset', HOSTS.find((manager) => manager.title === 'ipset (nft)') ?? nftablesHost],
] as const)('dnsmasq with sets of %s', (sets, manager) => {
  test('an address is let through because its name was asked for, and for no other reason', async ({ skip }) => {
    await needs('dnsmasq', skip);
    lab = await Lab.open();
    const at = lab;
    await manager.deny(at);
    const before = await manager.snapshot(at);
    const dir = await write(at, 'dnsmasq', { settings: { sets } });
    await mkdir(join(at.dir, 'dnsmasq.d'));
    const env = { ...manager.env, DNSMASQ_CONF_D: join(at.dir, 'dnsmasq.d') };
    await at.must(['sh', join(dir, 'nd-allow-dnsmasq.install.sh')], { env });
    expect(reading(await at.matrix())).toEqual(expected(false));
    at.start([
      'dnsmasq',
      '--no-daemon',
      `--conf-file=${join(at.dir, 'dnsmasq.d/nd-allow.conf')}`,
      '--no-resolv',
      '--no-hosts',
      '--user=root',
      '--pid-file=',
      '--listen-address=127.0.0.1',
      '--bind-interfaces',
      `--server=${DNS4}`,
    ]);
    const ask = `
      const { Resolver } = require('node:dns/promises');
      const r = new Resolver({ timeout: 1000, tries: 10 }); r.setServers(['127.0.0.1']);
      (async () => { for (const n of ['app', 'api', 'mqtt']) { await r.resolve4(n + '.netdata.cloud'); await r.resolve6(n + '.netdata.cloud'); } })();`;
    await at.must(['node', '-e', ask]);
    // No waiting in between: the element is there before the answer is.
    expect(reading(await at.matrix())).toEqual(expected(true));
    await at.must(['sh', join(dir, 'nd-allow-dnsmasq.uninstall.sh')], { env });
    expect(await manager.snapshot(at)).toBe(before);
  });
});
