/**
 * The measure: on every host firewall, straight and through a proxy, in each family: what `rules apply` loads makes the
 * doctor green, and nothing else is open.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { hostRunner } from '../../../src/firewall/live/runner.js';
import { AT_ONCE, doctor, rules, serveCloud, SOURCE, until } from './cli.js';
import { DNS4, DNS6, Lab, LISTED, reading, UNLISTED } from './lab.js';
import { HOSTS, insist } from './managers.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

const WAYS = [
  ['straight', [4, 6], null],
  ['through a proxy', [4], 'proxy4.example'],
  ['through a proxy', [6], 'proxy6.example'],
] as const;

/** The proxy of the network, at both addresses that no rule names otherwise. */
async function serveProxy(at: Lab): Promise<void> {
  const conf = [
    ...UNLISTED.map((address) => `http_port ${address.includes(':') ? `[${address}]` : address}:3128`),
    'pid_filename none',
    'cache deny all',
    'access_log none',
    'cache_log /dev/null',
    `dns_nameservers ${DNS4}`,
    'shutdown_lifetime 0 seconds',
    'netdb_filename none',
    'visible_hostname proxy',
    'http_access allow all',
    '',
  ].join('\n');
  await writeFile(join(at.dir, 'squid.conf'), conf);
  at.startCloud(['squid', '-N', '-f', join(at.dir, 'squid.conf')]);
  const ask = `require('node:net').connect(3128, '${UNLISTED[0]}').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
  await until('squid', async () => (await at.runCloud(['node', '-e', ask])).code === 0);
}

/** Settings of an Agent that goes this way. */
async function settingsOf(at: Lab, proxy: string | null): Promise<string[]> {
  const dir = join(at.dir, 'settings');
  await mkdir(dir, { recursive: true });
  const value = proxy === null ? 'none' : `http://${proxy}:3128`;
  await writeFile(join(dir, 'claim.conf'), `[global]\n    url = https://app.netdata.cloud\n    proxy = ${value}\n`);
  return ['--config-dir', dir, '--lib-dir', dir, '--env-from', 'self', '--agent-version', '2.10.3'];
}

/** The simulated cloud speaks only when spoken to: a connection is all that is asked of it. */
async function connects(at: Lab, address: string): Promise<boolean> {
  const ask = `require('node:net').connect(443, '${address}').on('connect', () => process.exit(0)).on('error', () => process.exit(1)); setTimeout(() => process.exit(1), 1500)`;
  return (await at.run(['node', '-e', ask])).code === 0;
}

/** Each kind takes most of a minute: where a whole build waits, each firewall goes one way, and all three of them are gone. */
const waysOf = (manager: (typeof HOSTS)[number]): readonly (typeof WAYS)[number][] =>
  process.env['CI'] === undefined ? WAYS : WAYS.filter((_, index) => index === HOSTS.indexOf(manager) % WAYS.length);

describe.each(HOSTS)('$title', (manager) => {
  // ufw and firewalld take a minute for each change on a machine that is busy.
  test.each(waysOf(manager))(
    '%s, %j: the doctor is green, and nothing else is open',
    { timeout: 600_000 },
    async (_, families, proxy) => {
      await insist(manager, (why) => {
        throw new Error(why);
      });
      if (proxy !== null && (await hostRunner.which('squid')) === null) throw new Error('squid is not installed');
      const at = (lab = await Lab.open({ ports: [8443] }));
      await serveCloud(at);
      if (proxy !== null) await serveProxy(at);
      await manager.prepare(at);
      await manager.deny(at);
      const agent = await settingsOf(at, proxy);
      const [family] = families;
      const only = families.length === 1 ? [`--ipv${String(family)}`] : [];
      const before = await doctor(at, [...agent, ...only]);
      expect([before.code, before.link]).toEqual([1, 'will_fail']);
      const applied = await rules(at, ['apply', manager.target, ...SOURCE, ...AT_ONCE, ...only, ...agent]);
      expect([applied.code, applied.stdout]).toEqual([0, expect.stringContaining(': in force, revision')]);
      const after = await doctor(at, [...agent, ...only]);
      expect([after.code, after.claim, after.link]).toEqual([0, 'will_work', 'will_work']);
      const proof = await rules(at, ['prove']);
      expect([proof.code, proof.stdout]).toEqual([0, expect.stringContaining('in force: every host was reached')]);
      const open = await Promise.all(LISTED.map((address) => connects(at, address)));
      expect(open).toEqual(LISTED.map(() => proxy === null));
      // Everybody answers at 8443, so whoever is reached there was let through.
      const targets = [...LISTED, ...UNLISTED].map((address) => ({ address, port: 8443 }));
      const matrix = reading(await at.probe({ targets, resolvers: [DNS4, DNS6] }));
      expect(matrix).toEqual({
        ...Object.fromEntries(targets.map(({ address }) => [`${address} 8443`, 'blocked'])),
        [`dns ${DNS4}`]: 'open',
        [`dns ${DNS6}`]: 'open',
        'loopback 127.0.0.1': 'open',
        'loopback ::1': 'open',
      });
    },
  );
});
