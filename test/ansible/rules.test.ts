/** The role `rules` on hosts that deny by default, over a real sshd. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bench, failures, played, resultOf, type Bench, type Played } from './collection.js';
import { CLOUD, RESOLVER, World } from './world.js';

const HOSTS = ['first', 'second', 'third'] as const;
const DENY = `table inet filter { chain output { type filter hook output priority 0; policy drop; oif "lo" accept; tcp sport 22 accept; ip daddr ${RESOLVER} meta l4proto { tcp, udp } th dport 53 accept; reject with icmpx type admin-prohibited; }; }`;
const SOURCE = ['--accept-range', '198.51.100.0/24', '--resolver', RESOLVER];
const THROUGH = CLOUD.map((address) => `${address}/32 tcp/443`);

let at: Bench;
let world: World;
let inventory = '';

const play = async (vars: object, ...more: string[]): Promise<Played> => {
  const common = { netdata_egress_rules_target: 'nftables', netdata_egress_rules_arguments: SOURCE };
  const words = ['-i', inventory, 'netdata_egress.fleet.rules', '-e', JSON.stringify({ ...common, ...vars })];
  return played(await world.run(null, ['ansible-playbook', ...words, ...more], 600_000));
};
const changes = ({ stats }: Played) => HOSTS.map((name) => stats[name]?.changed);
const ruleset = async (host: string): Promise<string> =>
  (await world.must(host, ['nft', 'list', 'ruleset'])).replaceAll(/counter packets \d+ bytes \d+/g, 'counter');

beforeAll(async () => {
  at = await bench();
  world = await World.open(at);
  const lines: string[] = [];
  for (const name of HOSTS) lines.push(await world.add({ name, nft: DENY }));
  inventory = await world.inventory(lines);
});
afterAll(async () => {
  await world.close();
  await rm(at.dir, { recursive: true, force: true });
});

it('says in check mode what it would let through, and changes nothing', async () => {
  const before = await ruleset('first');
  const would = await play({}, '--check', '--diff');
  expect([would.code, failures(would), changes(would)]).toEqual([0, [], [1, 1, 1]]);
  expect(resultOf(would, 'first', 'Load the rules behind a guard')?.diff).toMatchObject({
    before: '',
    after: THROUGH.map((line) => `${line}\n`).join(''),
  });
  expect(await ruleset('first')).toBe(before);
  expect(await world.must('first', ['ls', '-A', '/var/lib/netdata-egress'])).toBe('');
});

/** As rules would that lock out who loads them: from the moment that ours are there, and until they are gone. */
const LOCK = `until nft list ruleset | grep -q nd-allow; do sleep 0.2; done
nft 'table inet lock { chain in { type filter hook input priority -10; tcp dport 22 tcp flags syn / fin,syn,rst,ack drop; }; }'
while nft list ruleset | grep -q nd-allow; do sleep 0.2; done
nft delete table inet lock`;

it('puts back what locks it out, and goes to no other host', async () => {
  const before = await Promise.all(HOSTS.map(ruleset));
  const lock = world.run('first', ['sh', '-c', LOCK]);
  const lost = await play({ netdata_egress_rules_check_link: false, netdata_egress_rules_confirm_seconds: 15 });
  expect((await lock).code).toBe(0);
  expect([lost.code, lost.stats['first']?.failures, lost.stats['first']?.rescued]).toEqual([2, 1, 1]);
  expect(resultOf(lost, 'first', 'Stop')?.msg).toMatch(/^the rules were not kept, the host has what it had before: /);
  expect([lost.stats['second'], lost.stats['third']]).toEqual([undefined, undefined]);
  expect(await Promise.all(HOSTS.map(ruleset))).toEqual(before);
});

it('loads the rules, comes back, sees that the cloud is reached, and keeps them', async () => {
  const loaded = await play({}, '--diff');
  expect([loaded.code, failures(loaded), changes(loaded)]).toEqual([0, [], [1, 1, 1]]);
  for (const name of HOSTS) {
    const result = resultOf(loaded, name, 'Load the rules behind a guard');
    expect(result).toMatchObject({ waiting: true, diff: { after: THROUGH.map((line) => `${line}\n`).join('') } });
    expect(await ruleset(name)).toContain('nd-allow');
  }
});

it('changes nothing the second time', async () => {
  const again = await play({}, '--diff');
  expect([again.code, failures(again), changes(again)]).toEqual([0, [], [0, 0, 0]]);
  expect(resultOf(again, 'first', 'Load the rules behind a guard')?.diff).toMatchObject({
    before: THROUGH.map((line) => `${line}\n`).join(''),
    after: THROUGH.map((line) => `${line}\n`).join(''),
  });
});

it('puts back what cuts the link, and goes to no other host', async () => {
  const before = await Promise.all(HOSTS.map(ruleset));
  const wrong = 'app.netdata.cloud 198.51.100.9\napi.netdata.cloud 198.51.100.9\nmqtt.netdata.cloud 198.51.100.9\n';
  await writeFile(join(at.dir, 'wrong'), wrong);
  for (const name of HOSTS) await world.must(name, ['sh', '-c', `printf '%s' '${wrong}' > /run/wrong`]);
  const enforce = [
    '--accept-range',
    '198.51.100.0/24',
    '--mode',
    'enforce',
    '--keep-session',
    '--from-list',
    '/run/wrong',
  ];
  const cut = await play({ netdata_egress_rules_arguments: enforce, netdata_egress_rules_confirm_seconds: 60 });
  expect([cut.code, cut.stats['first']?.failures, cut.stats['first']?.rescued]).toEqual([2, 1, 1]);
  expect(resultOf(cut, 'first', 'Compare')?.msg).toMatch(/^with the rules the link is will_fail \(before: will_work\)/);
  expect(resultOf(cut, 'first', 'Stop')?.msg).toMatch(/^the rules were not kept, the host has what it had before: /);
  expect(cut.stats['second']).toBeUndefined();
  expect(cut.stats['third']).toBeUndefined();
  expect(await Promise.all(HOSTS.map(ruleset))).toEqual(before);
});

it('leaves a host alone whose firewall does not take the rules', async () => {
  const before = await ruleset('first');
  const wrong = [...SOURCE, '--set', 'chain=nowhere'];
  const failed = await play({ netdata_egress_rules_arguments: wrong, netdata_egress_rules_check_link: false });
  expect([failed.code, failed.stats['first']?.failures]).toEqual([2, 1]);
  expect(failed.stats['second']).toBeUndefined();
  expect(await ruleset('first')).toBe(before);
});

it('takes the rules out, once, and leaves nothing of the program', async () => {
  const out = { netdata_egress_rules_state: 'absent' };
  const would = await play(out, '--check', '--limit', 'first');
  expect(would.stats['first']?.changed).toBe(1);
  expect(await ruleset('first')).toContain('nd-allow');
  expect((await play(out, '--limit', 'first')).stats['first']?.changed).toBe(1);
  expect(await ruleset('first')).not.toContain('nd-allow');
  expect((await play(out, '--limit', 'first')).stats['first']?.changed).toBe(0);
  for (const name of HOSTS)
    expect(await world.must(name, ['sh', '-c', 'find /tmp /root -mindepth 1 ! -type d'])).toBe('');
});
