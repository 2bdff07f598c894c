/**
 * Errors of routers on the way belong to the replies: where the path takes smaller packets than either end, the host
 * learns it from them alone. With our rules a large upload arrives; without their rule for errors it never does.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { AT_ONCE, rules, SOURCE, until } from './cli.js';
import { Lab, LISTED } from './lab.js';
import { HOSTS, insist } from './managers.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

const PATH_MTU = 1290;
const BYTES = 100_000;
/** Without a way the first retransmissions come after 0.2, 0.4, 0.8 s. */
const PATIENCE_MS = 2500;

/** Answers when it has read everything. */
const SERVER = `
  require('node:net').createServer((s) => {
    let n = 0;
    s.on('error', () => 0).on('data', (d) => { n += d.length; if (n >= ${String(BYTES)}) s.end('all'); });
  }).listen(443, '::', () => console.log('up'));`;

/** `all` = everything was read at the other end; `nothing` = connected, and never an answer. */
async function upload(at: Lab, address: string): Promise<string> {
  const client = `
    const done = (what) => { console.log(what); process.exit(0); };
    const s = require('node:net').connect(443, '${address}', () => {
      s.write(Buffer.alloc(${String(BYTES)}));
      setTimeout(() => done('nothing'), ${String(PATIENCE_MS)});
    });
    s.on('data', (d) => done(String(d))).on('error', (e) => done(e.code));
    setTimeout(() => done('no connection'), ${String(2 * PATIENCE_MS)});`;
  // What was learnt of the path before is forgotten.
  for (const family of ['-4', '-6']) await at.must(['ip', family, 'route', 'flush', 'cache']);
  return (await at.must(['node', '-e', client])).trim();
}

/** Takes the rules for errors out, and says how many there were. */
async function removeErrors(at: Lab, target: string, backend: string | undefined): Promise<number> {
  let removed = 0;
  if (target === 'nftables') {
    const listed = await at.must(['nft', '-a', 'list', 'chain', 'inet', 'filter', 'nd_allow_in']);
    for (const [, handle] of listed.matchAll(/ct state related .*"nd-allow errors on the way.*# handle (\d+)$/gm)) {
      await at.must(['nft', 'delete', 'rule', 'inet', 'filter', 'nd_allow_in', 'handle', String(handle)]);
      removed += 1;
    }
    return removed;
  }
  for (const program of [`iptables-${String(backend)}`, `ip6tables-${String(backend)}`]) {
    const chain = (await at.must([program, '-S', 'ND-ALLOW-IN'])).split('\n').filter((line) => line.startsWith('-A'));
    for (const [index, line] of [...chain.entries()].toReversed())
      if (line.includes('RELATED')) {
        await at.must([program, '-w', '-D', 'ND-ALLOW-IN', String(index + 1)]);
        removed += 1;
      }
  }
  return removed;
}

const FILTERS = HOSTS.filter(({ target }) => ['nftables', 'iptables', 'ipset'].includes(target));

describe.each(FILTERS)('$title', (manager) => {
  test(`a path of ${String(PATH_MTU)}: a large upload arrives with our rules, and not without their part for errors`, async ({
    skip,
  }) => {
    await insist(manager, skip);
    const at = (lab = await Lab.open({ ports: [], pathMtu: PATH_MTU }));
    await at.must(['sysctl', '-qw', 'net.ipv4.tcp_mtu_probing=0', 'net.ipv4.ip_no_pmtu_disc=0']);
    const server = at.startCloud(['node', '-e', SERVER], true);
    let up = false;
    server.stdout?.once('data', () => (up = true));
    await until('the server', () => Promise.resolve(up));
    const ways = [LISTED[0], LISTED[2]];
    const all = async (): Promise<string[]> => {
      const seen: string[] = [];
      for (const address of ways) seen.push(await upload(at, address));
      return seen;
    };
    await manager.prepare(at);
    expect(await all()).toEqual(['all', 'all']);
    await manager.deny(at);
    expect((await rules(at, ['apply', manager.target, ...SOURCE, ...AT_ONCE])).code).toBe(0);
    expect(await all()).toEqual(['all', 'all']);
    const backend = manager.env['IPTABLES']?.split('-')[1];
    expect(await removeErrors(at, manager.target, backend)).toBeGreaterThanOrEqual(2);
    expect(await all()).toEqual(['nothing', 'nothing']);
  });
});
